#include "cli/signature_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace webmon::cli {
namespace {

using ::testing::HasSubstr;

class SignatureRules : public ::testing::Test {
 protected:
  std::string write(const std::string& name, std::string_view text) {
    return folder_.write(name, text).string();
  }
  std::string folder() const { return folder_.path().string(); }

  testing::TempDir folder_;
};

TEST_F(SignatureRules, NoPlaceHasNone) { EXPECT_TRUE(read_rule_files("")->empty()); }

TEST_F(SignatureRules, ADirectoryIsReadInTheOrderOfNames) {
  write("b.yara", "rule b { condition: true }");
  write("a.yar", "rule a { condition: true }");
  write("README", "no rules");
  const auto files = read_rule_files(folder());
  ASSERT_TRUE(files) << files.error().detail;
  ASSERT_EQ(files->size(), 2U);
  EXPECT_THAT(files->at(0).file, HasSubstr("a.yar"));
  EXPECT_EQ(files->at(1).text, "rule b { condition: true }");
}

TEST_F(SignatureRules, OfOneFileTheNameDoesNotMatter) {
  const auto files = read_rule_files(write("rules.txt", "rule a { condition: true }"));
  ASSERT_TRUE(files) << files.error().detail;
  EXPECT_EQ(files->size(), 1U);
}

TEST_F(SignatureRules, WhatCannotBeReadIsNamed) {
  const auto files = read_rule_files(folder() + "/absent");
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, Errc::bad_config);
  EXPECT_EQ(files.error().detail, "executor.signature_rules: " + folder() +
                                      "/absent: cannot be read: No such file or directory");
}

TEST_F(SignatureRules, FilesHaveABound) {
  write("a.yar", std::string(kMostRuleBytes / 2 + 1, ' '));
  write("b.yar", std::string(kMostRuleBytes / 2 + 1, ' '));
  const auto files = read_rule_files(folder());
  ASSERT_FALSE(files);
  EXPECT_THAT(files.error().detail, HasSubstr("b.yar: files of rules take 16 MiB at most"));
}

TEST_F(SignatureRules, AreAddedToOurs) {
  const auto ours = compile_rules({});
  const auto both = compile_rules({{"mine.yar", "rule mine { condition: false }"}});
  ASSERT_TRUE(ours && both);
  EXPECT_EQ((*both)->size(), (*ours)->size() + 1);
}

TEST_F(SignatureRules, AnErrorSaysKeyFileLineAndWhatToDo) {
  const auto rules = compile_rules({{"/rules/mine.yar", "rule mine {\n  condition: $a }"}});
  ASSERT_FALSE(rules);
  EXPECT_EQ(rules.error().code, Errc::bad_config);
  EXPECT_EQ(rules.error().detail,
            "executor.signature_rules: /rules/mine.yar:2: undefined string \"$a\"\n"
            "mend the rule or take the file away; docs/signatures.md says what rules may say");
}

TEST_F(SignatureRules, AreHandedOnAsTheyAre) {
  const std::vector<signatures::RuleSource> files{
      {"/a b/1 2.yar", "12 34 \xff\n"}, {"", ""}, {"c.yar", std::string(10, '\0')}};
  const auto again = split_rule_files(join_rule_files(files));
  ASSERT_TRUE(again) << again.error().detail;
  ASSERT_EQ(again->size(), files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(again->at(i).file, files[i].file);
    EXPECT_EQ(again->at(i).text, files[i].text);
  }
  EXPECT_TRUE(split_rule_files("")->empty());
  EXPECT_FALSE(split_rule_files("3 100 a.yar"));
}

}  // namespace
}  // namespace webmon::cli
