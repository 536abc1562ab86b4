#include "lib/signatures/scanner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace webmon::signatures {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<const Rules> rules_of(std::string text) {
  const RuleSource source{"mine.yar", std::move(text)};
  auto rules = Rules::compile({&source, 1});
  EXPECT_TRUE(rules) << rules.error().detail;
  return rules ? *rules : nullptr;
}

Document document_of(std::string_view title, std::string_view body = {},
                     std::string_view script = {}) {
  Document document;
  document.add(Part::title, title);
  document.add(Part::body, body);
  document.add(Part::script, script);
  return document;
}

TEST(Scanner, AHitSaysRuleFamilyWeightPlaceAndExcerpt) {
  Scanner scanner{rules_of(
      "rule boats { meta: family = \"sea\" weight = 7 description = \"about boats\" strings: $a = "
      "\"boat\" condition: $a }")};
  const auto result =
      scanner.scan(document_of("Harbour", "no\nall about boats of wood\nand so on"));
  ASSERT_EQ(result.hits.size(), 1U);
  const Hit& hit = result.hits[0];
  EXPECT_EQ(hit.rule, "boats");
  EXPECT_EQ(hit.family, "sea");
  EXPECT_EQ(hit.description, "about boats");
  EXPECT_EQ(hit.weight, 7);
  EXPECT_EQ(hit.where, Part::body);
  EXPECT_EQ(hit.excerpt, "all about boats of wood");
  EXPECT_EQ(result.gap, "");
}

TEST(Scanner, ARuleThatSaysNothingOfItselfHasItsPresets) {
  Scanner scanner{rules_of("rule x { condition: true }")};
  const auto result = scanner.scan(document_of("t"));
  ASSERT_EQ(result.hits.size(), 1U);
  EXPECT_EQ(result.hits[0].family, "own");
  EXPECT_EQ(result.hits[0].weight, kPresetWeight);
}

TEST(Scanner, PrivateRulesAreNotTold) {
  Scanner scanner{rules_of("private rule x { condition: true } rule y { condition: x }")};
  const auto result = scanner.scan(document_of("t"));
  ASSERT_EQ(result.hits.size(), 1U);
  EXPECT_EQ(result.hits[0].rule, "y");
}

TEST(Scanner, TheExcerptIsOfThePartThatTheRuleNames) {
  const std::string rule = "strings: $a = \"abc\" condition: $a }";
  Scanner anywhere{rules_of("rule x { " + rule)};
  Scanner in_script{rules_of("rule x { meta: where = \"script\" " + rule)};
  const auto document = document_of("abc", "abc in the text", "abc in a script");
  EXPECT_EQ(anywhere.scan(document).hits.at(0).where, Part::title);
  EXPECT_EQ(in_script.scan(document).hits.at(0).where, Part::script);
  EXPECT_EQ(in_script.scan(document).hits.at(0).excerpt, "abc in a script");
  EXPECT_EQ(in_script.scan(document_of("abc")).hits.at(0).where, Part::title) << "else anywhere";
}

// libyara's fast mode fails here.
TEST(Scanner, AnyOfInARangeLooksAtEveryMatch) {
  Scanner scanner{
      rules_of("rule x { strings: $a = \"abc\" $b = \"xyz\" condition: any of them in "
               "(form_end..filesize) }")};
  EXPECT_EQ(scanner.scan(document_of("abc", "abc", "abc")).hits.size(), 1U);
  EXPECT_EQ(scanner.scan(document_of("abc", "abc", "")).hits.size(), 0U);
}

TEST(Scanner, VariablesAreThoseOfTheDocument) {
  Scanner scanner{rules_of(
      "rule x { condition: has_password and not sends_password_away and host == \"a.example\" }")};
  Document document = document_of("t");
  document.has_password = true;
  document.host = "a.example";
  EXPECT_EQ(scanner.scan(document).hits.size(), 1U);
  document.sends_password_away = true;
  EXPECT_EQ(scanner.scan(document).hits.size(), 0U);
  document.sends_password_away = false;
  EXPECT_EQ(scanner.scan(document).hits.size(), 1U) << "nothing is left of the scan before";
}

TEST(Scanner, KeepsABoundedNumberOfHits) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "rule r" + std::to_string(i) + " { condition: true } ";
  Scanner scanner{rules_of(text)};
  EXPECT_EQ(scanner.scan(document_of("t")).hits.size(), kMostHits);
}

TEST(Scanner, TooManyMatchesAreToldAndTheRestIsRight) {
  Scanner scanner{
      rules_of("rule x { strings: $a = \"ab\" condition: $a } rule y { strings: $a = \"end\" "
               "condition: $a }")};
  std::string text;
  for (int i = 0; i < 1'100'000; ++i) text += "ab";
  const auto result = scanner.scan(document_of("t", text + "end"));
  EXPECT_EQ(result.hits.size(), 2U);
  EXPECT_EQ(result.gap, "too many matches");
  EXPECT_EQ(scanner.scan(document_of("t", "ab")).gap, "");
}

TEST(Scanner, AScanThatTakesTooLongIsEndedAndTold) {
  Scanner scanner{
      rules_of("rule x { condition: has_password and for all i in (1..1000000000) : (i > 0) } "
               "rule y { condition: true }")};
  Document document = document_of("t");
  document.has_password = true;
  EXPECT_EQ(scanner.scan(document).gap, "timeout");
  document.has_password = false;
  EXPECT_EQ(scanner.scan(document).hits.size(), 1U) << "and can be used again";
}

TEST(Scanner, AProgramFileAsATitleIsText) {
  Scanner scanner{rules_of("rule x { condition: entrypoint > 0 }")};
  std::string elf =
      "\x7f"
      "ELF\2\1\1";
  elf.resize(4096, '\1');
  EXPECT_EQ(scanner.scan(document_of(elf)).hits.size(), 0U);
}

TEST(Scanner, ManyThreadsShareOneSetOfRules) {
  constexpr unsigned kThreads = 48;  // more than libyara's old limit of 32
  const auto rules =
      rules_of("rule x { strings: $a = \"abc\" condition: $a and host == \"one.example\" }");
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        Scanner scanner{rules};
        Document document = document_of("abc");
        document.host = i % 2 == 0 ? "one.example" : "two.example";
        for (int round = 0; round < 50; ++round)
          right += (scanner.scan(document).hits.size() == 1) == (i % 2 == 0) ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(right, 50 * static_cast<int>(kThreads));
}

TEST(Scanner, AThreadKeepsItsScannerAndTheRulesOfTheProcessAreOursByDefault) {
  Scanner& scanner = scanner_of_this_thread();
  EXPECT_EQ(&scanner, &scanner_of_this_thread());
  EXPECT_GE(scanner.rules().size(), 20U);
  const Rules* others = nullptr;
  std::jthread{[&] { others = &scanner_of_this_thread().rules(); }}.join();
  EXPECT_EQ(others, &scanner.rules());
  EXPECT_THROW(use_in_this_process(rules_of("rule x { condition: true }")), std::logic_error)
      << "too late";
}

}  // namespace
}  // namespace webmon::signatures
