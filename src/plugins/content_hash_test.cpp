#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

PluginOutput hash(const std::string& body, std::string_view state = {}) {
  return run_plugin("content-hash", page_for_test(body), state);
}

std::string article(int changed_word) {
  std::string text = "<html><body><p>";
  for (int i = 0; i < 400; ++i) {
    text += i == changed_word ? "changed " : "word" + std::to_string(i * 7919 % 1000) + " ";
  }
  return text;
}

TEST(ContentHash, KnowsTheHashesOfThePage) {
  const Report report = hash("<p>abc</p>").report;
  EXPECT_EQ(report.state, ReportState::ok);
  // echo -n '<p>abc</p>' | sha256sum;  echo -n abc | sha256sum
  EXPECT_EQ(fact(report, "sha256_raw"),
            "\"25d0f020f6881a92742eadf0dda2a864025b35ec0008886497ed1d21efe99d20\"");
  EXPECT_EQ(fact(report, "sha256_normalised"),
            "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
  EXPECT_EQ(fact(report, "changed"), "(none)") << "nothing to compare with yet";
  EXPECT_EQ(find_value(report, "hamming_to_prev"), nullptr);
}

TEST(ContentHash, SaysThatNothingChanged) {
  const PluginOutput first = hash(article(-1));
  const Report report = hash(article(-1), first.next_state).report;
  EXPECT_EQ(fact(report, "changed"), "false");
  EXPECT_EQ(fact(report, "changed_raw"), "false");
  EXPECT_EQ(value_of(report, "hamming_to_prev"), 0);
  EXPECT_TRUE(report.findings.empty());
}

TEST(ContentHash, TellsMarkupFromText) {
  const PluginOutput first = hash("<p>some text</p>");
  const Report report = hash("<div> some\n text</div><!-- 2 -->", first.next_state).report;
  EXPECT_EQ(fact(report, "changed"), "false");
  EXPECT_EQ(fact(report, "changed_raw"), "true");
}

TEST(ContentHash, TellsAChangeAsInformationAndMeasuresIt) {
  const PluginOutput first = hash(article(-1));
  const Report small = hash(article(200), first.next_state).report;
  EXPECT_EQ(small.state, ReportState::ok);
  EXPECT_EQ(fact(small, "changed"), "true");
  ASSERT_EQ(small.findings.size(), 1U);
  EXPECT_EQ(small.findings[0].severity, Severity::info);
  EXPECT_EQ(small.findings[0].code, "content_changed");
  EXPECT_THAT(value_of(small, "hamming_to_prev"),
              ::testing::AllOf(::testing::Ge(0), ::testing::Le(8)));
  const Report other =
      hash("<p>hacked by nobody in particular, greetings to all the others out there",
           first.next_state)
          .report;
  EXPECT_GE(value_of(other, "hamming_to_prev"), 16);
}

TEST(ContentHash, KeepsItsStateOverPagesThatAreNone) {
  const PluginOutput first = hash("<p>a b c</p>");
  Page down = page_for_test("<p>Not Found</p>");
  down.status = 404;
  const PluginOutput skipped = run_plugin("content-hash", down, first.next_state);
  EXPECT_EQ(skipped.report.state, ReportState::skipped);
  EXPECT_EQ(skipped.report.reason, "no_page");
  EXPECT_EQ(skipped.next_state, first.next_state);
}

TEST(ContentHash, HashesTheBodyOfWhatIsNotHtml) {
  const Page page = page_for_test("{\"a\":1}", "application/json");
  const PluginOutput first = run_plugin("content-hash", page);
  EXPECT_EQ(fact(first.report, "sha256_raw"), fact(first.report, "sha256_normalised"));
  EXPECT_EQ(fact(first.report, "simhash64"), "(none)");
  const Page next = page_for_test("{\"a\":2}", "application/json");
  EXPECT_EQ(fact(run_plugin("content-hash", next, first.next_state).report, "changed"), "true");
}

TEST(ContentHash, IgnoresStateItDidNotWrite) {
  for (const std::string& state :
       {std::string{"x"}, std::string(71, 'x'), std::string(512, '\0')}) {
    EXPECT_EQ(fact(hash("<p>abc", state).report, "changed"), "(none)");
  }
}

TEST(ContentHash, HashesEmptyAndTinyPages) {
  for (const std::string& body : {std::string{"<p>x"}, std::string{"<p>one two"}}) {
    EXPECT_EQ(hash(body).report.state, ReportState::ok);
  }
  EXPECT_EQ(hash("").report.reason, "page_class") << "an empty page is not the page";
  Page page = page_for_test("");
  page.status = 204;
  EXPECT_EQ(run_plugin("content-hash", page).report.state, ReportState::ok);
}

}  // namespace
}  // namespace webmon::plugins
