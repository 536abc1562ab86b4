/// Serves `GET /metrics` on the loop of the process that it tells about: so it reads what that loop
/// owns, of this moment, without sharing anything with another thread (docs/adr/0006). Not an HTTP
/// server: one small request a connection, one answer, closed. A slow or greedy client costs it a
/// place among kMostConnections for kPatience at most; when all are taken, the oldest must go.
/// Threads: the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"
#include "lib/loop/loop.hpp"

namespace webmon::metrics {

struct Place {
  std::string host;        ///< a numeric address; empty: nowhere
  std::uint16_t port = 0;  ///< 0: any free one
};

class Listener {
 public:
  static constexpr std::size_t kMostConnections = 16;
  static constexpr std::size_t kMostHeadBytes = 8U << 10U;
  static constexpr seconds kPatience{5};

  /// The text of one scrape; called once for each.
  using Scrape = std::function<std::string()>;

  /// The loop must outlive it.
  /// Errors: conflict (the port is taken), bad_config (not an address of this host).
  static Result<std::unique_ptr<Listener>> open(Loop& loop, const Place& place, Scrape scrape);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const noexcept;

 private:
  struct Impl;
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The whole answer to the head of a request (up to and without the empty line). `scrape` is called
/// only for what asks for the metrics. Pure.
std::string answer_to(std::string_view head, const Listener::Scrape& scrape);

}  // namespace webmon::metrics
