#include <gtest/gtest.h>

#include "plugins/robots_rules.hpp"
#include "plugins/side_for_test.hpp"
#include "plugins/sitemap_reader.hpp"

namespace webmon::plugins {
namespace {

RobotsRules rules(std::string_view text) { return RobotsReader{}.read(text); }

TEST(RobotsRules, KeepAllOutOnlyIfTheGroupForAllSaysSo) {
  EXPECT_TRUE(rules("User-agent: *\nDisallow: /\n").disallow_all);
  EXPECT_TRUE(rules("\xef\xbb\xbfuser-AGENT :*\r\n disallow:/ # all").disallow_all);
  EXPECT_TRUE(rules("User-agent: a\nUser-agent: *\nDisallow: /*").disallow_all) << "one group";
  EXPECT_TRUE(rules("User-agent: *\nDisallow: /\nAllow: /public/").disallow_all);
  EXPECT_FALSE(rules("User-agent: badbot\nDisallow: /\n").disallow_all);
  EXPECT_FALSE(rules("User-agent: *\nDisallow:\n").disallow_all) << "an empty rule is none";
  EXPECT_FALSE(rules("User-agent: *\nDisallow: /private/\n").disallow_all);
  EXPECT_FALSE(rules("User-agent: *\nDisallow: /\nAllow: /\n").disallow_all) << "a tie";
  EXPECT_FALSE(rules("User-agent: *\nAllow: /\nUser-agent: x\nDisallow: /").disallow_all);
  EXPECT_FALSE(rules("Disallow: /\n").disallow_all) << "of no group";
  EXPECT_FALSE(rules("#User-agent: *\n#Disallow: /").disallow_all);
}

TEST(RobotsRules, NameTheFirstSitemap) {
  EXPECT_EQ(rules("Sitemap: https://x/a.xml\nsitemap: https://x/b.xml").sitemap, "https://x/a.xml");
  EXPECT_EQ(rules("User-agent: *\nDisallow:").sitemap, "");
}

TEST(RobotsRules, AreNotFoundInHtml) {
  EXPECT_FALSE(rules("<!doctype html><title>Not found</title><p style='a: b'>").has_rules);
  EXPECT_TRUE(rules("User-agent: *").has_rules);
}

Sitemap sitemap(std::string_view text) { return SitemapReader{}.read(text); }

constexpr std::string_view kSitemap = R"(<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
  <url><loc>http://www.example.com/</loc><lastmod>2005-01-01</lastmod></url>
  <url><loc>http://www.example.com/catalog</loc><lastmod>2026-12-23T18:00:15+00:00</lastmod></url>
  <url><loc>http://www.example.com/other</loc><lastmod>yesterday</lastmod></url>
</urlset>)";

TEST(Sitemap, IsCounted) {
  const auto read = sitemap(kSitemap);
  EXPECT_TRUE(read.is_sitemap);
  EXPECT_FALSE(read.is_index);
  EXPECT_EQ(read.entries, 3);
  EXPECT_EQ(read.newest_lastmod, "2026-12-23T18:00:15+00:00");
}

TEST(Sitemap, OfSitemapsCountsThem) {
  const auto read = sitemap(
      "<sitemapindex><sitemap><loc>a</loc></sitemap><sitemap><loc>b</loc></sitemap>"
      "</sitemapindex>");
  EXPECT_TRUE(read.is_index);
  EXPECT_EQ(read.entries, 2);
}

TEST(Sitemap, IsReadAsFarAsItGoes) {
  EXPECT_EQ(sitemap(kSitemap.substr(0, kSitemap.find("yesterday"))).entries, 3);
  EXPECT_EQ(sitemap(kSitemap.substr(0, kSitemap.find("</url>"))).entries, 1);
  EXPECT_FALSE(sitemap("<!doctype html><title>Not found</title>").is_sitemap);
  EXPECT_FALSE(sitemap("").is_sitemap);
}

TEST(Sitemap, WithEntitiesWithoutEndIsRefused) {
  std::string laughs = "<!DOCTYPE urlset [<!ENTITY a0 \"ha\">";
  for (int i = 1; i < 30; ++i) {
    laughs += "<!ENTITY a" + std::to_string(i) + " \"";
    for (int k = 0; k < 10; ++k) laughs += "&a" + std::to_string(i - 1) + ";";
    laughs += "\">";
  }
  const auto read = sitemap(laughs + "]><urlset><url><lastmod>&a29;</lastmod></url></urlset>");
  EXPECT_EQ(read.newest_lastmod, "");
}

TEST(Sitemap, OfAnyDepthIsRead) {
  std::string deep = "<urlset>";
  for (int i = 0; i < 100'000; ++i) deep += "<url>";
  EXPECT_EQ(sitemap(deep).entries, 1);
}

/// A site with those files; the rest is 404.
using Files = std::vector<std::pair<std::string, std::string>>;
Answers site(const Page& page, const Files& files) {
  return {"robots-sitemap", page, [&](Page& answer) {
            answer.status = 404;
            for (const auto& [path, text] : files) {
              if (answer.url.target != path) continue;
              answer.status = 200;
              answer.body = text;
            }
          }};
}

TEST(RobotsSitemap, AsksForTheSitemapThatRobotsNames) {
  const auto page = page_for_test("<p>text");
  const auto targets = [](const Answers& answers) {
    std::vector<std::string> all;
    for (const auto& side : answers.sides()) all.emplace_back(side.target);
    return all;
  };
  EXPECT_EQ(targets(site(page, {})),
            (std::vector<std::string>{"http://site.example/robots.txt",
                                      "http://site.example/.well-known/security.txt",
                                      "http://site.example/sitemap.xml"}));
  EXPECT_EQ(targets(site(page, {{"/robots.txt", "Sitemap: /maps/all.xml"}})).back(),
            "http://site.example/maps/all.xml");
}

TEST(RobotsSitemap, TellsOfAllThreeFiles) {
  const auto page = page_for_test("<p>text");
  const auto answers =
      site(page, {{"/robots.txt", "User-agent: *\nDisallow: /admin"},
                  {"/sitemap.xml", std::string{kSitemap}},
                  {"/.well-known/security.txt",
                   "Contact: mailto:security@site.example\nExpires: 2099-01-01T00:00:00Z\n"}});
  const auto report = run_plugin("robots-sitemap", page, {}, {}, answers.sides()).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(fact(report, "robots_status"), "200");
  EXPECT_EQ(fact(report, "disallow_all"), "false");
  EXPECT_EQ(fact(report, "sitemap_status"), "200");
  EXPECT_EQ(value_of(report, "url_count"), 3);
  EXPECT_EQ(fact(report, "newest_lastmod"), R"("2026-12-23T18:00:15+00:00")");
  EXPECT_EQ(fact(report, "security_txt"),
            R"({"present":true,"expires":"2099-01-01T00:00:00Z","valid":true})");
}

TEST(RobotsSitemap, ASiteWithoutThemIsFine) {
  const auto page = page_for_test("<p>text");
  const auto report = run_plugin("robots-sitemap", page, {}, {}, site(page, {}).sides()).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(fact(report, "robots_status"), "404");
  EXPECT_EQ(fact(report, "robots_sha256"), "(none)");
  EXPECT_EQ(fact(report, "sitemap_status"), "404");
  EXPECT_TRUE(std::isnan(value_of(report, "url_count")));
  EXPECT_EQ(fact(report, "security_txt"), R"({"present":false})");
}

TEST(RobotsSitemap, WarnsOnceWhenAllCrawlersAreKeptOut) {
  const auto page = page_for_test("<p>text");
  const auto open = site(page, {{"/robots.txt", "User-agent: *\nDisallow:"}});
  const auto closed = site(page, {{"/robots.txt", "User-agent: *\nDisallow: /"}});
  auto output = run_plugin("robots-sitemap", page, {}, {}, open.sides());
  output = run_plugin("robots-sitemap", page, output.next_state, {}, closed.sides());
  EXPECT_EQ(output.report.state, ReportState::warn);
  EXPECT_EQ(output.report.reason, "disallow_all");
  output = run_plugin("robots-sitemap", page, output.next_state, {}, closed.sides());
  EXPECT_EQ(output.report.state, ReportState::ok) << "it is known now";
  output = run_plugin("robots-sitemap", page, output.next_state, {}, open.sides());
  EXPECT_EQ(output.report.state, ReportState::ok);
  EXPECT_EQ(output.report.findings.at(0).code, "robots_changed");
}

TEST(RobotsSitemap, AServerInTroubleChangesNothing) {
  const auto page = page_for_test("<p>text");
  const Answers broken{"robots-sitemap", page, [](Page& answer) { answer.status = 503; }};
  const auto output = run_plugin("robots-sitemap", page, "a123", {}, broken.sides());
  EXPECT_EQ(output.next_state, "a123");
  EXPECT_TRUE(output.report.findings.empty());
  const auto silent = Answers::none("robots-sitemap", page);
  const auto without = run_plugin("robots-sitemap", page, "a123", {}, silent.sides());
  EXPECT_EQ(without.report.reason, "no_answer");
  EXPECT_EQ(without.next_state, "a123");
}

TEST(RobotsSitemap, TellsOfASecurityTxtThatHasExpired) {
  const auto page = page_for_test("<p>text");
  const auto expires = [&](const std::string& line) {
    const auto answers =
        site(page, {{"/.well-known/security.txt", "Contact: mailto:a@b.example\n" + line}});
    const auto report = run_plugin("robots-sitemap", page, {}, {}, answers.sides()).report;
    return report.findings.empty() ? std::string{} : report.findings.front().code;
  };
  EXPECT_EQ(expires("Expires: 2099-01-01T00:00:00Z"), "");
  EXPECT_EQ(expires("Expires: 2020-01-01T00:00:00Z"), "security_txt_expired");
  EXPECT_EQ(expires(""), "security_txt_expired");
  EXPECT_EQ(expires("Expires: soon"), "security_txt_expired");
}

TEST(RobotsSitemap, ASitemapThatIsCutOffIsNotCounted) {
  const auto page = page_for_test("<p>text");
  const Answers cut{"robots-sitemap", page, [](Page& answer) {
                      answer.body = kSitemap;
                      answer.outcome = Outcome::too_large;
                    }};
  const auto report = run_plugin("robots-sitemap", page, {}, {}, cut.sides()).report;
  EXPECT_TRUE(std::isnan(value_of(report, "url_count")));
  EXPECT_EQ(fact(report, "sitemap_status"), "200");
}

}  // namespace
}  // namespace webmon::plugins
