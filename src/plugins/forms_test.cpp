#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

using ::testing::HasSubstr;

PluginOutput check(const std::string& html, std::string_view state = {}, bool is_https = true) {
  Page page = page_for_test("<body>" + html);
  page.url = page.hops[0].url = url_for_test(is_https);
  return run_plugin("forms", page, state);
}
std::string after(int checks, const std::string& html) {
  std::string state;
  for (int i = 0; i < checks; ++i) state = check(html, state).next_state;
  return state;
}
const std::string kSearch = "<form action=/search><input name=q></form>";
const std::string kLetter =
    "<form action=https://mail.example/list method=POST><input name=e></form>";
const std::string kPhish = "<form action=https://evil.example/><input type=password></form>";

TEST(Forms, TellsEach) {
  const Report report =
      check(
          "<form method=Post action=//pay.example/x autocomplete=off><input type=hidden name=t>"
          "<input name=card-number><input autocomplete='billing cc-csc'><input type=password>"
          "</form>" +
          kSearch)
          .report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "count"), 2);
  EXPECT_EQ(value_of(report, "password_forms"), 1);
  EXPECT_EQ(value_of(report, "card_forms"), 1);
  EXPECT_EQ(value_of(report, "hidden_inputs"), 1);
  EXPECT_EQ(fact(report, "each"),
            R"([{"action_origin":"https://pay.example","method":"post","insecure_action":false,)"
            R"("cross_origin":true,"password":true,"card_fields":2,"hidden_inputs":1,)"
            R"("autocomplete":false},{"action_origin":"https://site.example","method":"get",)"
            R"("insecure_action":false,"cross_origin":false,"password":false,"card_fields":0,)"
            R"("hidden_inputs":0,"autocomplete":true}])");
}

TEST(Forms, FieldsOutsideOfFormsCount) {
  EXPECT_EQ(value_of(check("<input type=password>").report, "password_forms"), 1);
}

TEST(Forms, WarnsOfANewTargetOnceThePageIsKnown) {
  EXPECT_EQ(check(kSearch + kLetter, after(19, kSearch)).report.state, ReportState::ok);
  const auto late = check(kSearch + kLetter, after(20, kSearch));
  EXPECT_EQ(late.report.reason, "new_form_target");
  EXPECT_EQ(fact(late.report, "new_targets"), R"(["https://mail.example"])");
  EXPECT_EQ(check(kSearch + kLetter, late.next_state).report.state, ReportState::ok);
}

TEST(Forms, ANewTargetOfSecretsIsCritical) {
  const Report report = check(kPhish, after(20, kSearch)).report;
  EXPECT_EQ(report.state, ReportState::crit);
  EXPECT_EQ(report.reason, "new_target_of_secrets");
  EXPECT_THAT(report.findings.at(0).message, HasSubstr("password"));
}

TEST(Forms, WarnsOfSecretsOverHttp) {
  EXPECT_EQ(check("<form action=http://site.example/><input type=password></form>").report.reason,
            "insecure_action");
  EXPECT_EQ(check("<form><input type=password></form>", {}, false).report.reason,
            "insecure_action");
  EXPECT_EQ(check("<form><input type=password></form>").report.state, ReportState::ok);
  EXPECT_EQ(check("<form action=http://site.example/><input name=q></form>").report.state,
            ReportState::ok)
      << "mixed-content tells of it";
}

TEST(Forms, TellsNewFormsFromOtherActions) {
  const auto state = after(1, kSearch);
  const auto facts = [&](const std::string& html) {
    const Report report = check(html, state).report;
    EXPECT_EQ(report.state, ReportState::ok);
    return fact(report, "new_form") + " " + fact(report, "action_changed");
  };
  EXPECT_EQ(facts(kSearch), "(none) (none)");
  EXPECT_EQ(facts("<form action='/search?x=1'><input name=q></form>"), "(none) (none)");
  EXPECT_EQ(facts("<form action=/find><input name=q></form>"), "(none) true");
  EXPECT_EQ(facts(kSearch + "<form action=/search><input name=q><input name=r></form>"),
            "true (none)");
}

TEST(Forms, BoundsAHostilePage) {
  std::string many;
  for (int i = 0; i < 300; ++i) {
    many += "<form action=//h" + std::to_string(i) + "\xff.example><input type=password></form>";
  }
  const Report report = check(many, after(20, kSearch)).report;
  EXPECT_EQ(report.facts.at("each").as_array().size(), 12U);
  EXPECT_EQ(report.findings.size(), 6U) << "four new targets, a new form, another action";
}

}  // namespace
}  // namespace webmon::plugins
