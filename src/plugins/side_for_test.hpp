/// Answers beside the page for the tests of this folder, as the executor would hand them over: what
/// the plugin plans, answered, digested, until it wants no more.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {

inline std::vector<std::string> wishes_of(std::string_view plugin, const Page& page,
                                          const Asset& asset = {},
                                          std::span<const SideResult> known = {}) {
  std::vector<std::string> targets;
  for (auto& one : find_plugin(plugin)->plan(page, asset, known)) {
    targets.push_back(std::move(one.target));
  }
  return targets;
}

class Answers {
 public:
  /// Makes each answer, whose URL is set, status 200.
  using Answer = std::function<void(Page&)>;

  Answers(std::string_view plugin, const Page& page, const Answer& answer, const Asset& asset = {},
          bool is_fresh = true) {
    const auto ask = find_plugin(plugin)->plan;
    for (int round = 0; round < 3; ++round) {
      for (auto& request : ask(page, asset, sides())) {
        if (find_side(sides_, request.target) != nullptr) continue;
        Page got;
        got.url = got_url(request.target);
        got.outcome = Outcome::ok;
        got.status = 200;
        if (answer) answer(got);
        const bool is_ok = got.outcome == Outcome::ok || got.outcome == Outcome::too_large;
        texts_.push_back(std::make_unique<std::pair<std::string, std::string>>(
            request.target, is_ok ? request.digest(got) : std::string{to_string(got.outcome)}));
        sides_.push_back({.kind = request.kind,
                          .target = texts_.back()->first,
                          .answer = texts_.back()->second,
                          .is_ok = is_ok,
                          .is_fresh = is_fresh});
      }
    }
  }

  /// Nobody answers.
  static Answers none(std::string_view plugin, const Page& page, const Asset& asset = {}) {
    return {plugin, page, [](Page& answer) { answer.outcome = Outcome::timeout; }, asset};
  }

  std::span<const SideResult> sides() const noexcept { return sides_; }

 private:
  static Url got_url(const std::string& target) {
    auto url = parse_url(target);
    EXPECT_TRUE(url) << target;
    return url ? *url : Url{};
  }

  std::vector<std::unique_ptr<std::pair<std::string, std::string>>> texts_;
  std::vector<SideResult> sides_;
};

}  // namespace webmon::plugins
