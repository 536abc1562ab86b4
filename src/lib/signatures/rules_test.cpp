#include "lib/signatures/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webmon::signatures {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Result<std::shared_ptr<const Rules>> compile(std::string text) {
  const RuleSource source{"mine.yar", std::move(text)};
  return Rules::compile({&source, 1});
}
std::string error_of(std::string text) {
  const auto rules = compile(std::move(text));
  if (rules) return "(no error)";
  EXPECT_EQ(rules.error().code, Errc::bad_input);
  return rules.error().detail;
}

TEST(Rules, OursCompileAndNoneSlowsAScanDown) {
  const auto sources = own_sources();
  const auto rules = Rules::compile(sources);
  ASSERT_TRUE(rules) << rules.error().detail;
  EXPECT_GE((*rules)->size(), 20U);
  EXPECT_THAT((*rules)->warnings(), IsEmpty());
}

TEST(Rules, FilesMayHaveRulesOfOneName) {
  const std::vector<RuleSource> sources{{"a.yar", "rule x { condition: true }"},
                                        {"b.yar", "rule x { condition: false }"}};
  const auto rules = Rules::compile(sources);
  ASSERT_TRUE(rules) << rules.error().detail;
  EXPECT_THAT((*rules)->names(), ElementsAre("x", "x"));
}

TEST(Rules, NoneAreFineToo) {
  const auto rules = Rules::compile({});
  ASSERT_TRUE(rules) << rules.error().detail;
  EXPECT_EQ((*rules)->size(), 0U);
}

TEST(Rules, TheVariablesOfADocumentAreKnown) {
  const auto rules = compile(
      "rule x { strings: $a = \"abc\" condition: ($a in (title_end..h1_end) or $a in "
      "(hidden_end..body_end) or $a in (form_end..filesize)) and has_password and "
      "sends_password_away and host endswith \".example\" }");
  EXPECT_TRUE(rules) << rules.error().detail;
}

TEST(Rules, ErrorsNameFileAndLine) {
  EXPECT_THAT(error_of("rule x {\n  strings: $a = \"abc\"\n  condition: $b }"),
              StartsWith("mine.yar:3: undefined string \"$b\""));
  EXPECT_THAT(error_of("rule x {\n  condition: nonsense }"),
              StartsWith("mine.yar:2: undefined identifier \"nonsense\""));
  EXPECT_THAT(error_of("\nrule { condition: true }"), StartsWith("mine.yar:2: syntax error"));
}

TEST(Rules, ARuleHasItsOwnTextAndThePageNothingElse) {
  EXPECT_THAT(error_of("\ninclude \"other.yar\"\n"),
              StartsWith("mine.yar:2: includes are disabled"));
  EXPECT_THAT(error_of("\n\nimport \"pe\"\nrule x { condition: pe.is_pe }"),
              StartsWith("mine.yar:3: modules of YARA are not available here; take out import "
                         "\"pe\""));
  EXPECT_THAT(error_of("rule x { condition: true } // \"math\"\nimport \"math\""),
              HasSubstr("import \"math\""));
  EXPECT_THAT(error_of(std::string{"rule x { condition: true }\0", 27}), HasSubstr("zero byte"));
}

TEST(Rules, MetasMeanWhatTheySay) {
  const auto with = [](const std::string& meta) {
    return error_of("rule x { meta: " + meta + " condition: true }");
  };
  EXPECT_EQ(with("weight = 1"), "(no error)");
  EXPECT_EQ(with("weight = 100 family = \"mine\" where = \"script\""), "(no error)");
  EXPECT_THAT(with("weight = 0"), StartsWith("mine.yar: rule x: write a weight of 1 to 100"));
  EXPECT_THAT(with("weight = 101"), HasSubstr("1 to 100"));
  EXPECT_THAT(with("weight = \"50\""), HasSubstr("without quotation marks"));
  EXPECT_THAT(with("where = \"foot\""), HasSubstr("title, h1, hidden, body, form, script"));
  EXPECT_THAT(with("family = \"" + std::string(33, 'f') + "\""), HasSubstr("32 bytes"));
}

TEST(Rules, SlowOnesAreWarnedOf) {
  const auto rules = compile("rule x {\n  strings: $a = /a.*b.*c/\n  condition: $a\n}");
  ASSERT_TRUE(rules) << rules.error().detail;
  ASSERT_FALSE((*rules)->warnings().empty());
  EXPECT_THAT((*rules)->warnings()[0], StartsWith("mine.yar:"));
}

TEST(Rules, HaveTheirBounds) {
  std::string many = "rule x { strings: ";
  for (int i = 0; i < 3'000; ++i) many += "$s" + std::to_string(i) + " = \"abcdef\" ";
  EXPECT_THAT(error_of(many + "condition: any of them }"), HasSubstr("mine.yar:"));
}

}  // namespace
}  // namespace webmon::signatures
