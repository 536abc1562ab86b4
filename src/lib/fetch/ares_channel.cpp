#include "lib/fetch/ares_channel.hpp"

#include <ares.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <stdexcept>
#include <utility>

namespace webmon::fetch {
namespace {

constexpr const char* kServersFile = "/etc/resolv.conf";
constexpr seconds kLookEvery{5};
timespec change_of(const char* file) noexcept {
  struct stat info {};
  return stat(file, &info) == 0 ? info.st_mtim : timespec{};
}

}  // namespace

AresChannel::AresChannel(Loop& loop, AresConfig config) : loop_{loop}, config_{std::move(config)} {
  static const int kLibrary = ares_library_init(ARES_LIB_INIT_ALL);
  channel_ = kLibrary == ARES_SUCCESS ? open() : nullptr;
  if (channel_ == nullptr) {
    throw std::runtime_error("c-ares does not start; name servers: \"" + config_.servers + "\"");
  }
  changed_at_ = change_of(kServersFile);
  looked_at_ = loop_.now();
}

AresChannel::~AresChannel() {
  ares_destroy(channel_);  // calls back every query and closes every socket
  loop_.cancel(tick_);
}

/// nullptr: no memory, or `servers` is not a list of addresses.
ares_channeldata* AresChannel::open() {
  ares_options options{};
  options.timeout = 1'500;
  options.tries = 2;
  options.flags = config_.flags;
  options.ednspsz = kMostUdpBytes;
  options.sock_state_cb_data = this;
  options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<AresChannel*>(self)->on_socket(fd, readable != 0, writable != 0);
  };
  std::string lookups = "fb";  // hosts file first, then DNS
  options.lookups = lookups.data();
  const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ |
                   ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS;
  ares_channel fresh = nullptr;
  if (ares_init_options(&fresh, &options, mask) != ARES_SUCCESS) return nullptr;
  if (!config_.servers.empty() &&
      ares_set_servers_ports_csv(fresh, config_.servers.c_str()) != ARES_SUCCESS) {
    ares_destroy(fresh);
    return nullptr;
  }
  return fresh;
}

void AresChannel::reload_if_changed() {
  if (!config_.servers.empty() || loop_.now() - looked_at_ < kLookEvery) return;
  looked_at_ = loop_.now();
  const timespec now = change_of(kServersFile);
  if (now.tv_sec == changed_at_.tv_sec && now.tv_nsec == changed_at_.tv_nsec) return;
  changed_at_ = now;
  if (ares_channel fresh = open(); fresh != nullptr) {
    ares_destroy(std::exchange(channel_, fresh));
  }
}

void AresChannel::on_socket(int fd, bool wants_read, bool wants_write) {
  if (!wants_read && !wants_write) {
    loop_.unwatch(fd);
    return;
  }
  const unsigned events = (wants_read ? Loop::kRead : 0U) | (wants_write ? Loop::kWrite : 0U);
  loop_.watch(fd, events, [this, fd](unsigned seen) {
    process((seen & Loop::kRead) != 0 ? fd : ARES_SOCKET_BAD,
            (seen & Loop::kWrite) != 0 ? fd : ARES_SOCKET_BAD);
  });
}

void AresChannel::process(int readable, int writable) {
  ares_process_fd(channel_, readable, writable);
  arm();
}

void AresChannel::arm() {
  loop_.cancel(std::exchange(tick_, 0));
  timeval value{};
  const timeval* next = ares_timeout(channel_, nullptr, &value);
  if (next == nullptr) return;
  const nanoseconds delay = seconds{next->tv_sec} + microseconds{next->tv_usec};
  tick_ = loop_.after(delay, [this] {
    tick_ = 0;
    process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  });
}

}  // namespace webmon::fetch
