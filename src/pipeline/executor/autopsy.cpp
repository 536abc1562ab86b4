#include "pipeline/executor/autopsy.hpp"

#include <algorithm>
#include <utility>

namespace webmon::executor {
namespace {

struct Culprit {
  unsigned thread, slot;
  std::uint8_t plugin;  // 0: outside plugins
  std::string_view what;
};

std::optional<Culprit> culprit_of(const Remains& remains) {
  const auto& marks = remains.marks;
  if (const auto& overrun = remains.killed_for; overrun && overrun->thread < marks.size()) {
    // It may have left the plugin between the look and the kill; then it is as innocent as the
    // rest.
    const auto& mark = marks[overrun->thread];
    if (mark == overrun->mark && mark.slot)
      return Culprit{overrun->thread, *mark.slot, mark.plugin, "a plugin overran its deadline"};
    return std::nullopt;
  }
  if (!remains.crashed_thread || *remains.crashed_thread >= marks.size()) return std::nullopt;
  const auto& mark = marks[*remains.crashed_thread];
  if (!mark.slot) return std::nullopt;
  return Culprit{*remains.crashed_thread, *mark.slot, mark.plugin,
                 mark.plugin == 0 ? "the worker crashed on this job" : "a plugin crashed"};
}

store::Release sentence(const std::optional<Culprit>& culprit, const HeldLease& lease) {
  store::Release release;
  if (!culprit || culprit->thread != lease.thread || culprit->slot != lease.slot) return release;
  release.kind = culprit->plugin == 0 ? store::Release::Kind::crash : store::Release::Kind::blame;
  release.plugin = culprit->plugin;
  release.error = culprit->what;
  return release;
}

}  // namespace

std::optional<Overrun> find_overrun(std::span<const Mark> marks, MonoTime now, nanoseconds deadline,
                                    MonoTime awake_since) {
  std::optional<Overrun> longest;
  for (unsigned thread = 0; thread < marks.size(); ++thread) {
    const auto& mark = marks[thread];
    if (mark.plugin == 0 || now - std::max(mark.entered, awake_since) <= deadline) continue;
    if (!longest || mark.entered < longest->mark.entered) longest = Overrun{thread, mark};
  }
  return longest;
}

Remains examine(const LeasePage& page, std::optional<Overrun> killed_for) {
  Remains remains;
  for (unsigned thread = 0; thread < page.threads(); ++thread)
    remains.marks.push_back(page.mark(thread));
  remains.held = page.held();
  remains.crashed_thread = page.crashed_thread();
  remains.killed_for = killed_for;
  return remains;
}

std::vector<Settlement> settle(Remains remains) {
  const auto culprit = culprit_of(remains);
  std::vector<Settlement> settled;
  settled.reserve(remains.held.size());
  for (auto& lease : remains.held) {
    auto release = sentence(culprit, lease);
    settled.push_back({std::move(lease), std::move(release)});
  }
  return settled;
}

}  // namespace webmon::executor
