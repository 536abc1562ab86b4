/// The life of one fetch: resolve, judge the addresses, try them, follow redirects, and fill in the
/// Page. Threads: the loop's.
#pragma once

#include <memory>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/fetch/curl_multi.hpp"
#include "lib/fetch/easy_pool.hpp"
#include "lib/fetch/fetcher.hpp"
#include "lib/fetch/resolver.hpp"
#include "lib/fetch/transfer.hpp"

namespace webmon::fetch {

/// Time after which the next address is tried beside the first (RFC 8305 §5).
inline constexpr milliseconds kStagger{250};

/// What all fetches of a fetcher share.
struct FetchEnvironment {
  Loop& loop;
  Clock& clock;
  const FetcherConfig& config;
  Resolver& resolver;
  CurlMulti& multi;
  EasyPool& pool;
  TransferContext& transfers;
  FetchCounters& counters;
};

class Fetch {
 public:
  /// `finished` is called at most once, possibly from within `begin`; the Fetch must outlive that
  /// call.
  Fetch(FetchEnvironment& env, FetchRequest request, std::function<void(Page&&)> finished);
  /// Ends whatever is under way.
  ~Fetch();
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;

  void begin();
  /// A transfer of ours ended; it is out of the multi.
  void on_done(Transfer& transfer, int code);

 private:
  void begin_hop();
  void on_answer(const Answer& answer);
  void on_unresolved(const Answer& answer);
  void on_addresses(const std::vector<IpAddress>& addresses);
  void try_next();
  void on_failed_attempt(Transfer& transfer, int code);
  void on_deadline();
  bool claim(std::size_t attempt);
  void drop_losers();
  void end_hop(Transfer& transfer, int code);
  void record(Transfer& transfer, int code);
  bool follow(const ResponseHead& head);
  void finish(Outcome outcome, std::string detail);
  void stop_timers();
  void release(std::unique_ptr<Transfer>& transfer, bool is_in_multi);
  void release_all();
  const FetchLimits& limits() const noexcept;
  void warn(std::string_view code);

  FetchEnvironment& env_;
  FetchRequest request_;
  std::function<void(Page&&)> finished_;
  Page page_;
  HopRequest hop_;
  MonoTime started_{}, hop_started_{};
  std::vector<std::pair<std::string, std::string>> visited_;  ///< method and URL
  std::vector<IpAddress> addresses_;
  std::vector<std::unique_ptr<Transfer>> attempts_;  ///< one per address tried; null when over
  Transfer* winner_ = nullptr;
  bool is_unreachable_ = true;  ///< every attempt so far failed for lack of a route
  bool is_over_ = false;
  Resolver::Ticket ticket_ = 0;
  Loop::TimerId deadline_ = 0, stagger_ = 0, reaper_ = 0;
};

}  // namespace webmon::fetch
