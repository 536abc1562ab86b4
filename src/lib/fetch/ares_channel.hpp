/// c-ares in our loop: its sockets are watched, its earliest timer is one of ours. For the files of
/// this folder that ask name servers. Threads: owned by the loop's.
#pragma once

#include <ctime>
#include <string>

#include "lib/loop/loop.hpp"

struct ares_channeldata;

namespace webmon::fetch {

/// What passes without fragments (DNS flag day 2020); what is larger comes by TCP.
inline constexpr int kMostUdpBytes = 1'232;

struct AresConfig {
  std::string servers;  ///< "ip[:port],..."; empty: /etc/resolv.conf
  int flags = 0;        ///< ARES_FLAG_*
};

class AresChannel {
 public:
  /// Throws std::runtime_error if c-ares cannot start.
  AresChannel(Loop& loop, AresConfig config);
  /// What is under way is called back with ARES_EDESTRUCTION.
  ~AresChannel();
  AresChannel(const AresChannel&) = delete;
  AresChannel& operator=(const AresChannel&) = delete;

  /// For the calls of c-ares; `arm` follows each. Another one after `reload_if_changed`.
  ares_channeldata* get() noexcept { return channel_; }
  void arm();
  /// c-ares reads its name servers once; a laptop changes them with every network. Looks every 5 s
  /// at most. What was under way is called back with ARES_EDESTRUCTION, and may be asked again at
  /// once.
  void reload_if_changed();

 private:
  ares_channeldata* open();
  void on_socket(int fd, bool wants_read, bool wants_write);
  void process(int readable, int writable);

  Loop& loop_;
  AresConfig config_;
  ares_channeldata* channel_ = nullptr;
  Loop::TimerId tick_ = 0;
  MonoTime looked_at_{};   ///< when the file of name servers was last looked at
  timespec changed_at_{};  ///< its time of change then
};

}  // namespace webmon::fetch
