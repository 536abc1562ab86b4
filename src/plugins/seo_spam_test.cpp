#include <fmt/format.h>
#include <gtest/gtest.h>

#include "plugins/side_for_test.hpp"
#include "plugins/spam_terms.hpp"

namespace webmon::plugins {
namespace {

TEST(SpamTerms, AreCountedAsWholeWords) {
  EXPECT_EQ(count_spam_terms("buy cialis and viagra; cialis!"), 3U);
  EXPECT_EQ(count_spam_terms("specialist socialism casinos"), 0U);
  EXPECT_EQ(count_spam_terms("The CASINO"), 1U);
  EXPECT_EQ(count_spam_terms(""), 0U);
}

TEST(SpamTerms, AreFoundInTextsWithoutSpaces) {
  EXPECT_EQ(count_spam_terms("ブランドコピー激安通販専門店"), 3U);
}

TEST(CjkRatio, IsTheShareOfLetters) {
  EXPECT_EQ(cjk_ratio(""), 0);
  EXPECT_EQ(cjk_ratio("Only English, 100 %."), 0);
  EXPECT_EQ(cjk_ratio("Ünïcode ελληνικά кириллица"), 0);
  EXPECT_EQ(cjk_ratio("日本語の文字"), 1);
  EXPECT_EQ(cjk_ratio("한국어"), 1);
  EXPECT_DOUBLE_EQ(cjk_ratio("ab日本"), 0.5);
}

std::string page_of(std::string_view text, std::string_view links = {}) {
  return fmt::format("<!doctype html><title>Boats</title><p>{}</p>{}", text, links);
}

constexpr std::string_view kText =
    "We build and mend wooden boats on the river since the year nineteen hundred and two, and our "
    "yard is open to visitors on every day but Sunday.";
constexpr std::string_view kSpam =
    "Buy cheap viagra and cialis without a doctor, tramadol shipped from our online pharmacy in "
    "two days, the best casino with free spins for new players.";

std::string links_to(int hosts) {
  std::string links;
  for (int i = 0; i < hosts; ++i)
    links += fmt::format("<a href='https://spam{}.example/'>x</a>", i);
  return links;
}

/// What the plugin says when a crawler gets that body.
PluginOutput seen(std::string_view body, const std::string& to_crawler, std::string_view state = {},
                  bool is_fresh = true) {
  const auto page = page_for_test(std::string{body});
  const auto answer = [&](Page& got) {
    got.headers = {{"content-type", "text/html"}};
    got.body = to_crawler;
  };
  const Answers answers{"seo-spam", page, answer, {}, is_fresh};
  return run_plugin("seo-spam", page, state, {}, answers.sides());
}

TEST(SeoSpam, AsksForThePageAsACrawlerWould) {
  const auto page = page_for_test(page_of(kText));
  const auto plans = find_plugin("seo-spam")->plan(page, {}, {});
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_EQ(plans[0].target, "http://site.example/");
  EXPECT_NE(plans[0].user_agent.find("Googlebot"), std::string_view::npos);
  EXPECT_EQ(plans[0].lifetime, seconds{86'400});
}

TEST(SeoSpam, ThatAllAreShownTheSameIsFine) {
  const auto body = page_of(kText, links_to(9));
  const auto report = seen(body, body).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(fact(report, "bot_vs_user_similarity"), "1E0");
  EXPECT_EQ(fact(report, "bot_only_links"), "0");
  EXPECT_EQ(value_of(report, "spam_terms"), 0);
}

TEST(SeoSpam, SpamForCrawlersAloneIsTold) {
  const auto report = seen(page_of(kText), page_of(kSpam, links_to(4))).report;
  EXPECT_EQ(report.state, ReportState::crit);
  EXPECT_EQ(report.reason, "cloaked_spam");
  EXPECT_EQ(fact(report, "bot_only_links"), "4");
}

TEST(SeoSpam, LinksForCrawlersAloneAreTold) {
  const auto report =
      seen(page_of(kText), page_of("other words altogether stand in this place now", links_to(6)))
          .report;
  EXPECT_EQ(report.reason, "cloaked_links");
}

TEST(SeoSpam, AShopOfSuchThingsThatShowsThemToAllIsFine) {
  const auto body = page_of(kSpam, links_to(6));
  const auto report = seen(body, body).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_GE(value_of(report, "spam_terms"), 5);
}

TEST(SeoSpam, AnotherAdForTheCrawlerIsNoCloaking) {
  const auto report =
      seen(page_of(kText), page_of(std::string{kText} + " Today only: half price.", links_to(2)))
          .report;
  EXPECT_EQ(report.state, ReportState::ok);
}

TEST(SeoSpam, WhatWasFoundIsToldUntilTheNextComparison) {
  auto output = seen(page_of(kText), page_of(kSpam, links_to(4)));
  output = seen(page_of(kText), "unused", output.next_state, false);
  EXPECT_EQ(output.report.reason, "cloaked_spam");
  output = seen(page_of(kText), page_of(kText), output.next_state);
  EXPECT_EQ(output.report.state, ReportState::ok);
}

TEST(SeoSpam, ACrawlerThatIsTurnedAwayProvesNothing) {
  const auto page = page_for_test(page_of(kText));
  for (const int status : {403, 429, 503}) {
    const Answers answers{"seo-spam", page, [&](Page& got) { got.status = status; }};
    const auto report = run_plugin("seo-spam", page, {}, {}, answers.sides()).report;
    EXPECT_EQ(report.state, ReportState::ok);
    EXPECT_EQ(fact(report, "bot_vs_user_similarity"), "null");
  }
  const auto silent = Answers::none("seo-spam", page);
  EXPECT_EQ(run_plugin("seo-spam", page, {}, {}, silent.sides()).report.state, ReportState::ok);
}

TEST(SeoSpam, CountsWhatDidNotChangeAsBefore) {
  auto output = seen(page_of(kSpam), page_of(kSpam));
  const auto terms = value_of(output.report, "spam_terms");
  EXPECT_GE(terms, 5);
  output = seen(page_of(kSpam), "", output.next_state, false);
  EXPECT_EQ(value_of(output.report, "spam_terms"), terms);
  output = seen(page_of(kText), "", output.next_state, false);
  EXPECT_EQ(value_of(output.report, "spam_terms"), 0);
  EXPECT_EQ(value_of(output.report, "cjk_ratio_jump"), 0);
}

TEST(SeoSpam, TellsWhatThePageAsksOfCrawlers) {
  const auto of = [](std::string_view head) {
    return seen("<title>t</title>" + std::string{head} + "<p>text", "").report;
  };
  EXPECT_EQ(fact(of("<meta name=robots content='NOINDEX, nofollow'>"), "noindex"), "true");
  EXPECT_EQ(fact(of(""), "noindex"), "false");
  EXPECT_EQ(fact(of("<link rel=canonical href='https://evil.example/'>"), "canonical_offsite"),
            "true");
  EXPECT_EQ(fact(of("<link rel=canonical href='/page'>"), "canonical_offsite"), "false");
}

TEST(SeoSpam, RemembersTitleAndWritingOfTheCheckBefore) {
  auto output = seen(page_of(kText), page_of(kText));
  EXPECT_EQ(fact(output.report, "title_changed"), "false");
  EXPECT_EQ(value_of(output.report, "cjk_ratio_jump"), 0);
  output = seen("<title>激安</title><p>ブランドコピー激安通販専門店", "", output.next_state);
  EXPECT_EQ(fact(output.report, "title_changed"), "true");
  EXPECT_GT(value_of(output.report, "cjk_ratio_jump"), 0.9);
}

}  // namespace
}  // namespace webmon::plugins
