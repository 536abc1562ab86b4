#include "lib/stats/model.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

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
  EXPECT_EQ(blob.front(), '\x03');
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
  const std::string blob = model.encode();
  const std::string head{"\x03\x02\0", 3};
  const std::string constant{"\xAD\x02\x02\x07\0\0\x80\x3F", 8};
  const std::string varying{"\x02\x02\x62", 3};  // calm; only `max` and `last` are floats
  const std::string mean{"\xCD\xCC\xCC\xCC\xCC\xCC\xF8\x3F", 8};
  EXPECT_EQ(blob.substr(0, 22), head + constant + varying + mean);
  EXPECT_EQ(blob.size(), 3 + 8 + 3 + 3 * 8 + 2 * 4 + 4U);
  EXPECT_TRUE(blob.ends_with(std::string{"\0\0\x40\x40\0\0\x40\x40page", 12}));
}

TEST(Model, BlobOfATimingEndsWithItsSketch) {
  Model model;
  learn(model, 101, 1);
  learn(model, 101, 1);
  EXPECT_EQ(model.encode(), std::string("\x03\x01\0\x65\x02\x87\0\0\x80\x3F\x01\x05\x73", 13));
}

TEST(Model, IsEmptyFromAnEmptyBlob) {
  const auto model = Model::decode("");
  ASSERT_TRUE(model);
  EXPECT_EQ(model->size(), 0U);
  EXPECT_EQ(model->encode(), std::string("\x03\0\0", 3));
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
  EXPECT_EQ(refusal(with(0, "\x04")), Errc::schema) << "of a newer build";
  EXPECT_EQ(refusal(with(0, std::string_view{"\0", 1})), Errc::bad_frame) << "version 0";
  EXPECT_EQ(refusal(with(1, "\xFF\xFF")), Errc::bad_frame) << "count";
  EXPECT_EQ(refusal(with(5, std::string(1, '\0'))), Errc::bad_frame) << "n = 0";
  EXPECT_EQ(refusal(with(6, "\xFF")), Errc::bad_frame) << "a sketch that is not there";
  EXPECT_EQ(refusal(with(7, nan)), Errc::bad_frame) << "mean";
  EXPECT_EQ(refusal(with(15, nan)), Errc::bad_frame) << "m2";
  EXPECT_EQ(refusal(with(22, "\xBF")), Errc::bad_frame) << "m2 < 0";
  const std::string row = good.substr(3);
  const auto one = [](std::string_view bytes) {
    return std::string("\x03\x01\0", 3).append(bytes);
  };
  const auto two = [](std::string_view bytes) {
    return std::string("\x03\x02\0", 3).append(bytes);
  };
  EXPECT_TRUE(Model::decode(two(row + row))) << "301 and 602";
  EXPECT_EQ(refusal(two(row + std::string(1, '\0') + row.substr(2))), Errc::bad_frame) << "again";
  EXPECT_EQ(refusal(two(row + "\xFF\xFF\x03" + row.substr(2))), Errc::bad_frame) << "over 65535";
  EXPECT_EQ(refusal(one("\x80\x80\x04" + row.substr(2))), Errc::bad_frame) << "number over u16";
  EXPECT_EQ(refusal(one(row.substr(0, 2) + "\x80\x80\x80\x80\x10" + row.substr(3))),
            Errc::bad_frame)
      << "n over u32";
  const std::string constant{"\x65\x02\x87\0\0\x80\x3F", 7};
  EXPECT_TRUE(Model::decode(one(constant + "\x01\x05\x73")));
  EXPECT_EQ(refusal(one(constant + std::string(1, '\0'))), Errc::bad_frame) << "an empty sketch";
  EXPECT_EQ(refusal(one(constant + "\x61" + std::string(97, '\x02'))), Errc::bad_frame);
  for (const char version : {'\x01', '\x02', '\x03'})
    EXPECT_EQ(refusal(std::string(1 << 20, version)), Errc::bad_frame);
}

TEST(Model, HasQuantilesOfTimingsAlone) {
  Model model;
  for (int i = 1; i <= 100; ++i) {
    learn(model, 101, i);      // slow
    learn(model, 102, 2 * i);  // slow_part
    learn(model, 301, i);
  }
  for (const auto& [number, p95] : {std::pair{101, 95.0}, {102, 190.0}}) {
    const auto* sketch = model.sketch(static_cast<std::uint16_t>(number));
    ASSERT_NE(sketch, nullptr);
    EXPECT_EQ(sketch->count(), 100U);
    EXPECT_NEAR(sketch->quantile(0.95), p95, p95 * QuantileSketch::kAccuracy);
  }
  EXPECT_EQ(model.sketch(301), nullptr);
  EXPECT_EQ(model.sketch(999), nullptr);
  const auto again = Model::decode(model.encode());
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, model);
}

TEST(Model, HasNoQuantilesOfAValueThatIsNoDuration) {
  Model model;
  learn(model, 101, -1);
  EXPECT_EQ(model.size(), 1U);
  EXPECT_EQ(model.sketch(101), nullptr);
  EXPECT_TRUE(Model::decode(model.encode()));
}

TEST(Model, HasQuantilesOfAtMost16Timings) {
  Model model;
  for (std::uint16_t i = 0; i < 20; ++i) {
    const std::array<Metric, 1> metrics = {Metric{static_cast<std::uint16_t>(2000 + i), 5}};
    for (int k = 0; k < 2; ++k) model.observe(metrics, find_any_timing);
  }
  EXPECT_EQ(model.size(), 20U);
  EXPECT_EQ(model.sketch(2015)->count(), 2U);
  EXPECT_EQ(model.sketch(2016), nullptr);
  auto blob = model.encode();
  ASSERT_TRUE(Model::decode(blob));
  blob = "\x03\x14" + std::string(1, '\0');
  for (int i = 0; i < 20; ++i) blob += std::string{"\x01\x02\x87\0\0\x80\x3F\x01\x05\x73", 10};
  EXPECT_EQ(refusal(blob), Errc::bad_frame) << "of 20";
}

// What the timings of a check of http-probe and dns add to the asset's model (docs/redis.md).
TEST(Model, OfSevenTypicalTimingsIsSmall) {
  SeededRng rng{13};
  const auto uniform = [&] { return static_cast<double>(rng.next() >> 11U) * 0x1p-53; };
  Model model;
  for (int i = 0; i < 1'000; ++i) {
    for (std::uint16_t number = 2000; number < 2007; ++number) {
      const double normal =  // Box and Muller 1958
          std::sqrt(-2 * std::log(1 - uniform())) * std::cos(6.283185307179586 * uniform());
      const std::array<Metric, 1> metrics = {
          Metric{number, std::round(40e3 * std::exp(0.5 * normal)) / 1e3}};
      model.observe(metrics, find_any_timing);
    }
  }
  EXPECT_LE(model.encode().size(), 7 * 120U) << "60 bytes of a sketch each, 50 of moments";
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
