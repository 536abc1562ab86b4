/// Pages that wait to be fetched, so that no host is asked for more than a few at once. Hosts take
/// turns; those of one host keep their order. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "lib/core/url.hpp"

namespace webmon::cli {

struct CheckJob {
  std::uint64_t sequence = 0;  ///< from 0, in the order of the input
  std::uint64_t line = 0;      ///< where it stands in the input; 0: on the command line
  Url url;
};

class PoliteQueue {
 public:
  /// `per_host` 0: any number.
  explicit PoliteQueue(unsigned per_host) : per_host_{per_host} {}

  void add(CheckJob job);
  /// One whose host has room; it counts as in flight until `finished`.
  std::optional<CheckJob> next();
  void finished(const std::string& host);
  std::size_t waiting() const noexcept { return waiting_; }

 private:
  struct Host {
    std::deque<CheckJob> jobs;
    unsigned in_flight = 0;
    bool has_turn = false;
  };
  void give_turn(const std::string& name, Host& host);

  unsigned per_host_;
  std::unordered_map<std::string, Host> hosts_;
  std::deque<std::string> turns_;  ///< hosts with jobs and room
  std::size_t waiting_ = 0;
};

}  // namespace webmon::cli
