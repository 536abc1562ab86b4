#include "cli/endpoints.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/temp_dir.hpp"

namespace webmon::cli {
namespace {

Endpoints ours() {
  Endpoints endpoints;
  endpoints.pid = getpid();
  endpoints.redis = "unix:/somewhere/redis.sock";
  endpoints.jobs = "tcp://127.0.0.1:21001";
  return endpoints;
}

TEST(EndpointsFile, ReadsBackWhatWasWritten) {
  const webmon::testing::TempDir dir;
  ASSERT_TRUE(write_endpoints(dir.path(), ours()));
  const auto read = read_endpoints(dir.path());
  ASSERT_TRUE(read && *read);
  EXPECT_EQ(**read, ours());
}

TEST(EndpointsFile, IsNothingWhereNoneIsOrItsProcessIsGone) {
  const webmon::testing::TempDir dir;
  const auto none = read_endpoints(dir.path());
  EXPECT_TRUE(none && !*none);
  auto endpoints = ours();
  endpoints.pid = 0x7ffffff0;  // above any pid_max
  ASSERT_TRUE(write_endpoints(dir.path(), endpoints));
  const auto gone = read_endpoints(dir.path());
  EXPECT_TRUE(gone && !*gone);
}

TEST(EndpointsFile, OfABuildWithoutMetricsReadsWithoutThem) {
  const webmon::testing::TempDir dir;
  dir.write("endpoints.json",
            R"({"pid":)" + std::to_string(getpid()) +
                R"(,"listen":"l","jobs":"j","work":"w","control":"c","redis":"r"})");
  const auto read = read_endpoints(dir.path());
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->control, "c");
  EXPECT_EQ((*read)->executor_metrics, "");
}

TEST(EndpointsFile, RefusesWhatItDidNotWrite) {
  const webmon::testing::TempDir dir;
  for (const auto* text :
       {"", "{", "[]", "{}", "{\"pid\":\"1\"}", "{\"pid\":1}", "{\"pid\":1,\"listen\":5}"}) {
    dir.write("endpoints.json", text);
    EXPECT_FALSE(read_endpoints(dir.path())) << text;
  }
}

}  // namespace
}  // namespace webmon::cli
