#include <gtest/gtest.h>

#include <string>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

const std::string kHead =
    "<html lang=EN-gb><head><title>Boats</title><meta name=description content='All about boats'>"
    "<meta name=robots content='Index, follow'><link rel=canonical href=http://site.example/boats>"
    "<meta property=og:title content=Boats><link rel=alternate hreflang=de href=/de>"
    "<script type=application/ld+json>{\"@type\":\"Product\"}</script></head><p>x";

std::string with(std::string_view what, std::string_view by) {
  std::string html = kHead;
  html.replace(html.find(what), what.size(), by);
  return html;
}
PluginOutput check(const std::string& html, std::string_view state = {}, Headers headers = {}) {
  Page page = page_for_test(html);
  page.headers.insert(page.headers.end(), headers.begin(), headers.end());
  return run_plugin("meta-seo", page, state);
}

TEST(MetaSeo, FoldsADescriptionOfSeveralLines) {
  const std::string lines = with("'All about boats'", "'  All about\n        boats, \t and rigs'");
  EXPECT_EQ(fact(check(lines).report, "description"), "\"All about boats, and rigs\"");
  std::string kanji;
  for (int i = 0; i < 200; ++i) kanji += "船";
  EXPECT_EQ(fact(check(with("'All about boats'", "'" + kanji + "'")).report, "description").size(),
            2 + 318U);  // whole characters of three bytes
}

TEST(MetaSeo, TellsWhatThePageSaysOfItself) {
  const Report report = check(kHead, {}, {{"x-robots-tag", "NoArchive"}}).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(fact(report, "title"), "\"Boats\"");
  EXPECT_EQ(fact(report, "description"), "\"All about boats\"");
  EXPECT_EQ(fact(report, "canonical"), "\"http://site.example/boats\"");
  EXPECT_EQ(fact(report, "robots_meta"), "\"index, follow\"");
  EXPECT_EQ(fact(report, "x_robots_tag"), "\"noarchive\"");
  EXPECT_EQ(fact(report, "og_hash").size(), 18U);
  EXPECT_EQ(fact(report, "jsonld_types"), R"(["Product"])");
  EXPECT_EQ(fact(report, "lang"), "\"en-gb\"");
  EXPECT_EQ(value_of(report, "hreflang_count"), 1);
  EXPECT_EQ(fact(report, "changed"), "(none)");
}

TEST(MetaSeo, TellsWhatChanged) {
  const auto before = check(kHead).next_state;
  EXPECT_EQ(fact(check(kHead, before).report, "changed"), "(none)");
  struct Case {
    const char* what;
    const char* by;
    const char* changed;
  };
  for (const Case& c : {Case{"<title>Boats", "<title>Ships", R"(["title"])"},
                        Case{"All about", "Nothing about", R"(["description"])"},
                        Case{"content=Boats", "content=Ships", R"(["og_hash"])"},
                        Case{"Product", "Offer", R"(["jsonld_types"])"},
                        Case{"example/boats", "example/ships", R"(["canonical"])"}}) {
    SCOPED_TRACE(c.changed);
    const Report report = check(with(c.what, c.by), before).report;
    EXPECT_EQ(report.state, ReportState::ok);
    EXPECT_EQ(fact(report, "changed"), c.changed);
    EXPECT_EQ(report.findings.at(0).code, "meta_changed");
  }
}

TEST(MetaSeo, WarnsWhenSearchEnginesAreSentAway) {
  const auto before = check(kHead).next_state;
  for (const char* robots : {"NOINDEX", "follow, none"}) {
    const auto output = check(with("Index, follow", robots), before);
    EXPECT_EQ(output.report.reason, "noindex_appeared") << robots;
    EXPECT_EQ(check(with("Index, follow", robots), output.next_state).report.state,
              ReportState::ok);
  }
  EXPECT_EQ(check(kHead, before, {{"x-robots-tag", "noindex"}}).report.reason, "noindex_appeared");
  EXPECT_EQ(check(with("Index, follow", "noindexing"), before).report.state, ReportState::ok);
}

TEST(MetaSeo, WarnsWhenTheCanonicalUrlLeavesTheSite) {
  const auto before = check(kHead).next_state;
  EXPECT_EQ(check(with("http://site.example/boats", "//evil.example/"), before).report.reason,
            "canonical_left_site");
  EXPECT_EQ(
      check(with("http://site.example/boats", "http://www.site.example/"), before).report.state,
      ReportState::ok);
}

TEST(MetaSeo, WarnsOfAnotherLanguage) {
  const auto before = check(kHead).next_state;
  EXPECT_EQ(check(with("lang=EN-gb", "lang=th"), before).report.reason, "language_changed");
  EXPECT_EQ(check(with("lang=EN-gb", "lang=en-GB"), before).report.state, ReportState::ok);
}

TEST(MetaSeo, CopesWithAPageThatSaysNothingAndWithHostileOnes) {
  EXPECT_EQ(check("<p>x").report.state, ReportState::ok);
  std::string many = "<head>";
  for (int i = 0; i < 150; ++i)
    many += "<meta property=og:\xff content='" + std::string(2000, 'x') + "'>";
  EXPECT_EQ(check(many + "<p>x", "odd state").report.state, ReportState::ok);
}

}  // namespace
}  // namespace webmon::plugins
