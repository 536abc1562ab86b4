/// How far something long is: a line on standard error that is redrawn, if that is a terminal;
/// nothing at all elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include "lib/core/clock.hpp"

namespace webmon::cli {

/// How fast a count grows, over the last seconds. Pure.
class Pace {
 public:
  /// Counts never fall. Calls within 250 ms of the last sample change nothing.
  void sample(std::uint64_t count, MonoTime now) noexcept;
  /// Per second; 0 until it is known.
  double per_second() const noexcept { return per_second_; }

 private:
  bool has_begun_ = false;
  MonoTime last_{};
  std::uint64_t count_ = 0;
  double per_second_ = 0;
};

/// "[#####.....]  50 % 35/70 pages  12/s  3 s left"; without a total (0) "35 pages  12/s". At most
/// `width` columns: the bar gives way first. Pure.
std::string progress_line(std::uint64_t done, std::uint64_t total, double per_second,
                          const std::string& what, std::size_t width);

/// "####......" of `width` columns. Pure.
std::string bar(std::uint64_t done, std::uint64_t total, std::size_t width);

/// "4 s", "2 min 05 s", "3 h 10 min".
std::string time_left(seconds left);

class Progress {
 public:
  /// `what` is counted: "checked".
  explicit Progress(std::string what);
  /// Redraws at most 10 times a second. `total` 0: not known.
  void show(std::uint64_t done, std::uint64_t total);
  /// Takes the line away, so that something else can be written; the next `show` draws it again.
  void clear();
  /// Ends the line. Nothing is shown afterwards.
  void finish();

 private:
  std::string what_;
  bool is_terminal_;
  MonoTime next_{};
  Pace pace_;
  bool is_drawn_ = false;
};

}  // namespace webmon::cli
