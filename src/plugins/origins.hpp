/// Which foreign origins a page uses, and which of them it has never used before. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "lib/core/reference.hpp"
#include "plugins/builder.hpp"
#include "plugins/known_set.hpp"

namespace webmon::plugins {

class Origins {
 public:
  Origins(const Page& page, KnownSet& known) : page_{page}, known_{known} {}

  /// Notes the origin of `reference` if it is foreign. Returns whether it is.
  bool add(const Reference& reference) {
    if (!is_foreign(reference, page_)) return false;
    std::string origin = origin_of(reference, page_);
    if (std::ranges::find(all_, origin) != all_.end()) return true;
    if (all_.size() == kMost) {
      is_cut_ = true;
      return true;
    }
    if (known_.add(origin)) fresh_.push_back(origin);
    all_.push_back(std::move(origin));
    return true;
  }

  /// In order of appearance, at most kMost.
  const std::vector<std::string>& all() const noexcept { return all_; }
  /// Those never seen before. Empty where there are more than can be remembered.
  std::vector<std::string> fresh() const { return is_cut_ ? std::vector<std::string>{} : fresh_; }

 private:
  static constexpr std::size_t kMost = 40;

  const Page& page_;
  KnownSet& known_;
  std::vector<std::string> all_, fresh_;
  bool is_cut_ = false;
};

/// "a, b and 3 more", for messages.
inline std::string in_words(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    text.append(i == 0 ? "" : ", ").append(clean(names[i], 120));
  }
  if (names.size() > kMost) text += " and " + std::to_string(names.size() - kMost) + " more";
  return text;
}

}  // namespace webmon::plugins
