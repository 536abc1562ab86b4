#include "lib/bus/socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "tests/support/temp_dir.hpp"
#include "tests/support/wait_until.hpp"

namespace webmon::bus {
namespace {

using testing::wait_until;

Socket must_open(Context& context, Role role) {
  auto socket = Socket::open(context, role);
  if (!socket) throw std::runtime_error{socket.error().detail};
  return std::move(*socket);
}

/// A PULL server on an ephemeral port and what it received last.
struct Server {
  explicit Server(Role role = Role::job_receiver) : socket{must_open(context, role)} {
    const auto bound = socket.bind("tcp://127.0.0.1:*");
    if (!bound) throw std::runtime_error{bound.error().detail};
  }
  bool receives(const Frames& want) {
    return wait_until([&] { return socket.receive(frames) && frames == want; });
  }
  Context context;
  Socket socket;
  Frames frames;
};

TEST(Socket, CarriesAFrameOverTcpOnAnEphemeralPort) {
  Server server;
  auto client = must_open(server.context, Role::job_sender);
  ASSERT_TRUE(client.connect(server.socket.endpoint()));
  ASSERT_TRUE(wait_until([&] { return client.send("hello"); }));
  EXPECT_TRUE(server.receives({"hello"}));
  EXPECT_FALSE(server.socket.can_receive());
}

TEST(Socket, CarriesAFrameInsideTheProcess) {
  Context context;
  auto server = must_open(context, Role::work_receiver);
  ASSERT_TRUE(server.bind("inproc://work"));
  auto client = must_open(context, Role::work_sender);
  ASSERT_TRUE(client.connect("inproc://work"));
  ASSERT_TRUE(client.send("one"));
  Frames frames;
  ASSERT_TRUE(wait_until([&] { return server.receive(frames); }));
  EXPECT_EQ(frames, Frames{"one"});
}

TEST(Socket, SendNeverBlocksWhenNobodyIsThere) {
  Context context;
  auto sender = must_open(context, Role::work_sender);
  ASSERT_TRUE(sender.bind("tcp://127.0.0.1:*"));
  EXPECT_FALSE(sender.can_send());
  EXPECT_FALSE(sender.send("nobody"));
}

TEST(Socket, RouterAnswersTheDealerThatAsked) {
  Server server{Role::control_server};
  auto client = must_open(server.context, Role::control_client);
  ASSERT_TRUE(client.connect(server.socket.endpoint()));
  ASSERT_TRUE(wait_until([&] { return client.send("PING"); }));
  ASSERT_TRUE(wait_until([&] { return server.socket.receive(server.frames); }));
  ASSERT_EQ(server.frames.size(), 2U);
  EXPECT_EQ(server.frames[1], "PING");
  ASSERT_TRUE(server.socket.send(Frames{server.frames[0], "{}"}));
  Frames reply;
  ASSERT_TRUE(wait_until([&] { return client.receive(reply); }));
  EXPECT_EQ(reply, Frames{"{}"});
}

TEST(Socket, RouterRefusesToSendToAPeerThatIsNotThere) {
  Server server{Role::control_server};
  EXPECT_FALSE(server.socket.send(Frames{"nobody", "{}"}));
}

TEST(Socket, AnOversizedFrameCutsThePeerAndNotTheServer) {
  Server server;
  auto bad = must_open(server.context, Role::job_sender);
  ASSERT_TRUE(bad.connect(server.socket.endpoint()));
  ASSERT_TRUE(wait_until([&] { return bad.send(std::string(257, 'x')); }));
  auto good = must_open(server.context, Role::job_sender);
  ASSERT_TRUE(good.connect(server.socket.endpoint()));
  ASSERT_TRUE(wait_until([&] { return good.send(std::string(256, 'y')); }));
  EXPECT_TRUE(server.receives({std::string(256, 'y')}));
}

TEST(Socket, MessagesOfManyFramesAreReadToTheirEnd) {
  Server server{Role::control_server};
  auto client = must_open(server.context, Role::control_client);
  ASSERT_TRUE(client.connect(server.socket.endpoint()));
  ASSERT_TRUE(wait_until([&] { return client.send(Frames(50, "x")); }));
  ASSERT_TRUE(wait_until([&] { return client.send("PING"); }));
  ASSERT_TRUE(wait_until([&] { return server.socket.receive(server.frames); }));
  EXPECT_LE(server.frames.size(), 8U);
  EXPECT_GT(server.frames.size(), 3U);
  ASSERT_TRUE(wait_until([&] { return server.socket.receive(server.frames); }));
  EXPECT_EQ(server.frames.back(), "PING");
}

TEST(Socket, ATakenPortIsAConflictThatNamesTheEndpoint) {
  Server first;
  auto second = must_open(first.context, Role::job_receiver);
  const auto bound = second.bind(first.socket.endpoint());
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, Errc::conflict);
  EXPECT_NE(bound.error().detail.find(first.socket.endpoint()), std::string::npos);
}

/// What a killed process leaves: the file of a unix socket that nobody listens on.
void leave_behind(const std::string& path) {
  std::filesystem::remove(path);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(fd);
}

TEST(Socket, ATakenIpcPathIsAConflictAndAnAbandonedOneIsNot) {
  const testing::TempDir dir;
  const std::string endpoint = "ipc://" + (dir / "jobs").string();
  Context context;
  {
    auto first = must_open(context, Role::job_receiver);
    ASSERT_TRUE(first.bind(endpoint));
    auto second = must_open(context, Role::job_receiver);
    const auto bound = second.bind(endpoint);
    ASSERT_FALSE(bound);
    EXPECT_EQ(bound.error().code, Errc::conflict);
    EXPECT_NE(bound.error().detail.find(endpoint), std::string::npos);
  }
  leave_behind((dir / "jobs").string());
  auto third = must_open(context, Role::job_receiver);
  EXPECT_TRUE(third.bind(endpoint));
}

TEST(Socket, RefusesPlainTcpOffLoopbackAndMalformedEndpoints) {
  struct Case {
    const char* endpoint;
    Errc want;
  };
  const Case cases[] = {
      {"tcp://*:5559", Errc::forbidden},
      {"tcp://0.0.0.0:5559", Errc::forbidden},
      {"tcp://[::]:5559", Errc::forbidden},
      {"tcp://192.168.1.1:5559", Errc::forbidden},
      {"tcp://example.com:5559", Errc::forbidden},
      {"tcp://eth0:5559", Errc::forbidden},
      {"tcp://127.0.0.1.evil.example:5559", Errc::forbidden},
      {"tcp://127.1:5559", Errc::forbidden},
      {"tcp://127.0.0.1", Errc::bad_config},
      {"tcp://127.0.0.1:", Errc::bad_config},
      {"tcp://127.0.0.1:70000", Errc::bad_config},
      {"tcp://127.0.0.1:55x", Errc::bad_config},
      {"tcp://1.2.3.4:0;127.0.0.1:5559", Errc::bad_config},
      {"tcp://", Errc::bad_config},
      {"ipc://", Errc::bad_config},
      {"udp://127.0.0.1:1", Errc::bad_config},
      {"pgm://127.0.0.1:1", Errc::bad_config},
      {"127.0.0.1:5559", Errc::bad_config},
      {"", Errc::bad_config},
      {"tcp://127.0.0.1:5559\n", Errc::bad_config},
  };
  Context context;
  auto socket = must_open(context, Role::job_receiver);
  for (const auto& c : cases) {
    SCOPED_TRACE(c.endpoint);
    const auto bound = socket.bind(c.endpoint);
    ASSERT_FALSE(bound);
    EXPECT_EQ(bound.error().code, c.want) << bound.error().detail;
    const auto connected = socket.connect(c.endpoint);
    ASSERT_FALSE(connected);
    EXPECT_EQ(connected.error().code, c.want) << connected.error().detail;
  }
  const auto long_path = socket.bind("ipc:///" + std::string(150, 'a'));
  ASSERT_FALSE(long_path);
  EXPECT_EQ(long_path.error().code, Errc::bad_config);
}

/// A loop with a watched server that takes at most `slots` messages.
struct Watched {
  explicit Watched(int free_slots)
      : slots{free_slots},
        watch{loop, server.socket, [this] { take_one(); }, [this] { return slots > 0; }} {}
  void take_one() {
    Frames frames;
    if (slots > 0 && server.socket.receive(frames)) {
      --slots;
      ++taken;
    }
  }
  bool takes(int want) {
    auto& clock = system_clock();
    const auto deadline = clock.mono() + seconds{10};
    while (taken < want && clock.mono() < deadline) (void)loop.turn(milliseconds{100});
    return taken == want;
  }
  Server server;
  Loop loop;
  int slots;
  int taken = 0;
  Watch watch;
};

TEST(Watch, DeliversAllMessagesThoughEachCallTakesOnlyOne) {
  Watched watched{100};
  auto client = must_open(watched.server.context, Role::job_sender);
  ASSERT_TRUE(client.connect(watched.server.socket.endpoint()));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(wait_until([&] { return client.send("x"); }));
  EXPECT_TRUE(watched.takes(100));
}

TEST(Watch, ASenderIsCalledUntilAllIsSentThoughEdgesAreEaten) {
  Context context;
  Loop loop;
  auto sender = must_open(context, Role::work_sender);
  ASSERT_TRUE(sender.bind("tcp://127.0.0.1:*"));
  auto receiver = must_open(context, Role::work_receiver);
  ASSERT_TRUE(receiver.connect(sender.endpoint()));
  int left = 2'000;
  int got = 0;
  // The receiver's turn asks the sender for its events, and so eats the edge of its descriptor.
  const Watch in{loop, receiver,
                 [&] {
                   Frames frames;
                   while (receiver.receive(frames)) ++got;
                   (void)sender.can_send();
                 },
                 [] { return true; }};
  const Watch out{loop, sender,
                  [&] {
                    while (left > 0 && sender.send("x")) --left;
                  },
                  [&] { return left > 0; }};
  auto& clock = system_clock();
  const auto deadline = clock.mono() + seconds{10};
  while (got < 2'000 && clock.mono() < deadline) (void)loop.turn(seconds{10});
  EXPECT_EQ(got, 2'000);
  EXPECT_LT(clock.mono() - (deadline - seconds{10}), seconds{5});
}

TEST(Watch, GoesOnAfterSlotsBecameFreeAgain) {
  Watched watched{10};
  auto client = must_open(watched.server.context, Role::job_sender);
  ASSERT_TRUE(client.connect(watched.server.socket.endpoint()));
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(wait_until([&] { return client.send("x"); }));
  ASSERT_TRUE(watched.takes(10));
  for (int i = 0; i < 5; ++i) (void)watched.loop.turn(milliseconds{1});
  EXPECT_EQ(watched.taken, 10);
  watched.slots = 20;
  watched.watch.poke();
  EXPECT_TRUE(watched.takes(30));
}

}  // namespace
}  // namespace webmon::bus
