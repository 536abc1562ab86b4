/// A thread that fetches pages, judges and renders them: a loop and a fetcher of its own, two
/// bounded queues to the thread that made it, nothing else shared. Threads: all functions are the
/// maker's.
#pragma once

#include <atomic>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "cli/polite_queue.hpp"
#include "lib/core/asset.hpp"
#include "lib/core/queue.hpp"
#include "lib/core/rng.hpp"
#include "lib/fetch/fetcher.hpp"
#include "lib/fetch/records.hpp"
#include "lib/loop/loop.hpp"
#include "pipeline/executor/side_desk.hpp"

namespace webmon::cli {

/// How every page is fetched, judged and shown.
struct CheckRules {
  fetch::FetcherConfig fetch;
  bool tls_verify = true;
  boost::json::object plugins;  ///< as Asset::plugins
  IgnoreRules ignore;
  /// Result (result_text.hpp) in, text out. Called from every worker: pure.
  std::function<std::string(const boost::json::object&)> render;
};

struct CheckDone {
  std::uint64_t sequence = 0, line = 0;
  std::string host;
  AssetState state = AssetState::unknown;
  double total_ms = 0;
  std::string text;  ///< rendered
};

class CheckWorker {
 public:
  /// `rules`, `done` and `maker` must outlive it. `maker` is woken when something is in `done`,
  /// which has room for all jobs under way. Throws as Fetcher.
  CheckWorker(const CheckRules& rules, std::size_t most_jobs, BoundedQueue<CheckDone>& done,
              Loop& maker);
  /// Drops what is in flight.
  ~CheckWorker();
  CheckWorker(const CheckWorker&) = delete;
  CheckWorker& operator=(const CheckWorker&) = delete;

  /// At most `most_jobs` without an answer: a precondition.
  void start(CheckJob job);

 private:
  struct Check;  ///< one page under way

  void turn();
  void fetch(CheckJob job);
  void ask_sides(Check& check);
  void finish(Check& check);

  const CheckRules& rules_;
  BoundedQueue<CheckDone>& done_;
  Loop& maker_;
  BoundedQueue<CheckJob> jobs_;
  std::atomic<bool> is_stopping_{false};
  bool has_news_ = false;
  Loop loop_;
  fetch::Fetcher fetcher_;
  SeededRng rng_;
  fetch::Records records_;
  executor::SideDesk desk_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Check>> checks_;  ///< by sequence
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace webmon::cli
