#include "lib/core/result.hpp"

#include <gtest/gtest.h>

#include <set>

namespace webmon {
namespace {

constexpr int kLast = static_cast<int>(Errc::internal);

TEST(Errc, HasOneStableNameEach) {
  std::set<std::string_view> names;
  for (int i = 0; i <= kLast; ++i) names.insert(to_string(static_cast<Errc>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kLast) + 1);
  EXPECT_EQ(to_string(Errc::store_down), "store_down");
}

TEST(Errc, IsRetryableOnlyWhenTimeAloneMayHelp) {
  EXPECT_TRUE(is_retryable(Errc::timeout));
  EXPECT_TRUE(is_retryable(Errc::store_down));
  EXPECT_TRUE(is_retryable(Errc::bus_down));
  EXPECT_FALSE(is_retryable(Errc::bad_input));
  EXPECT_FALSE(is_retryable(Errc::stale));
  EXPECT_FALSE(is_retryable(Errc::internal));
}

TEST(Result, CarriesAValueOrAnError) {
  const Result<int> good{7};
  const Result<int> bad = fail(Errc::not_found, "no such thing");
  EXPECT_EQ(*good, 7);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().detail, "no such thing");
}

}  // namespace
}  // namespace webmon
