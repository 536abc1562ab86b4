#include "tests/sim/model_trace.hpp"

#include <array>
#include <numeric>

namespace webmon::sim {

using namespace store;

std::span<const ModelTrace::Operation> ModelTrace::operations() {
  using T = ModelTrace;
  static constexpr std::array kAll = {
      Operation{160, &T::submit_job},
      Operation{200, &T::claim_job},
      Operation{30, &T::renew_lease},
      Operation{120, &T::finish_job},
      Operation{10, &T::finish_without_blobs},
      Operation{60, &T::release_job},
      Operation{20, &T::due_job},
      Operation{60, &T::due_scan},
      Operation{5, &T::due_missing},
      Operation{30, &T::cancel_job},
      Operation{40, &T::read_job},
      Operation{15, &T::create_asset},
      Operation{30, &T::update_asset},
      Operation{10, &T::remove_asset},
      Operation{10, &T::trash_asset},
      Operation{8, &T::restore_asset},
      Operation{6, &T::purge_asset},
      Operation{6, &T::change_group},
      Operation{5, &T::import_asset},
      Operation{20, &T::list_assets},
      Operation{20, &T::look_up_asset},
      Operation{8, &T::put_run},
      Operation{20, &T::count_run},
      Operation{10, &T::list_run_jobs},
      Operation{20, &T::retire_run},
      Operation{3, &T::delete_run},
      Operation{15, &T::trim_kept},
      Operation{20, &T::lead_or_not},
      Operation{20, &T::snapshot},
      Operation{5, &T::check_meta},
      Operation{2, &T::wear_out_job},
      Operation{20, &T::beat},
      Operation{10, &T::list_executors},
      Operation{10, &T::idempotency_key},
      Operation{10, &T::journal_marker},
  };
  return kAll;
}

void ModelTrace::step(bool fuzz) {
  if (fuzz && dice(4) == 0) return fuzz_script();
  static const auto kSum = std::accumulate(
      operations().begin(), operations().end(), 0U,
      [](unsigned sum, const Operation& operation) { return sum + operation.weight; });
  auto drawn = dice(kSum);
  for (const auto& operation : operations()) {
    if (drawn < operation.weight) return (this->*operation.run)();
    drawn -= operation.weight;
  }
}

void ModelTrace::live(std::uint64_t seed, int count, bool fuzz) {
  SCOPED_TRACE("seed " + std::to_string(seed) + (fuzz ? " with fuzz" : ""));
  rng_ = SeededRng{seed};
  assets_.clear();
  runs_.clear();
  jobs_.clear();
  held_.clear();
  start_over();
  for (int i = 0; i < 12; ++i) create_asset();
  for (int i = 0; i < 3; ++i) put_run();
  for (int i = 0; i < count && !HasFailure(); ++i) {
    if (fuzz && i % 50 == 0) look_at_keys();
    step(fuzz);
    if (dice(60) == 0) advance(milliseconds{dice(dice(4) == 0 ? 90'000 : 3'000)});
    if (dice(2'000) == 0) compare_keys();
  }
  if (!HasFailure()) compare_keys();
}

void ModelTrace::look_at_keys() {
  known_.clear();
  model_.each_key("wm:", [&](const Record& record) { known_.push_back(record.key); });
  std::ranges::sort(known_);  // the model's order is no part of the seed
}

std::string ModelTrace::fuzz_word() {
  switch (dice(8)) {
    case 0:
      return jobs_.empty() ? "" : any(jobs_).id.text();
    case 1:
      return any(assets_).id.text();
    case 2:
      return held_.empty() ? "token" : any(held_).args.token;
    case 3:
      return std::to_string(dice(100));
    case 4:
      return std::to_string(now_ms() + static_cast<std::int64_t>(dice(100'000)));
    case 5:
      return dice(2) == 0 ? "1" : "";
    case 6:
      return std::to_string(static_cast<double>(dice(1'000)) / 7);
    default:
      static constexpr std::array kWords = {"up",    "down",  "run",   "kept", "retry",
                                            "blame", "crash", "pause", "x",    "give_back"};
      return kWords[dice(kWords.size())];
  }
}

void ModelTrace::fuzz_script() {
  // Mostly keys of one job: else nothing would ever get past the first look.
  std::vector<std::string> names;
  std::vector<std::string> args;
  if (!jobs_.empty() && dice(2) == 0) {
    const auto& job = any(jobs_);
    const auto p = job.id.partition();
    names = {keys_.job(job.id), keys_.pend(p), keys_.asset(job.asset),    keys_.bucket(p, job.host),
             keys_.dead(p),     keys_.kept(p), keys_.run_part(p, job.run)};
    args = {job.id.text(), dice(2) == 0 ? "1" : ""};
    if (!held_.empty()) args.push_back(any(held_).args.token);
  }
  for (auto more = dice(12); more > 0; --more) names.push_back(any(known_));
  for (auto more = dice(16); more > 0; --more) args.push_back(fuzz_word());
  say([&](Batch& b) { b.eval(static_cast<Script>(dice(kScripts)), names, args); });
  for (const auto& name : names)
    if (const auto end = model_.expires_ms(name); end && *end < now_ms() + kShortestLife)
      both({"DEL", name});
}

}  // namespace webmon::sim
