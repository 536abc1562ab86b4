// Snapshots against a real Redis: coalescing, failures, crashes.
#include <signal.h>

#include <sstream>

#include "pipeline/dispatcher/test_rig.hpp"
#include "tests/support/temp_dir.hpp"

namespace webmon::dispatcher {
namespace {

TEST(Dispatcher, SnapshotNowAnswersAfterTheSaveAndKeepsAGeneration) {
  Rig rig;
  auto config = Rig::quick();
  config.redis_dir = rig.server.directory();
  rig.lead(config);
  const auto before = rig.saves();
  const auto reply = rig.command("SNAPSHOT NOW");
  ASSERT_TRUE(is_ok(reply)) << json::serialize(reply);
  EXPECT_GT(rig.saves(), before);
  EXPECT_EQ(rig.server.command({"HGET", rig.keys.snap(), "durable"}),
            std::to_string(reply.at("epoch").as_int64()));
  EXPECT_TRUE(std::filesystem::exists(rig.server.directory() / "dump.rdb.1"));
}

TEST(Dispatcher, SnapshotSoonNamesAnEpochThatBecomesDurable) {
  Rig rig;
  rig.lead();
  json::object reply;  // a leader that has not read the last epoch yet says so, and is asked again
  ASSERT_TRUE(rig.until([&] { return is_ok(reply = rig.command("SNAPSHOT SOON")); }))
      << json::serialize(reply);
  const auto epoch = reply.at("epoch").as_int64();
  EXPECT_GE(reply.at("expected_ms").as_int64(), 1);
  EXPECT_TRUE(rig.until([&] {
    const auto durable = rig.server.command({"HGET", rig.keys.snap(), "durable"});
    return durable != "(nil)" && std::stoll(durable) >= epoch;
  }));
}

TEST(Dispatcher, AThousandSnapshotNowAtOnceCostAFewSavesAndAllAreAnswered) {
  Rig rig;
  rig.lead();
  const auto before = rig.saves();
  std::vector<std::unique_ptr<Peer>> clients;
  for (int i = 0; i < 10; ++i)
    clients.push_back(std::make_unique<Peer>(rig.loop, rig.context, bus::Role::control_client,
                                             rig.dispatcher->endpoints().control));
  for (int i = 0; i < 1'000; ++i)
    ASSERT_TRUE(rig.until([&] {
      return clients[static_cast<std::size_t>(i % 10)]->socket.send(
          std::string_view{"SNAPSHOT NOW"});
    }));
  const auto answered = [&] {
    std::size_t sum = 0;
    for (const auto& c : clients) sum += c->got.size();
    return sum == 1'000;
  };
  ASSERT_TRUE(rig.until(answered));
  for (const auto& c : clients)
    for (const auto& frames : c->got) {
      const auto reply = json::parse(frames.back()).as_object();
      ASSERT_TRUE(is_ok(reply)) << frames.back();
      EXPECT_GE(reply.at("epoch").as_int64(), 1);
    }
  // Sending takes several turns of the loop, so a save or two may end meanwhile.
  EXPECT_LE(rig.saves() - before, 4U);
}

TEST(Dispatcher, AFailedSaveIsToldAndHealsByItself) {
  Rig rig{{"--enable-protected-configs", "yes"}};
  auto config = Rig::quick();
  config.snapshots.retry_first = milliseconds{50};
  rig.lead(config);
  const auto dir = rig.server.directory() / "data";
  std::filesystem::create_directory(dir);
  ASSERT_EQ(rig.server.command({"CONFIG", "SET", "dir", dir.string()}), "OK");
  std::filesystem::remove_all(dir);
  EXPECT_EQ(error_of(rig.command("SNAPSHOT NOW")), "store_refused");
  EXPECT_GE(rig.status().at("snapshot").at("failures").as_int64(), 1);
  EXPECT_EQ(rig.server.command({"SET", "x", "1"}).substr(0, 15), "(error) MISCONF");
  rig.turn_for(milliseconds{2'000});  // beyond the term: the lease cannot be renewed, and is kept
  EXPECT_TRUE(rig.dispatcher->is_leading());
  std::filesystem::create_directory(dir);
  ASSERT_EQ(rig.server.command({"CONFIG", "SET", "dir", dir.string()}), "OK");
  EXPECT_TRUE(rig.until([&] { return rig.server.command({"SET", "x", "1"}) == "OK"; }));
  EXPECT_TRUE(is_ok(rig.command("SNAPSHOT NOW")));
  EXPECT_EQ(rig.status().at("snapshot").at("failures").as_int64(), 0);
}

TEST(Dispatcher, RedisThatRefusesWritesBeforeAnyoneLeadsIsHealed) {
  Rig rig{{"--enable-protected-configs", "yes"}};
  const auto dir = rig.server.directory() / "data";
  std::filesystem::create_directory(dir);
  rig.server.command({"CONFIG", "SET", "dir", dir.string()});
  rig.server.command({"SET", "x", "1"});
  std::filesystem::remove_all(dir);
  rig.server.command({"BGSAVE"});
  ASSERT_TRUE(rig.until([&] { return rig.server.info("rdb_last_bgsave_status") == "err"; }));
  std::filesystem::create_directory(dir);
  rig.server.command({"CONFIG", "SET", "dir", dir.string()});
  rig.lead();
  EXPECT_TRUE(is_ok(rig.command("SNAPSHOT NOW")));
}

void kill_children_of(pid_t parent) {
  const auto pid = std::to_string(parent);
  std::istringstream children{testing::read_file("/proc/" + pid + "/task/" + pid + "/children")};
  int killed = 0;
  for (pid_t child = 0; children >> child; ++killed) ::kill(child, SIGKILL);
  EXPECT_GE(killed, 1);
}

TEST(Dispatcher, AKilledChildIsAFailureAndTheNextOneIsGood) {
  Rig rig;
  rig.lead();
  for (int i = 0; i < 50; ++i) rig.server.command({"SET", "k" + std::to_string(i), "v"});
  rig.server.command({"CONFIG", "SET", "rdb-key-save-delay", "100000"});
  rig.tell("SNAPSHOT NOW");
  ASSERT_TRUE(rig.until([&] { return rig.server.info("rdb_bgsave_in_progress") == "1"; }));
  rig.server.command({"CONFIG", "SET", "rdb-key-save-delay", "0"});
  kill_children_of(rig.server.pid());
  EXPECT_EQ(error_of(rig.reply()), "store_refused");
  EXPECT_TRUE(is_ok(rig.command("SNAPSHOT NOW")));
}

TEST(Dispatcher, RedisKilledWhileItSavesIsStoreDownAndAfterItsRestartAllGoesOn) {
  Rig rig;
  rig.lead();
  const auto good = rig.command("SNAPSHOT NOW");
  ASSERT_TRUE(is_ok(good));
  const auto worker = rig.worker();
  for (int i = 0; i < 50; ++i) rig.server.command({"SET", "k" + std::to_string(i), "v"});
  rig.server.command({"CONFIG", "SET", "rdb-key-save-delay", "20000"});
  rig.tell("SNAPSHOT NOW");
  ASSERT_TRUE(rig.until([&] { return rig.server.info("rdb_bgsave_in_progress") == "1"; }));
  rig.server.kill();
  EXPECT_EQ(error_of(rig.reply()), "store_down");
  EXPECT_EQ(error_of(rig.command("SNAPSHOT NOW")), "store_down");
  EXPECT_TRUE(is_ok(rig.command("PING")));
  rig.server.start();
  json::object reply;
  ASSERT_TRUE(rig.until([&] { return is_ok(reply = rig.command("SNAPSHOT NOW")); }, seconds{20}));
  // Numbers that were given out before the crash are never given out again.
  EXPECT_GT(reply.at("epoch").as_int64(), good.at("epoch").as_int64() + 1);
  EXPECT_NE(rig.server.command({"HGET", rig.keys.snap(), "lost"}), "(nil)");
  const auto job = rig.submit(rig.make_asset());
  rig.push(job.id.text());
  EXPECT_TRUE(rig.until([&] { return !worker->got.empty(); }));
}

TEST(Dispatcher, StartedBeforeRedisItWaitsForIt) {
  Rig rig;
  rig.server.stop();
  rig.start();
  rig.turn_for(milliseconds{300});
  EXPECT_FALSE(rig.is_ready);
  rig.server.start();
  EXPECT_TRUE(rig.until([&] { return rig.is_ready; }));
}

}  // namespace
}  // namespace webmon::dispatcher
