#include "lib/fetch/resolver.hpp"

#include <gtest/gtest.h>

namespace webmon::fetch {
namespace {

std::string joined(const std::vector<IpAddress>& addresses) {
  std::string out;
  for (const auto& address : addresses) out += (out.empty() ? "" : " ") + to_text(address);
  return out;
}

std::vector<IpAddress> ips(std::initializer_list<const char*> texts) {
  std::vector<IpAddress> out;
  for (const char* text : texts) out.push_back(*parse_ip(text));
  return out;
}

TEST(Interleave, TakesIpv6AndIpv4InTurn) {
  EXPECT_EQ(joined(interleave(ips({"1.0.0.1", "1.0.0.2", "2a00::1", "2a00::2", "2a00::3"}), 16)),
            "2a00::1 1.0.0.1 2a00::2 1.0.0.2 2a00::3");
  EXPECT_EQ(joined(interleave(ips({"1.0.0.1", "1.0.0.2"}), 16)), "1.0.0.1 1.0.0.2");
  EXPECT_EQ(joined(interleave({}, 16)), "");
}

TEST(Interleave, IsBoundedAndDropsRepeats) {
  EXPECT_EQ(joined(interleave(ips({"1.0.0.1", "1.0.0.1", "2a00::1", "2a00::1"}), 16)),
            "2a00::1 1.0.0.1");
  EXPECT_EQ(joined(interleave(ips({"1.0.0.1", "1.0.0.2", "2a00::1", "2a00::2"}), 3)),
            "2a00::1 1.0.0.1 2a00::2");
}

}  // namespace
}  // namespace webmon::fetch
