// Operations of runs.hpp and fleet.hpp, and the plain commands of the api.
#include "tests/sim/model_trace.hpp"

namespace webmon::sim {

using namespace store;

void ModelTrace::put_run() {
  RunHeader run;
  run.id = make_id<RunId>(virtual_now(), rng_, some_partition());
  if (!runs_.empty() && dice(2) == 0) run.id = any(runs_).id;
  run.what = "all";
  run.created = virtual_now();
  run.submitted = dice(1'000);
  run.is_complete = dice(2) == 0;
  for (int i = 0; i < 4; ++i) run.parts.set(some_partition());
  say([&](Batch& b) { add_run_put(b, keys_, run); });
  runs_.push_back(run);
}

void ModelTrace::count_run() {
  const auto& run = any(runs_);
  say([&](Batch& b) {
    add_run_header(b, keys_, run.id);
    add_run_counts(b, keys_, run);
    add_run_list(b, keys_, dice(4));
    if (dice(3) == 0) add_run_mark_ended(b, keys_, run.id, virtual_now());
  });
}

void ModelTrace::list_run_jobs() {
  const auto& run = any(runs_);
  say([&](Batch& b) { add_run_jobs(b, keys_, run.id, some_partition(), dice(5), dice(20)); });
}

void ModelTrace::retire_run() {
  const auto& run = any(runs_);
  const auto p = some_partition();
  const auto jobs =
      answer([&](Batch& b) { add_run_jobs(b, keys_, run.id, p, 0, 1 + dice(10)); }, read_job_ids);
  if (!jobs) return;
  auto ids = *jobs;
  if (!ids.empty() && dice(10) == 0) ids.erase(ids.begin());  // somebody else was faster
  say([&](Batch& b) { add_run_retire(b, keys_, run.id, p, ids); });
}

void ModelTrace::delete_run() {
  say([&](Batch& b) { add_run_delete(b, keys_, any(runs_)); });
}

void ModelTrace::trim_kept() {
  const auto p = some_partition();
  Batch batch;
  add_kept_overflow(batch, keys_, p, dice(10));
  const auto answers = both(batch);
  const auto oldest = read_kept_overflow(answers, static_cast<int>(dice(20)));
  if (oldest) say([&](Batch& b) { add_kept_retire(b, keys_, p, *oldest); });
}

void ModelTrace::lead_or_not() {
  const std::string token = dice(2) == 0 ? "one" : "two";
  say([&](Batch& b) {
    if (dice(4) == 0)
      add_unlead(b, keys_, token);
    else
      add_lead(b, keys_, token, seconds{5 + dice(30)});
    b.add({"EXISTS", keys_.leader()});
  });
}

void ModelTrace::snapshot() {
  const auto state = answer([&](Batch& b) { add_snap_state(b, keys_); }, read_snap_state);
  if (!state) return;
  const auto boot = "boot" + std::to_string(dice(4));
  say([&](Batch& b) {
    if (dice(5) == 0) add_snap_boot(b, keys_, boot, *state, virtual_now());
    if (dice(2) == 0) add_snap_begin(b, keys_);
    add_snap_durable(b, keys_, state->epoch, milliseconds{dice(500)});
  });
}

void ModelTrace::check_meta() {
  if (dice(4) == 0) both({"DEL", keys_.meta()});
  say([&](Batch& b) { add_meta_check(b, keys_); });
}

void ModelTrace::beat() {
  const ExecutorBeat beat{"executor-" + std::to_string(dice(5)), "host", 8,
                          static_cast<int>(dice(9)),
                          store_time_ms(now_ms() - static_cast<std::int64_t>(dice(4'000'000)))};
  say([&](Batch& b) {
    if (dice(8) == 0)
      add_bye(b, keys_, beat.id);
    else
      add_beat(b, keys_, beat);
  });
}

void ModelTrace::list_executors() {
  const auto id = "executor-" + std::to_string(dice(5));
  say([&](Batch& b) {
    add_executor_ids(b, keys_);
    add_executor(b, keys_, id);
  });
}

void ModelTrace::idempotency_key() {
  const auto name = keys_.idempotency(some_partition(), std::to_string(dice(20)));
  if (dice(3) == 0) both({"SET", name, "fingerprint", "KEEPTTL"});
  both({"SET", name, "print" + std::to_string(dice(3)), "NX", "GET", "EX", "86400"});
}

void ModelTrace::journal_marker() {
  const auto name = keys_.journal("api-" + std::to_string(dice(3)));
  both({"SET", name, std::to_string(rng_.next()), "EX", "604800"});
  both({"GET", name});
}

}  // namespace webmon::sim
