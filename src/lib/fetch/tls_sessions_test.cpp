#include "lib/fetch/tls_sessions.hpp"

#include <gtest/gtest.h>

namespace webmon::fetch {
namespace {

constexpr MonoTime kStart{seconds{100}};

TlsSession session(std::string der, MonoTime verified_at = kStart) {
  return {std::move(der), std::make_shared<Tls>(), verified_at};
}

TEST(TlsSessions, GivesASessionUntilAFullHandshakeIsDue) {
  TlsSessions sessions{10, seconds{900}};
  sessions.put("a", session("one"));
  ASSERT_NE(sessions.find("a", kStart + seconds{899}), nullptr);
  EXPECT_EQ(sessions.find("a", kStart + seconds{900}), nullptr);
  EXPECT_EQ(sessions.size(), 0U);
}

TEST(TlsSessions, ResumingDoesNotPutTheFullHandshakeOff) {
  TlsSessions sessions{10, seconds{900}};
  sessions.put("a", session("one"));
  sessions.put(
      "a", session("two", kStart));  // a ticket of a resumed connection, verified at the same time
  EXPECT_EQ(sessions.find("a", kStart + seconds{10})->der, "two");
  EXPECT_EQ(sessions.find("a", kStart + seconds{901}), nullptr);
}

TEST(TlsSessions, DropsTheLeastRecentlyUsed) {
  TlsSessions sessions{2, seconds{900}};
  sessions.put("a", session("a"));
  sessions.put("b", session("b"));
  EXPECT_NE(sessions.find("a", kStart), nullptr);
  sessions.put("c", session("c"));
  EXPECT_EQ(sessions.find("b", kStart), nullptr);
  EXPECT_NE(sessions.find("a", kStart), nullptr);
  EXPECT_NE(sessions.find("c", kStart), nullptr);
}

TEST(TlsSessions, KeepsNothingWithoutCapacityAndNothingHuge) {
  TlsSessions none{0, seconds{900}};
  none.put("a", session("a"));
  EXPECT_EQ(none.size(), 0U);
  TlsSessions some{2, seconds{900}};
  some.put("a", session(std::string(20'000, 'x')));
  EXPECT_EQ(some.size(), 0U);
}

}  // namespace
}  // namespace webmon::fetch
