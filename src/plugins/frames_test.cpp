#include <gtest/gtest.h>

#include <string>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

PluginOutput check(const std::string& html, std::string_view state = {}) {
  return run_plugin("frames", page_for_test("<body>" + html), state);
}
/// The state after so many checks of a page.
std::string after(int checks, const std::string& html) {
  std::string state;
  for (int i = 0; i < checks; ++i) state = check(html, state).next_state;
  return state;
}
const std::string kVideo = "<iframe src=https://video.example/1 sandbox></iframe>";
const std::string kOther = "<iframe src=//other.example/x></iframe>";
const std::string kHidden = "<iframe src=//evil.example/x width=1 height=1></iframe>";

TEST(Frames, CountsWhatThereIs) {
  const Report report = check(kVideo + kOther + kHidden +
                              "<iframe src=/own></iframe><iframe srcdoc='<p>x'></iframe>"
                              "<object data=/a.swf></object><embed src=//e.example/b>"
                              "<div style='display:none'><iframe src=/in></iframe></div>")
                            .report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "hidden_or_1px"), 2);
  EXPECT_EQ(value_of(report, "object_embed_count"), 2);
  EXPECT_EQ(value_of(report, "sandbox_missing"), 2)
      << "other and evil; the page's own may do what they like";
  EXPECT_EQ(value_of(report, "srcdoc_count"), 1);
  EXPECT_EQ(fact(report, "origins"),
            R"(["https://video.example","http://other.example","http://evil.example",)"
            R"("http://e.example"])");
  EXPECT_EQ(fact(report, "new_origins"), "(none)") << "nothing was known";
}

TEST(Frames, WarnsOfANewOriginOnceThePageIsKnown) {
  const Report early = check(kVideo + kOther, after(19, kVideo)).report;
  EXPECT_EQ(early.state, ReportState::ok);
  EXPECT_EQ(early.findings.at(0).code, "new_frame_origin");
  const auto late = check(kVideo + kOther, after(20, kVideo));
  EXPECT_EQ(late.report.state, ReportState::warn);
  EXPECT_EQ(late.report.reason, "new_frame_origin");
  EXPECT_EQ(fact(late.report, "new_origins"), R"(["http://other.example"])");
  EXPECT_EQ(check(kVideo + kOther, late.next_state).report.state, ReportState::ok);
}

TEST(Frames, AHiddenOneOfANewOriginIsCritical) {
  const Report report = check(kVideo + kHidden, after(20, kVideo)).report;
  EXPECT_EQ(report.state, ReportState::crit);
  EXPECT_EQ(report.reason, "hidden_new_frame");
  ASSERT_EQ(report.findings.size(), 1U) << "and is told once";
  EXPECT_EQ(report.findings[0].seen, "http://evil.example");
  EXPECT_EQ(check(kVideo + "<iframe hidden src=/own></iframe>", after(20, kVideo)).report.state,
            ReportState::ok)
      << "the page's own";
}

TEST(Frames, OfManyOriginsNoneIsCalledNew) {
  std::string many;
  for (int i = 0; i < 60; ++i) many += "<iframe src=//h" + std::to_string(i) + ".example></iframe>";
  const Report report = check(many, after(20, kVideo)).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(report.facts.at("origins").as_array().size(), 20U);
}

TEST(Frames, SkipsWhatIsNotHtml) {
  EXPECT_EQ(run_plugin("frames", page_for_test("{}", "application/json"), "kept").next_state,
            "kept");
}

}  // namespace
}  // namespace webmon::plugins
