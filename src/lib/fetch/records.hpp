/// The records of a name, for plugins: addresses, aliases, and what its zone says. Asked of the
/// name servers alone, by c-ares in the loop: no hosts file, no search list, nothing remembered.
/// Judges nothing. Threads: owned by the loop's.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lib/core/rng.hpp"
#include "lib/fetch/record_lookup.hpp"
#include "lib/loop/loop.hpp"

namespace webmon::fetch {

/// As the compact JSON object that plugins get, at most 64 KiB:
///   {"rcode":"NOERROR","dnssec":false,"cname_chain":["edge.cdn.example"],"a":["192.0.2.1"],
///    "aaaa":[],"zone":"shop.example","ns":["ns1.shop.example"],"soa_serial":7,
///    "mx":["10 mx.shop.example"],"caa":["0 issue \"ca.example\""],"txt_hash":"9f86…",
///    "ttl_min":300,"resolver_disagree":false,"lookup_ms":1.25}
/// `rcode` and `dnssec` are of the questions for addresses. Lists are sorted, but for the chain,
/// and have kMostListed members at most. What was not answered is absent; `txt_hash` too where
/// there is no TXT record, `resolver_disagree` where two name servers are not configured.
std::string to_json(const NameRecords& records);
inline constexpr std::size_t kMostListed = 20;

struct RecordAnswer {
  bool is_ok = false;  ///< a name server answered for addresses, with whatever code
  std::string text;    ///< to_json; if not ok, an outcome of docs/api.md: `timeout` or `dns`
};

class Records {
 public:
  using Callback = std::function<void(const RecordAnswer&)>;
  using Ticket = std::uint64_t;

  static constexpr std::size_t kMostAtOnce = 256;
  /// Of all questions for one name together; what is there by then is told. A little less than a
  /// check waits.
  static constexpr milliseconds kTotal{4'500};

  /// `servers`: as FetcherConfig::dns_servers; the first two are compared. `rng` makes the
  /// questions hard to answer for those who did not see them. Throws std::runtime_error if c-ares
  /// cannot start.
  Records(Loop& loop, Rng& rng, std::string servers);
  /// Drops what is under way without calling back.
  ~Records();
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;

  /// Whether `name` can be asked for: a host name with a dot in it, no address.
  static bool is_name(std::string_view name);

  /// Calls back once, from the loop, never from within `ask`. Returns 0, and never calls back, if
  /// kMostAtOnce names are being asked for. `name`: see is_name.
  Ticket ask(std::string name, Callback callback);
  /// The callback will not be called. An unknown ticket is ignored.
  void drop(Ticket ticket);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace webmon::fetch
