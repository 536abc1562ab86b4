#include "lib/core/duration_histogram.hpp"

#include <gtest/gtest.h>

namespace webmon {
namespace {

TEST(DurationHistogram, PutsADurationIntoTheFirstBucketThatHoldsIt) {
  struct Case {
    const char* name;
    nanoseconds duration;
    std::size_t bucket;
  };
  const Case cases[] = {{"nothing", nanoseconds{0}, 0},
                        {"a clock that was set back", nanoseconds{-5}, 0},
                        {"exactly a bound", microseconds{100}, 0},
                        {"just above it", nanoseconds{100'001}, 1},
                        {"a second", seconds{1}, 11},
                        {"the last bound", seconds{300}, 17},
                        {"beyond all", seconds{301}, 18}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    DurationHistogram histogram;
    histogram.add(c.duration);
    for (std::size_t at = 0; at <= DurationHistogram::kBounds.size(); ++at)
      EXPECT_EQ(histogram.count(at), at == c.bucket ? 1U : 0U) << at;
  }
}

TEST(DurationHistogram, SumsWhatWasAdded) {
  DurationHistogram histogram;
  histogram.add(milliseconds{1'250});
  histogram.add(milliseconds{250});
  histogram.add(milliseconds{-100});
  EXPECT_DOUBLE_EQ(histogram.sum_seconds(), 1.5);
}

}  // namespace
}  // namespace webmon
