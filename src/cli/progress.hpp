/// How far something is, on standard error: a bar on a terminal, a line every few seconds
/// elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include "lib/core/clock.hpp"

namespace webmon::cli {

/// "[#####.....] 50 % checked 35/70". Pure.
std::string progress_bar(std::uint64_t done, std::uint64_t total, const std::string& what,
                         std::size_t width);

class Progress {
 public:
  explicit Progress(std::string what);
  /// Redraws at most 20 times a second.
  void show(std::uint64_t done, std::uint64_t total);
  /// Ends the line. Nothing is shown afterwards.
  void finish();

 private:
  std::string what_;
  bool is_terminal_;
  MonoTime next_{};
  std::uint64_t last_ = 0;
  bool is_drawn_ = false;
};

}  // namespace webmon::cli
