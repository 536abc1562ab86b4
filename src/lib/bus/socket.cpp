#include "lib/bus/socket.hpp"

#include <sys/stat.h>
#include <zmq.h>

#include <array>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "lib/bus/endpoint.hpp"

namespace webmon::bus {
namespace {

constexpr std::size_t kMaxFrames =
    8;  // more than any message of ours; the rest is read and dropped
constexpr std::int64_t kDataMost = 256;
constexpr std::int64_t kControlMost = 4'096;

struct Option {
  int name;
  int value;
};

// docs/wire.md "Socket options", first row.
constexpr std::array kCommon{
    Option{ZMQ_LINGER, 0},
    Option{ZMQ_HANDSHAKE_IVL, 2'000},
    Option{ZMQ_HEARTBEAT_IVL, 1'000},
    Option{ZMQ_HEARTBEAT_TIMEOUT, 3'000},
    Option{ZMQ_HEARTBEAT_TTL, 3'000},
    Option{ZMQ_TCP_KEEPALIVE, 1},
    Option{ZMQ_TCP_KEEPALIVE_IDLE, 30},
    Option{ZMQ_TCP_KEEPALIVE_INTVL, 10},
    Option{ZMQ_TCP_KEEPALIVE_CNT, 3},
    Option{ZMQ_TCP_MAXRT, 10'000},
    Option{ZMQ_RECONNECT_IVL, 100},
    Option{ZMQ_RECONNECT_IVL_MAX, 5'000},
    Option{ZMQ_BACKLOG, 128},
};

// libzmq 4.3.4 aborts the process when a heartbeat fails on a socket whose queue is full
// (stream_engine_base.cpp), and the queues of `work` are full by design. A peer that has stopped is
// noticed there by the window's patience.
const Option kNoHeartbeat{ZMQ_HEARTBEAT_IVL, 0};

struct Profile {
  int type;
  std::int64_t max_message;
  std::vector<Option> options;
};

Profile profile_of(Role role) {
  switch (role) {
    case Role::job_sender:
      return {ZMQ_PUSH, kDataMost, {{ZMQ_SNDHWM, 1'000}, {ZMQ_SNDTIMEO, 50}, {ZMQ_IMMEDIATE, 1}}};
    case Role::job_receiver:
      return {ZMQ_PULL, kDataMost, {{ZMQ_RCVHWM, 256}}};
    case Role::work_sender:
      return {ZMQ_PUSH,
              kDataMost,
              {{ZMQ_SNDHWM, 1}, {ZMQ_SNDBUF, 1'024}, {ZMQ_IMMEDIATE, 1}, kNoHeartbeat}};
    case Role::work_receiver:
      return {ZMQ_PULL, kDataMost, {{ZMQ_RCVHWM, 1}, {ZMQ_RCVBUF, 1'024}, kNoHeartbeat}};
    case Role::control_server:
      // The high-water mark for sending is above what one client can have waiting for one snapshot.
      return {ZMQ_ROUTER,
              kControlMost,
              {{ZMQ_ROUTER_MANDATORY, 1},
               {ZMQ_ROUTER_HANDOVER, 0},
               {ZMQ_SNDTIMEO, 100},
               {ZMQ_RCVHWM, 100},
               {ZMQ_SNDHWM, 4'096}}};
    case Role::control_client:
      return {
          ZMQ_DEALER, kControlMost, {{ZMQ_SNDHWM, 1'000}, {ZMQ_SNDTIMEO, 50}, {ZMQ_IMMEDIATE, 1}}};
  }
  return {ZMQ_PULL, kDataMost, {}};
}

tl::unexpected<Error> bus_error(const std::string& what) {
  return fail(Errc::bus_down, what + ": " + zmq_strerror(zmq_errno()));
}

bool apply(void* handle, const Profile& profile) {
  const auto set = [handle](const Option& o) {
    return zmq_setsockopt(handle, o.name, &o.value, sizeof o.value) == 0;
  };
  for (const auto& option : kCommon)
    if (!set(option)) return false;
  for (const auto& option : profile.options)
    if (!set(option)) return false;
  return zmq_setsockopt(handle, ZMQ_MAXMSGSIZE, &profile.max_message, sizeof profile.max_message) ==
         0;
}

void set_ipv6(void* handle, const Endpoint& endpoint) {
  const int on = endpoint.is_ipv6 ? 1 : 0;
  (void)zmq_setsockopt(handle, ZMQ_IPV6, &on, sizeof on);
}

tl::unexpected<Error> bind_error(const std::string& endpoint) {
  const int why = zmq_errno();
  const std::string text = endpoint + ": " + zmq_strerror(why);
  if (why == EADDRINUSE)
    return fail(Errc::conflict, "cannot bind " + endpoint + ": another program holds it");
  if (why == EINVAL || why == EPROTONOSUPPORT || why == ENODEV || why == EADDRNOTAVAIL ||
      why == ENOENT || why == ENOTDIR || why == ENAMETOOLONG || why == EACCES)
    return fail(Errc::bad_config, "cannot bind " + text);
  return fail(Errc::bus_down, "cannot bind " + text);
}

int events_of(void* handle) {
  int events = 0;
  std::size_t size = sizeof events;
  while (zmq_getsockopt(handle, ZMQ_EVENTS, &events, &size) != 0)
    if (zmq_errno() != EINTR) return 0;
  return events;
}

bool send_part(void* handle, std::string_view part, int flags) noexcept {
  while (zmq_send(handle, part.data(), part.size(), flags | ZMQ_DONTWAIT) < 0)
    if (zmq_errno() != EINTR) return false;
  return true;
}

class Message {
 public:
  Message() noexcept { zmq_msg_init(&message_); }
  ~Message() { zmq_msg_close(&message_); }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  bool receive(void* handle) noexcept {
    while (zmq_msg_recv(&message_, handle, ZMQ_DONTWAIT) < 0)
      if (zmq_errno() != EINTR) return false;
    return true;
  }
  bool has_more() const noexcept { return zmq_msg_more(&message_) != 0; }
  std::string text() {
    return {static_cast<const char*>(zmq_msg_data(&message_)), zmq_msg_size(&message_)};
  }

 private:
  zmq_msg_t message_;
};

}  // namespace

Context::Context() : handle_{zmq_ctx_new()} {
  if (handle_ == nullptr) throw std::system_error{errno, std::generic_category(), "zmq_ctx_new"};
  zmq_ctx_set(handle_, ZMQ_BLOCKY, 0);
  zmq_ctx_set(handle_, ZMQ_MAX_SOCKETS, 1'024);
  zmq_ctx_set(handle_, ZMQ_MAX_MSGSZ, static_cast<int>(kControlMost));
}

Context::~Context() {
  while (zmq_ctx_term(handle_) != 0 && zmq_errno() == EINTR) {
  }
}

Result<Socket> Socket::open(Context& context, Role role) {
  const auto profile = profile_of(role);
  void* handle = zmq_socket(context.handle_, profile.type);
  if (handle == nullptr) return bus_error("zmq_socket");
  Socket socket{handle};
  if (!apply(handle, profile)) return bus_error("zmq_setsockopt");
  return socket;
}

Socket::Socket(Socket&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

Socket::~Socket() {
  if (handle_ != nullptr) zmq_close(handle_);
}

Result<void> Socket::bind(const std::string& endpoint) {
  auto parsed = parse_endpoint(endpoint);
  if (!parsed) return fail(std::move(parsed.error()));
  if (parsed->transport == Transport::ipc && is_ipc_taken(parsed->path))
    return fail(Errc::conflict, "cannot bind " + endpoint + ": another program holds it");
  set_ipv6(handle_, *parsed);
  if (zmq_bind(handle_, endpoint.c_str()) != 0) return bind_error(endpoint);
  // Owner and group only, whatever the umask; the directory decides who gets that far.
  if (parsed->transport == Transport::ipc) (void)chmod(parsed->path.c_str(), 0660);
  return {};
}

Result<void> Socket::connect(const std::string& endpoint) {
  auto parsed = parse_endpoint(endpoint);
  if (!parsed) return fail(std::move(parsed.error()));
  set_ipv6(handle_, *parsed);
  if (zmq_connect(handle_, endpoint.c_str()) != 0) {
    if (zmq_errno() == EINVAL) return fail(Errc::bad_config, "cannot connect to " + endpoint);
    return bus_error("cannot connect to " + endpoint);
  }
  return {};
}

std::string Socket::endpoint() const {
  std::array<char, 512> text{};
  std::size_t size = text.size();
  if (zmq_getsockopt(handle_, ZMQ_LAST_ENDPOINT, text.data(), &size) != 0) return {};
  return text.data();
}

bool Socket::send(const Frames& frames) noexcept {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const int flags = i + 1 < frames.size() ? ZMQ_SNDMORE : 0;
    if (!send_part(handle_, frames[i], flags)) return false;
  }
  return !frames.empty();
}

bool Socket::send(std::string_view frame) noexcept { return send_part(handle_, frame, 0); }

bool Socket::receive(Frames& frames) {
  frames.clear();
  Message message;
  if (!message.receive(handle_)) return false;
  frames.push_back(message.text());
  while (message.has_more() && message.receive(handle_))
    if (frames.size() < kMaxFrames) frames.push_back(message.text());
  return true;
}

int Socket::fd() const {
  int fd = -1;
  std::size_t size = sizeof fd;
  (void)zmq_getsockopt(handle_, ZMQ_FD, &fd, &size);
  return fd;
}

bool Socket::can_receive() const { return (events_of(handle_) & ZMQ_POLLIN) != 0; }
bool Socket::can_send() const { return (events_of(handle_) & ZMQ_POLLOUT) != 0; }

bool Socket::is_send_only() const {
  int type = 0;
  std::size_t size = sizeof type;
  return zmq_getsockopt(handle_, ZMQ_TYPE, &type, &size) == 0 && type == ZMQ_PUSH;
}

}  // namespace webmon::bus
