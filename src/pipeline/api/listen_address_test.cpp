#include "pipeline/api/listen_address.hpp"

#include <gtest/gtest.h>

#include "pipeline/api/port_holder.hpp"

namespace webmon::api {
namespace {

TEST(ListenAddress, AcceptsLoopback) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080")->port, 8080);
  EXPECT_EQ(parse_listen_address("localhost:0")->address, "127.0.0.1");
  EXPECT_EQ(parse_listen_address("[::1]:80")->address, "::1");
  EXPECT_EQ(parse_listen_address("127.9.9.9:1")->address, "127.9.9.9");
}

TEST(ListenAddress, RefusesEverythingElseUntilThereIsAuthentication) {
  for (const auto* text : {"0.0.0.0:8080", "192.168.1.1:80", "[::]:80", "8.8.8.8:1"}) {
    const auto parsed = parse_listen_address(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::forbidden) << text;
  }
}

TEST(ListenAddress, RefusesWhatIsNoAddress) {
  for (const auto* text : {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000",
                           "127.0.0.1:-1", "127.0.0.1:8o", "host.example:80"}) {
    const auto parsed = parse_listen_address(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::bad_config) << text;
  }
}

TEST(PortHolder, FindsTheListeningInode) {
  const char* table =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode\n"
      "   0: 0100007F:1F90 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 "
      "111 1 x\n"
      "   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
      "222 1 x\n";
  EXPECT_EQ(listening_inode(table, 8080), "222");
  EXPECT_EQ(listening_inode(table, 8081), std::nullopt);
  EXPECT_EQ(listening_inode("", 8080), std::nullopt);
}

}  // namespace
}  // namespace webmon::api
