// JobsApi::schedule: the scheduler's way in. One script makes all jobs of a partition.
#include <algorithm>
#include <iterator>
#include <utility>

#include "pipeline/jobs/jobs_api.hpp"

namespace webmon {
namespace {

constexpr std::size_t kMostPerScript = 64;  // so that no script holds Redis for long

/// Lengths of the runs of checks that one script takes each.
std::vector<std::size_t> cut(const std::vector<store::PlannedCheck>& checks) {
  std::vector<std::size_t> lengths;
  for (std::size_t begin = 0; begin < checks.size(); begin += lengths.back()) {
    const auto part = checks[begin].asset.partition();
    auto end = begin + 1;
    while (end < checks.size() && end - begin < kMostPerScript &&
           checks[end].asset.partition() == part)
      ++end;
    lengths.push_back(end - begin);
  }
  return lengths;
}

}  // namespace

void JobsApi::schedule(std::vector<store::PlannedCheck> checks, ScheduleDone done) {
  if (checks.empty()) return done(std::vector<ScheduledCheck>{});
  std::ranges::stable_sort(checks, {}, [](const auto& check) { return check.asset.partition(); });
  for (auto& check : checks)
    check.job = make_id<JobId>(clock_.wall(), rng_, check.asset.partition());
  auto lengths = cut(checks);
  store::Batch batch;
  for (std::size_t at = 0; const auto length : lengths) {
    store::add_schedule(batch, keys_, std::span{checks}.subspan(at, length));
    at += length;
  }
  redis_.send(std::move(batch), [this, checks = std::move(checks), lengths = std::move(lengths),
                                 done = std::move(done)](const auto& replies) mutable {
    if (!replies) return done(fail(replies.error()));
    std::vector<ScheduledCheck> scheduled;
    scheduled.reserve(checks.size());
    std::optional<Error> trouble;
    auto check = std::make_move_iterator(checks.begin());
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      const auto answers = store::read_schedule((*replies)[i], lengths[i]);
      if (!answers) {
        trouble = answers.error();
        std::advance(check, lengths[i]);
        continue;
      }
      for (const auto answer : *answers) scheduled.push_back({*check++, answer});
    }
    for (const auto& [made, answer] : scheduled) confirm(made.job, answer);
    if (trouble && scheduled.empty()) return done(fail(std::move(*trouble)));
    done(std::move(scheduled));
  });
}

void JobsApi::confirm(JobId id, store::Scheduled answer) {
  if (answer == store::Scheduled::no_asset) ++counters_.no_asset;
  if (answer != store::Scheduled::created) return;
  ++counters_.created;
  ++(sender_.send(id) ? counters_.sent : counters_.unsent);
}

}  // namespace webmon
