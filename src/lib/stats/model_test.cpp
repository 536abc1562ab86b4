#include "lib/stats/model.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "lib/core/rng.hpp"
#include "lib/stats/specs_for_test.hpp"

namespace webmon {
namespace {

void learn(Model& model, std::uint16_t number, double value) {
  const std::array<Metric, 1> metrics = {Metric{number, value}};
  model.observe(metrics, find_test_spec);
}

Model three_metrics() {
  Model model;
  for (int i = 0; i < 30; ++i) {
    learn(model, 303, 1000 + i);
    learn(model, 301, 12);
    learn(model, 101, 80.5);
  }
  return model;
}

Errc refusal(std::string_view blob) {
  const auto model = Model::decode(blob);
  EXPECT_FALSE(model);
  return model ? Errc::internal : model.error().code;
}

TEST(Model, JudgesAgainstTheHistoryBeforeTheValue) {
  Model model;
  for (int i = 0; i < 60; ++i) learn(model, 302, 0);
  const std::array<Metric, 1> metrics = {Metric{302, 1}};
  const auto observed = model.observe(metrics, find_test_spec);
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_EQ(observed[0].before.n, 60U);
  EXPECT_EQ(observed[0].before.mean, 0);
  EXPECT_TRUE(observed[0].score.is_excessive);
  const auto stats = model.stats();
  ASSERT_EQ(stats.size(), 1U);
  EXPECT_EQ(stats[0].number, 302);
  EXPECT_EQ(stats[0].n, 61U);
  EXPECT_DOUBLE_EQ(stats[0].mean, 1.0 / 61);
  EXPECT_EQ(stats[0].min, 0);
  EXPECT_EQ(stats[0].max, 1);
  EXPECT_EQ(stats[0].last, 1);
  EXPECT_NEAR(stats[0].z, 1 / 0.15, 1e-6);
}

TEST(Model, LearnsOnlyKnownStatisticalFiniteMetricsOncePerObservation) {
  Model model;
  const std::array<Metric, 7> metrics = {Metric{301, 1},
                                         Metric{103, 200},
                                         Metric{999, 1},
                                         Metric{302, std::numeric_limits<double>::quiet_NaN()},
                                         Metric{303, std::numeric_limits<double>::infinity()},
                                         Metric{301, 50},
                                         Metric{304, 7}};
  const auto observed = model.observe(metrics, find_test_spec);
  EXPECT_EQ(observed.size(), 2U);
  const auto stats = model.stats();
  ASSERT_EQ(stats.size(), 2U);
  EXPECT_EQ(stats[0].number, 301);
  EXPECT_EQ(stats[0].last, 1);
  EXPECT_EQ(stats[0].n, 1U);
  EXPECT_EQ(stats[1].number, 304);
}

TEST(Model, ForgetsNothingWhenAValueIsRefused) {
  Model model = three_metrics();
  const Model before = model;
  learn(model, 301, 1e300);
  EXPECT_EQ(model, before);
}

TEST(Model, TakesAtMost128Metrics) {
  Model model;
  for (int round = 0; round < 9; ++round) {
    for (std::uint16_t i = 0; i < 500; ++i) {
      const std::array<Metric, 1> metrics = {
          Metric{static_cast<std::uint16_t>(1999 - i), 1.0 / (3 + round)}};
      model.observe(metrics, find_any_spec);
    }
  }
  EXPECT_EQ(model.size(), Model::kMaxMetrics);
  model.set_page_memory(std::string(Model::kMaxPageMemory, 'x'));
  EXPECT_LE(model.encode().size(), Model::kMaxBlobBytes);
  EXPECT_TRUE(Model::decode(model.encode()));
}

TEST(Model, SurvivesTheWayThroughItsBlob) {
  Model model = three_metrics();
  model.set_page_memory("what the page was");
  const std::string blob = model.encode();
  EXPECT_EQ(blob.front(), '\x02');
  const auto again = Model::decode(blob);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, model);
  EXPECT_EQ(again->page_memory(), "what the page was");
  EXPECT_EQ(again->encode(), blob);
}

TEST(Model, LosesNoBitOfAnyValue) {
  SeededRng rng{11};
  Model model;
  for (int i = 0; i < 2000; ++i) {
    const auto number = static_cast<std::uint16_t>(1000 + rng.next() % 100);
    const double whole = static_cast<double>(rng.next() % 100'000) - 50'000;
    const std::array<Metric, 1> metrics = {
        Metric{number, rng.next() % 2 == 0 ? whole : whole / 7 * (number % 3 == 0 ? 1e200 : 1)}};
    model.observe(metrics, find_any_spec);
  }
  const auto again = Model::decode(model.encode());
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, model);
}

TEST(Model, DoesNotKeepAPageMemoryThatIsTooLong) {
  Model model = three_metrics();
  model.set_page_memory(std::string(Model::kMaxPageMemory + 1, 'x'));
  EXPECT_TRUE(model.page_memory().empty());
  EXPECT_EQ(refusal(model.encode() + std::string(Model::kMaxPageMemory + 1, 'x')), Errc::bad_frame);
}

TEST(Model, LearnsTheSameThroughBlobsAsInOnePiece) {
  SeededRng rng{5};
  Model whole;
  std::string blob;
  for (int i = 0; i < 100; ++i) {
    const auto value = static_cast<double>(rng.next() % 1000);
    learn(whole, 303, value);
    auto model = Model::decode(blob);
    ASSERT_TRUE(model);
    learn(*model, 303, value);
    blob = model->encode();
  }
  EXPECT_EQ(blob, whole.encode());
}

// The layout is in Redis and read by the next version: it must not move.
TEST(Model, BlobIsLittleEndianInTheDocumentedOrder) {
  Model model;
  learn(model, 301, 1.0);
  learn(model, 301, 1.0);
  learn(model, 303, 0.1);
  learn(model, 303, 3.0);
  model.set_page_memory("page");
  const std::string head{"\x02\x02\0", 3};
  const std::string constant{"\x2D\x01\x02\0\0\0\x07\0\0\x80\x3F", 11};
  const std::string varying{"\x2F\x01\x02\0\0\0\x42", 7};  // calm; only `max` and `last` are floats
  const std::string mean{"\xCD\xCC\xCC\xCC\xCC\xCC\xF8\x3F", 8};
  const std::string blob = model.encode();
  EXPECT_EQ(blob.substr(0, 3), head);
  EXPECT_EQ(blob.substr(3, 11), constant);
  EXPECT_EQ(blob.substr(14, 6), varying.substr(0, 6));
  EXPECT_EQ(static_cast<unsigned char>(blob[20]), 2U | 4U << 3U | 4U << 4U);
  EXPECT_EQ(blob.substr(21, 8), mean);
  EXPECT_EQ(blob.size(), 3 + 11 + 7 + 3 * 8 + 2 * 4 + 4U);
  EXPECT_TRUE(blob.ends_with(std::string{"\0\0\x40\x40\0\0\x40\x40page", 12}));
}

TEST(Model, IsEmptyFromAnEmptyBlob) {
  const auto model = Model::decode("");
  ASSERT_TRUE(model);
  EXPECT_EQ(model->size(), 0U);
  EXPECT_EQ(model->encode(), std::string("\x02\0\0", 3));
  EXPECT_TRUE(Model::decode(model->encode()));
  EXPECT_TRUE(Model::decode("\x01"));
}

TEST(Model, RefusesEveryTruncation) {
  const std::string blob = three_metrics().encode();
  for (std::size_t size = 1; size < blob.size(); ++size) {
    EXPECT_EQ(refusal(blob.substr(0, size)), Errc::bad_frame) << size;
  }
}

TEST(Model, RefusesHostileBlobs) {
  Model model;
  learn(model, 301, 0.1);
  learn(model, 301, 3.0);
  const std::string good = model.encode();
  const auto with = [&](std::size_t at, std::string_view bytes) {
    std::string blob = good;
    blob.replace(at, bytes.size(), bytes);
    return blob;
  };
  const std::string nan(8, '\xFF');
  ASSERT_TRUE(Model::decode(good));
  EXPECT_EQ(refusal(with(0, "\x03")), Errc::schema) << "of a newer build";
  EXPECT_EQ(refusal(with(0, std::string_view{"\0", 1})), Errc::bad_frame) << "version 0";
  EXPECT_EQ(refusal(with(1, "\xFF\xFF")), Errc::bad_frame) << "count";
  EXPECT_EQ(refusal(with(5, std::string(4, '\0'))), Errc::bad_frame) << "n = 0";
  EXPECT_EQ(refusal(with(9, "\xFF")), Errc::bad_frame) << "flags";
  EXPECT_EQ(refusal(with(10, nan)), Errc::bad_frame) << "mean";
  EXPECT_EQ(refusal(with(18, nan)), Errc::bad_frame) << "m2";
  EXPECT_EQ(refusal(with(25, "\xBF")), Errc::bad_frame) << "m2 < 0";
  const std::string row = good.substr(3);
  EXPECT_EQ(refusal(std::string("\x02\x02\0", 3) + row + row), Errc::bad_frame) << "repeated";
  EXPECT_EQ(refusal(std::string(1 << 20, '\x01')), Errc::bad_frame);
  EXPECT_EQ(refusal(std::string(1 << 20, '\x02')), Errc::bad_frame);
}

TEST(Model, NeverBreaksOnRandomBytes) {
  SeededRng rng{9};
  const std::string good = three_metrics().encode();
  for (int round = 0; round < 3000; ++round) {
    std::string blob = good;
    for (int k = 0; k < 3; ++k) {
      blob[rng.next() % blob.size()] = static_cast<char>(rng.next());
    }
    auto model = Model::decode(blob);
    if (!model) continue;
    learn(*model, 303, 5);
    for (const MetricStats& stats : model->stats()) {
      EXPECT_TRUE(std::isfinite(stats.mean) && std::isfinite(stats.sd) && std::isfinite(stats.z));
    }
    EXPECT_TRUE(Model::decode(model->encode()));
  }
}

}  // namespace
}  // namespace webmon
