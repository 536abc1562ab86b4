/// Names to addresses, by c-ares in the loop: cached by TTL, bounded, /etc/hosts honoured. Judges
/// nothing. Threads: owned by the loop's.   Errors: an Answer that is not `ok`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/fetch/ip.hpp"
#include "lib/loop/loop.hpp"

namespace webmon::fetch {

struct Answer {
  enum class Status : std::uint8_t {
    ok,
    not_found,   ///< no such name, or a name without addresses
    failed,      ///< the name servers answer with an error
    timeout,     ///< no answer in time
    own_trouble  ///< this machine cannot ask: no memory, no descriptors, no name server
  };
  Status status = Status::failed;
  std::vector<IpAddress> addresses;  ///< IPv6 and IPv4 in turn, IPv6 first; 1 to 16 if ok
  std::string detail;
};

struct ResolverConfig {
  std::size_t max_entries = 20'000;
  std::string servers;  ///< "ip[:port],..."; empty: /etc/resolv.conf
  seconds min_ttl{1}, max_ttl{3'600};
  seconds negative_ttl{5};  ///< for "no such name" only; failures are not kept
};

class Resolver {
 public:
  using Callback = std::function<void(const Answer&)>;
  using Ticket = std::uint64_t;  ///< never 0

  /// Throws std::runtime_error if c-ares cannot start.
  Resolver(Loop& loop, ResolverConfig config);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The fresh answer in the cache, or nullptr. Valid until the next call. Literal addresses are
  /// not for us.
  const Answer* cached(const std::string& host);
  /// Calls back once, from the loop, never from within `ask`, at the latest after `limit`.
  /// Questions for the same name share one query.
  Ticket ask(const std::string& host, nanoseconds limit, Callback callback);
  /// The callback will not be called. An unknown ticket is ignored.
  void drop(Ticket ticket);

  std::uint64_t queries() const noexcept;
  std::uint64_t hits() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// IPv6 and IPv4 in turn, IPv6 first (RFC 8305 §4), at most `limit`, without repeats. Pure.
std::vector<IpAddress> interleave(const std::vector<IpAddress>& addresses, std::size_t limit);

}  // namespace webmon::fetch
