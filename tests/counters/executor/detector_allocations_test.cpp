// What the detectors ask of the allocator once they have seen an asset some times.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "lib/change/page_watch.hpp"
#include "lib/html/extract.hpp"
#include "lib/stats/observation.hpp"
#include "tests/counters/executor/count_allocations.hpp"

namespace webmon {
namespace {

template <class Run>
std::uint64_t allocations_of(Run run) {
  const std::uint64_t before = webmon_allocations();
  run();
  return webmon_allocations() - before;
}

/// Some 30 KB, with links, scripts and numbers; `news` is one paragraph of it.
Page page_of(const std::string& news) {
  Page page;
  page.url = *parse_url("https://a-shop-with-a-long-name.example/");
  page.outcome = Outcome::ok;
  page.status = 200;
  page.headers = {{"content-type", "text/html; charset=utf-8"}};
  page.body =
      "<html><head><title>Bread</title><script src='//cdn.example/x.js'></script></head><body>";
  for (int i = 0; i < 250; ++i) {
    const std::string word(static_cast<std::size_t>(3 + i % 7), static_cast<char>('a' + i % 26));
    const std::string host = "partner" + std::to_string(i % 10) + ".with-a-long-name.example";
    page.body += "<p>Of " + word + " and <a href='https://" + host + "/'>" + word +
                 "x</a> we have " + std::to_string(i) + ".</p>";
  }
  page.body += "<p>" + news + "</p><script>let one = 'two';</script></body></html>";
  extract_features(page.body, "text/html", page.features);
  return page;
}

TEST(DetectorAllocations, AreNoneForThePageAsItWas) {
  const Page page = page_of("none");
  std::string memory;
  for (int i = 0; i < 30; ++i) change::watch(page, memory);
  EXPECT_EQ(allocations_of([&] { change::watch(page, memory); }), 0U);
}

TEST(DetectorAllocations, AreNoneForAPageWithOtherText) {
  const std::array pages{page_of("fresh bread today"), page_of("rolls again tomorrow, and cake")};
  std::string memory;
  for (std::size_t i = 0; i < 60; ++i) change::watch(pages[i % 2], memory);
  change::Verdict verdict;
  EXPECT_EQ(allocations_of([&] { verdict = change::watch(pages[0], memory); }), 0U);
  EXPECT_TRUE(verdict.is_settled);
  EXPECT_FALSE(verdict.is_alert);
  const Page never_seen = page_of("a word that it never used");
  EXPECT_EQ(allocations_of([&] { verdict = change::watch(never_seen, memory); }), 0U);
  EXPECT_GT(verdict.evidence[static_cast<std::size_t>(change::Sign::novel_words)], 0);
}

constexpr auto kSpecs = [] {
  std::array<MetricSpec, 60> specs{};
  for (std::size_t i = 0; i < specs.size(); ++i) {
    specs[i] = {"any",         static_cast<std::uint16_t>(300 + i), "count", true, 1, 0.1, "",
                Excess::change};
  }
  return specs;
}();

const MetricSpec* find(std::uint16_t number) noexcept {
  return number >= 300 && number < 360 ? &kSpecs[number - 300U] : nullptr;
}

TEST(DetectorAllocations, OfSixtyMetricsAreTheAnswerAlone) {
  std::vector<Report> reports(3);
  for (std::uint16_t i = 0; i < 60; ++i) {
    reports[i / 20U].metrics.push_back({static_cast<std::uint16_t>(300 + i), 100.0 + i});
  }
  Model model;
  Judgement judgement;
  for (int i = 0; i < 30; ++i) judgement = judge(model, reports, true, false, find);
  ASSERT_EQ(judgement.stats.size(), 60U);
  EXPECT_EQ(allocations_of([&] { model.observe(reports[0].metrics, find); }), 0U);
  EXPECT_EQ(allocations_of([&] { judgement = judge(model, reports, true, false, find); }), 1U)
      << "the statistics";
  EXPECT_EQ(allocations_of([&] { EXPECT_TRUE(Model::decode(model.encode())); }), 2U)
      << "the blob and the rows";
}

}  // namespace
}  // namespace webmon
