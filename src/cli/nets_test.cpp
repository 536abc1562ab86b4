#include "cli/nets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/ports.hpp"
#include "tests/support/temp_dir.hpp"

namespace webmon::cli {
namespace {

std::vector<std::string> nets_for(const char* url) {
  return literal_loopback_nets(*parse_urls({url}));
}

TEST(LiteralLoopback, AllowsOnlyWhatTheUrlSaysItself) {
  using ::testing::ElementsAre;
  using ::testing::IsEmpty;
  EXPECT_THAT(nets_for("http://127.0.0.1:8000/"), ElementsAre("127.0.0.0/8"));
  EXPECT_THAT(nets_for("http://127.9.9.9/"), ElementsAre("127.0.0.0/8"));
  EXPECT_THAT(nets_for("http://[::1]/"), ElementsAre("::1"));
  EXPECT_THAT(nets_for("localhost:8000"), ElementsAre("127.0.0.0/8", "::1"));
  EXPECT_THAT(nets_for("http://10.0.0.1/"), IsEmpty());
  EXPECT_THAT(nets_for("http://127.example.org/"), IsEmpty());
  EXPECT_THAT(nets_for("http://example.org/127.0.0.1"), IsEmpty());
}

TEST(UrlFile, SkipsEmptyLinesAndComments) {
  const webmon::testing::TempDir dir;
  const auto path = dir.write("urls", "# mine\n\n  http://a.example/ \r\nb.example\n");
  const auto lines = read_url_file(path.string());
  ASSERT_TRUE(lines);
  EXPECT_THAT(*lines, ::testing::ElementsAre("http://a.example/", "b.example"));
  EXPECT_FALSE(read_url_file((dir / "absent").string()));
}

TEST(HostPort, ParsesAddressesAndNothingElse) {
  EXPECT_EQ(*parse_host_port("127.0.0.1:80"), (HostPort{"127.0.0.1", 80}));
  EXPECT_EQ(*parse_host_port("[::1]:8080"), (HostPort{"::1", 8080}));
  EXPECT_EQ(to_string(HostPort{"::1", 8080}), "[::1]:8080");
  for (const auto* bad : {"", "80", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0",
                          "127.0.0.1:99999", "host:80x", "a b:1"})
    EXPECT_FALSE(parse_host_port(bad)) << bad;
}

}  // namespace
}  // namespace webmon::cli
