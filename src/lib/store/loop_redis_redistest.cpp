// The driver against a Redis that goes away, comes back, forgets, refuses, hangs, or is none.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/store/redis_fixture.hpp"
#include "lib/store/redis_socket.hpp"
#include "lib/store/scripts.hpp"
#include "tests/support/wait_until.hpp"

namespace webmon::store {
namespace {

Batch ping() {
  Batch batch;
  batch.add({"ECHO", "hi"});
  return batch;
}

class LoopRedisTest : public RedisTest {
 protected:
  Errc failure_of(LoopRedis& redis, Batch batch) {
    std::optional<Errc> code;
    redis.send(std::move(batch),
               [&](auto result) { code = result ? Errc::internal : result.error().code; });
    EXPECT_FALSE(code) << "never from within send";
    EXPECT_TRUE(turn_until([&] { return code.has_value(); }));
    return code.value_or(Errc::internal);
  }
};

TEST_F(LoopRedisTest, AnswersFromTheLoopInOrderAndNeverFromWithinSend) {
  ASSERT_TRUE(turn_until([&] { return redis_.is_up(); }));
  EXPECT_TRUE(redis_.trouble().empty());
  std::vector<std::int64_t> seen;
  for (int i = 0; i < 100; ++i) {
    Batch batch;
    batch.add({"INCR", "n"});
    redis_.send(std::move(batch), [&](auto result) { seen.push_back((*result)[0].integer); });
  }
  EXPECT_TRUE(seen.empty());
  ASSERT_TRUE(turn_until([&] { return seen.size() == 100; }));
  EXPECT_TRUE(std::ranges::is_sorted(seen));
}

TEST_F(LoopRedisTest, AnEmptyBatchIsAnsweredToo) {
  ASSERT_TRUE(turn_until([&] { return redis_.is_up(); }));
  EXPECT_TRUE(try_call(Batch{})->empty());
}

TEST_F(LoopRedisTest, LargeBatchesAndRepliesGoThrough) {
  Batch batch;
  const std::string blob(300'000, 'x');
  for (int i = 0; i < 50; ++i) batch.add({"SET", "k" + std::to_string(i), blob});
  for (int i = 0; i < 50; ++i) batch.add({"GET", "k" + std::to_string(i)});
  const auto replies = call(std::move(batch));
  ASSERT_EQ(replies.size(), 100U);
  for (std::size_t i = 50; i < 100; ++i) EXPECT_EQ(replies[i].text, blob);
}

TEST_F(LoopRedisTest, ScriptsThatRedisForgotAreLoadedAgainUnseen) {
  const auto asset = create();
  const auto job = new_job(asset);
  redis({"SCRIPT", "FLUSH"});
  EXPECT_EQ(submit(job), Submitted::created);
  redis({"SCRIPT", "FLUSH"});
  Batch batch;
  const auto args = claim_args();
  add_claim(batch, keys_, job, args);
  add_asset_head(batch, keys_, asset.id);
  const auto count = add_finish(batch, keys_, job, finish_args(job, args.token));
  const auto replies = call(std::move(batch));
  ASSERT_EQ(replies.size(), 2 + count);
  EXPECT_EQ(read_claim(replies[0])->kind, Claim::Kind::claimed);
  EXPECT_EQ((*read_asset_head(replies[1]))->rev, 1U);
  EXPECT_EQ(*read_finish(replies.back()), Finished::done);
  EXPECT_EQ(head_of(asset.id)->n, 1U);
}

TEST_F(LoopRedisTest, AKilledRedisFailsWhatWaitsAndIsFoundAgain) {
  ASSERT_TRUE(turn_until([&] { return redis_.is_up(); }));
  int ups = 0;
  redis_.on_up([&] { ++ups; });
  server_.freeze();
  std::vector<Errc> failures;
  for (int i = 0; i < 3; ++i)
    redis_.send(ping(), [&](auto result) { failures.push_back(result.error().code); });
  loop_.turn(milliseconds{1});
  server_.kill();
  ASSERT_TRUE(turn_until([&] { return failures.size() == 3; }));
  EXPECT_EQ(failures, std::vector(3, Errc::store_down));
  EXPECT_FALSE(redis_.is_up());
  EXPECT_FALSE(redis_.trouble().empty());
  EXPECT_EQ(failure_of(redis_, ping()), Errc::store_down) << "while it is down, at once";
  server_.start();
  ASSERT_TRUE(turn_until([&] { return redis_.is_up(); }));
  EXPECT_EQ(ups, 1);
  EXPECT_EQ(call(ping())[0].text, "hi");
  EXPECT_EQ(submit(new_job(create())), Submitted::created) << "scripts are loaded";
}

TEST_F(LoopRedisTest, AFrozenRedisIsATimeoutAndTheConnectionIsRenewed) {
  auto config = config_of(server_);
  config.call_timeout = milliseconds{150};
  LoopRedis redis{loop_, config};
  ASSERT_TRUE(turn_until([&] { return redis.is_up(); }));
  server_.freeze();
  EXPECT_EQ(failure_of(redis, ping()), Errc::timeout);
  EXPECT_FALSE(redis.is_up());
  server_.thaw();
  EXPECT_TRUE(turn_until([&] { return redis.is_up(); }));
}

TEST_F(LoopRedisTest, WithoutARedisEveryCallFailsAndTheReasonNamesTheAddress) {
  RedisConfig config;
  config.address.unix_socket = (server_.directory() / "no.sock").string();
  LoopRedis redis{loop_, config};
  EXPECT_EQ(failure_of(redis, ping()), Errc::store_down);
  EXPECT_NE(redis.trouble().find("no.sock"), std::string::npos) << redis.trouble();
  config.address = {{}, "127.0.0.1", testing::free_port()};
  LoopRedis tcp{loop_, config};
  EXPECT_TRUE(turn_until([&] { return tcp.trouble().find("127.0.0.1") != std::string::npos; }))
      << tcp.trouble();
}

TEST_F(LoopRedisTest, TooManyUnansweredCommandsAreRefused) {
  auto config = config_of(server_);
  config.max_waiting = 2;
  LoopRedis redis{loop_, config};
  ASSERT_TRUE(turn_until([&] { return redis.is_up(); }));
  int good = 0;
  redis.send(ping(), [&](auto result) { good += result.has_value(); });
  redis.send(ping(), [&](auto result) { good += result.has_value(); });
  EXPECT_EQ(failure_of(redis, ping()), Errc::store_down);
  EXPECT_TRUE(turn_until([&] { return good == 2; }));
  EXPECT_TRUE(redis.is_up());
}

TEST_F(LoopRedisTest, ARedisThatCannotSaveRefusesWritesAndStillReads) {
  const auto asset = create();
  std::filesystem::create_directory(server_.directory() / "dump.rdb");  // the rename must fail
  redis({"BGSAVE"});
  ASSERT_TRUE(testing::wait_until([&] { return server_.info("rdb_last_bgsave_status") == "err"; }));
  Batch batch;
  add_submit(batch, keys_, new_job(asset));
  add_asset_head(batch, keys_, asset.id);
  const auto replies = call(std::move(batch));
  const auto refused = read_submit(replies[0]);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::store_refused);
  EXPECT_TRUE(refused.error().detail.starts_with("MISCONF")) << refused.error().detail;
  EXPECT_TRUE(*read_asset_head(replies[1]));
}

TEST_F(LoopRedisTest, ARedisThatIsLoadingIsNotUpUntilItHasLoaded) {
  // It loads 200 us a key slower, and listens in between.
  Batch batch;
  for (int i = 0; i < 5'000; ++i) batch.add({"SET", "k" + std::to_string(i), "v"});
  call(std::move(batch));
  redis({"SAVE"});
  server_.kill();
  auto config = config_of(server_);
  config.reconnect_first = config.reconnect_most = milliseconds{5};
  const testing::ChildProcess slow{
      {"redis-server", "--port", "0", "--unixsocket", server_.socket_path(), "--dir",
       server_.directory().string(), "--key-load-delay", "200",
       "--loading-process-events-interval-bytes", "1024"},
      {}};
  LoopRedis redis{loop_, config};
  bool saw_loading = false;
  ASSERT_TRUE(turn_until([&] {
    saw_loading = saw_loading || redis.trouble().find(": LOADING") != std::string::npos;
    return redis.is_up();
  }));
  EXPECT_TRUE(saw_loading);
  EXPECT_EQ(server_.command({"DBSIZE"}), "5000");
}

TEST_F(LoopRedisTest, WhoeverIsCalledMayDestroyTheDriver) {
  auto redis = std::make_unique<LoopRedis>(loop_, config_of(server_));
  ASSERT_TRUE(turn_until([&] { return redis->is_up(); }));
  int calls = 0;
  for (int i = 0; i < 3; ++i)
    redis->send(ping(), [&](auto) {
      ++calls;
      redis.reset();
    });
  EXPECT_TRUE(turn_until([&] { return calls > 0; }));
  for (int i = 0; i < 3; ++i) loop_.turn(milliseconds{1});
  EXPECT_EQ(calls, 1) << "those who still waited are not called";
}

/// Listens where a Redis should be and answers every connection with the same bytes.
class FakeServer {
 public:
  FakeServer(Loop& loop, std::string path, std::string answer)
      : loop_{loop}, answer_{std::move(answer)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, address.sun_path);
    listener_ = Socket{socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    listen(listener_.get(), 8);
    loop_.watch(listener_.get(), Loop::kRead, [this](unsigned) { accept_one(); });
  }
  ~FakeServer() { loop_.unwatch(listener_.get()); }
  int connections() const { return static_cast<int>(peers_.size()); }

 private:
  void accept_one() {
    const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    peers_.emplace_back(fd);
    ::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
  }
  Loop& loop_;
  std::string answer_;
  Socket listener_;
  std::vector<Socket> peers_;
};

TEST_F(LoopRedisTest, AServerThatSpeaksSomethingElseIsLeftAndTriedAgainLater) {
  for (const std::string answer :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "$-5\r\n", "+OK\r\n+OK\r\n"}) {
    SCOPED_TRACE(answer);
    RedisConfig config;
    config.address.unix_socket = (server_.directory() / "fake.sock").string();
    std::filesystem::remove(config.address.unix_socket);
    config.reconnect_first = milliseconds{5};
    config.call_timeout = milliseconds{100};
    FakeServer fake{loop_, config.address.unix_socket, answer};
    LoopRedis redis{loop_, config};
    EXPECT_TRUE(turn_until([&] { return fake.connections() >= 3; }));
    EXPECT_FALSE(redis.is_up());
  }
}

}  // namespace
}  // namespace webmon::store
