// The control channel, leadership and hostile peers against a real Redis and real sockets.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pipeline/dispatcher/test_rig.hpp"
#include "tests/support/temp_dir.hpp"

namespace webmon::dispatcher {
namespace {

TEST(Dispatcher, AnswersDealersAndRequestersAndUnknownCommands) {
  Rig rig;
  rig.lead();
  EXPECT_TRUE(is_ok(rig.command("PING")));
  ASSERT_TRUE(rig.control().socket.send(bus::Frames{"", "PING"}));  // what a REQ socket sends
  ASSERT_TRUE(rig.until([&] { return !rig.control().got.empty(); }));
  EXPECT_EQ(rig.control().got.front(), (bus::Frames{"", R"({"ok":true})"}));
  rig.control().got.pop_front();
  for (const auto* bad : {"", "ping", "FLUSHALL", "SNAPSHOT", "PING\n"}) {
    SCOPED_TRACE(bad);
    const auto reply = rig.command(bad);
    EXPECT_EQ(error_of(reply), "bad_frame");
  }
  ASSERT_TRUE(rig.control().socket.send(bus::Frames{"PING", "PING", "PING"}));
  EXPECT_EQ(error_of(rig.reply()), "bad_frame");
  EXPECT_EQ(rig.count("bad_commands"), 6);
  metrics::Exposition out;
  rig.dispatcher->add_metrics(out);
  const auto text = out.text();
  EXPECT_NE(text.find("control_commands_total{command=\"PING\"} 2\n"), text.npos) << text;
  EXPECT_NE(text.find("webmon_dispatcher_control_malformed_total 6\n"), text.npos);
  EXPECT_NE(text.find("webmon_dispatcher_leader 1\n"), text.npos);
}

TEST(Dispatcher, PausedItPushesNothingAndResumedItPushesWhatWaited) {
  Rig rig;
  rig.lead();
  const auto worker = rig.worker();
  const auto job = rig.submit(rig.make_asset());
  EXPECT_TRUE(is_ok(rig.command("PAUSE")));
  rig.push(job.id.text());
  ASSERT_TRUE(rig.until([&] { return rig.status().at("waiting").as_int64() == 1; }));
  rig.turn_for(milliseconds{100});
  EXPECT_TRUE(worker->got.empty());
  EXPECT_TRUE(is_ok(rig.command("RESUME")));
  EXPECT_TRUE(rig.until([&] { return worker->got.size() == 1; }));
}

TEST(Dispatcher, DrainingItTakesNothingNewAndSaysWhatIsOutstanding) {
  Rig rig;
  rig.lead();
  const auto worker = rig.worker();
  const auto asset = rig.make_asset();
  const auto first = rig.submit(asset);
  const auto second = rig.submit(asset);
  rig.push(first.id.text());
  ASSERT_TRUE(rig.until([&] { return worker->got.size() == 1; }));
  const auto drained = rig.command("DRAIN");
  EXPECT_TRUE(is_ok(drained));
  EXPECT_EQ(drained.at("outstanding").as_int64(), 1);
  rig.push(second.id.text());
  rig.make_due(second.id);
  rig.turn_for(milliseconds{150});
  EXPECT_EQ(worker->got.size(), 1U);
  EXPECT_TRUE(is_ok(rig.command("RESUME")));
  EXPECT_TRUE(rig.until([&] { return worker->got.size() == 2; }));
}

TEST(Dispatcher, ShutDownItAnswersTakesALastSnapshotAndGivesUpTheLease) {
  Rig rig;
  rig.lead();
  const auto before = rig.saves();
  EXPECT_TRUE(is_ok(rig.command("SHUTDOWN")));
  ASSERT_TRUE(rig.until([&] { return !rig.stopped.empty(); }));
  EXPECT_EQ(rig.stopped, "ok");
  EXPECT_GT(rig.saves(), before);
  EXPECT_EQ(rig.server.command({"EXISTS", rig.keys.leader()}), "0");
  rig.dispatcher.reset();
}

TEST(Dispatcher, ASecondOneOnTheSameLockFileIsRefusedAndToldByWhom) {
  const testing::TempDir dir;
  auto config = Rig::quick();
  config.lock_file = dir / "lock";
  Rig rig;
  rig.lead(config);
  store::LoopRedis other{rig.loop, rig.redis_config()};
  Dispatcher second{rig.loop, system_clock(), system_rng(), other, rig.context, config};
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::conflict);
  EXPECT_NE(started.error().detail.find(std::to_string(getpid())), std::string::npos);
}

TEST(Dispatcher, ASecondOneStandsByUntilTheFirstIsGone) {
  Rig rig;
  rig.lead();
  const auto ports = rig.dispatcher->endpoints();
  store::LoopRedis other{rig.loop, rig.redis_config()};
  auto config = Rig::quick();
  config.endpoints = ports;  // a bind now would be a conflict: it must not try
  Dispatcher second{rig.loop, system_clock(), system_rng(), other, rig.context, config};
  bool is_second_ready = false;
  bool has_second_stopped = false;
  second.on_ready([&] { is_second_ready = true; });
  second.on_stopped([&](const Result<void>&) { has_second_stopped = true; });
  ASSERT_TRUE(second.start());
  rig.turn_for(milliseconds{700});
  EXPECT_FALSE(is_second_ready);
  EXPECT_FALSE(has_second_stopped);
  EXPECT_TRUE(rig.dispatcher->is_leading());
  rig.dispatcher.reset();  // as by SIGKILL: the lease lapses
  ASSERT_TRUE(rig.until([&] { return is_second_ready; }));
  EXPECT_TRUE(second.is_leading());
}

TEST(Dispatcher, OneThatLosesItsLeaseStandsByAndSaysSo) {
  Rig rig;
  rig.lead();
  rig.server.command({"SET", rig.keys.leader(), "somebody else", "PX", "2000"});
  ASSERT_TRUE(rig.until([&] { return !rig.dispatcher->is_leading(); }));
  EXPECT_TRUE(is_ok(rig.command("PING")));
  for (const auto* text : {"SNAPSHOT NOW", "SNAPSHOT SOON", "PAUSE", "SHUTDOWN"})
    EXPECT_EQ(error_of(rig.command(text)), "conflict") << text;
  ASSERT_TRUE(rig.until([&] { return rig.dispatcher->is_leading(); }));
  EXPECT_TRUE(is_ok(rig.command("SNAPSHOT NOW")));
}

TEST(Dispatcher, ATakenPortEndsItWithAConflictThatNamesTheEndpoint) {
  Rig rig;
  auto taken = bus::Socket::open(rig.context, bus::Role::job_receiver);
  ASSERT_TRUE(taken && taken->bind("tcp://127.0.0.1:*"));
  auto config = Rig::quick();
  config.endpoints.control = taken->endpoint();
  rig.start(config);
  ASSERT_TRUE(rig.until([&] { return !rig.stopped.empty(); }));
  EXPECT_EQ(rig.stopped, "conflict");
  EXPECT_NE(rig.stopped_detail.find(taken->endpoint()), std::string::npos);
  EXPECT_FALSE(rig.is_ready);
}

TEST(Dispatcher, DataOfAnotherSchemaIsNotTouched) {
  Rig rig;
  rig.server.command(
      {"HSET", rig.keys.meta(), "schema", "99", "min_reader", "99", "partitions", "64"});
  rig.start();
  ASSERT_TRUE(rig.until([&] { return !rig.stopped.empty(); }));
  EXPECT_EQ(rig.stopped, "schema");
  EXPECT_EQ(rig.server.command({"DBSIZE"}), "1");
}

class Raw {
 public:
  Raw(const std::string& endpoint, std::string_view bytes)
      : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port =
        htons(static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  ~Raw() { ::close(fd_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

 private:
  int fd_;
};

TEST(Dispatcher, GarbageOnEverySocketChangesNothing) {
  auto config = Rig::quick();
  config.window.redispatch =
      milliseconds{500};  // a peer that only looks like a worker may eat an id
  Rig rig;
  rig.lead(config);
  const auto at = rig.dispatcher->endpoints();
  std::deque<Raw> raw;
  for (const auto& endpoint : {at.jobs, at.work, at.control}) {
    raw.emplace_back(endpoint, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    raw.emplace_back(endpoint, std::string(1'000, '\xff'));
    raw.emplace_back(endpoint, std::string(1'000, '\0'));
    raw.emplace_back(endpoint, "");
  }
  const std::string id = make_id<JobId>(system_clock().wall(), system_rng(), 5).text();
  for (const std::string& frame :
       {std::string{}, std::string{"x"}, std::string(256, 'y'), id + "\n"})
    rig.push(frame);
  ASSERT_TRUE(rig.jobs().socket.send(bus::Frames{id, id}));
  rig.push(id);  // well-formed, but Redis has never heard of it
  ASSERT_TRUE(rig.until([&] { return rig.count("malformed") == 5; }));
  ASSERT_TRUE(rig.until([&] { return rig.count("gone") == 1; }));
  // Frames over the bound cost the peer its connection.
  rig.push(std::string(100'000, 'z'));
  ASSERT_TRUE(rig.control().socket.send(std::string(5'000, 'z')));
  rig.client.reset();
  EXPECT_TRUE(is_ok(rig.command("PING")));
  const auto worker = rig.worker();
  const auto job = rig.submit(rig.make_asset());
  rig.sender.reset();
  rig.push(job.id.text());
  ASSERT_TRUE(rig.until([&] { return !worker->got.empty(); }));
  EXPECT_EQ(worker->got.back(), bus::Frames{job.id.text()});
}

}  // namespace
}  // namespace webmon::dispatcher
