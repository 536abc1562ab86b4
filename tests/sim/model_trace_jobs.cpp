// Operations of jobs.hpp.
#include "tests/sim/model_trace.hpp"

namespace webmon::sim {

using namespace store;

std::optional<AssetHead> ModelTrace::head_of(AssetId id) {
  const auto head = answer([&](Batch& b) { add_asset_head(b, keys_, id); }, read_asset_head);
  return head ? *head : std::nullopt;
}

const ModelTrace::Held& ModelTrace::some_held() {
  const auto newest = std::min<std::size_t>(held_.size(), 8);
  return dice(5) == 0 ? any(held_) : held_[held_.size() - 1 - dice(newest)];
}

void ModelTrace::submit_job() {
  if (!jobs_.empty() && dice(20) == 0)
    return say([&](Batch& b) { add_submit(b, keys_, any(jobs_)); });
  const auto job = new_job(any(assets_), dice(2) == 0 ? RunId{} : any(runs_).id);
  say([&](Batch& b) { add_submit(b, keys_, job); });
  jobs_.push_back(job);
}

void ModelTrace::claim_job() {
  if (jobs_.empty()) return;
  const auto newest = std::min<std::size_t>(jobs_.size(), 10);
  const auto& job = dice(3) == 0 ? any(jobs_) : jobs_[jobs_.size() - 1 - dice(newest)];
  static constexpr HostLimits kLimits[] = {{0, 0}, {0, 3}, {10, 4}, {0.5, 0}, {0.001, 2}};
  const ClaimArgs args{make_token(rng_), "worker", seconds{1 + dice(90)}, kLimits[dice(5)]};
  const auto claim = answer([&](Batch& b) { add_claim(b, keys_, job, args); }, store::read_claim);
  if (claim && claim->kind == Claim::Kind::claimed) held_.push_back({job, args});
}

void ModelTrace::renew_lease() {
  if (held_.empty()) return;
  auto held = some_held();
  held.args.lease = seconds{1 + dice(200)};
  say([&](Batch& b) { add_renew(b, keys_, held.job, held.args); });
}

void ModelTrace::finish_job() {
  if (held_.empty()) return;
  const auto& held = some_held();
  const auto head = head_of(held.job.asset);
  FinishArgs args;
  args.token = held.args.token;
  args.rev = (head ? head->rev : 1) - (dice(8) == 0 ? 1 : 0);
  args.old_state = head ? head->state : AssetState::unknown;
  args.new_state = static_cast<AssetState>(dice(kAssetStates));
  args.observed = store_time_ms(now_ms() - static_cast<std::int64_t>(dice(100'000)));
  if (dice(4) != 0) args.model = std::string(1 + dice(300), 'm');
  if (dice(4) != 0) args.report = std::string(1 + dice(300), 'r') + '\0' + "\r\n\xff";
  if (dice(3) != 0) args.history_row = std::string(16, static_cast<char>(dice(256)));
  if (dice(6) == 0) args.history_header = "header";
  args.history_size = 200 + 16 * dice(4);
  args.history_offset = 8 + 16 * dice(12);
  args.history_layout = static_cast<std::uint32_t>(rng_.next());
  args.is_told = dice(2) == 0;
  say([&](Batch& b) { add_finish(b, keys_, held.job, args); });
}

/// The script alone: what was to be staged has expired, or one of two.
void ModelTrace::finish_without_blobs() {
  if (held_.empty()) return;
  const auto& held = some_held();
  const auto head = head_of(held.job.asset);
  if (!head) return;
  FinishArgs args;
  args.token = held.args.token;
  args.rev = head->rev;
  args.old_state = args.new_state = head->state;
  args.model = "model";
  args.report = "report";
  Batch batch;
  add_finish(batch, keys_, held.job, args);
  const auto words = words_of(batch, 2);
  std::vector<std::string> names;
  for (auto i = 3U; i < 3 + std::stoul(words[2]); ++i) names.push_back(words[i]);
  Batch script;
  if (dice(2) == 0)
    script.add({"SET", keys_.staged_model(held.job.id, args.token), "m", "PX", "9000"});
  script.eval(Script::finish, names,
              std::vector<std::string>(
                  words.begin() + 3 + static_cast<std::ptrdiff_t>(names.size()), words.end()));
  both(script);
}

void ModelTrace::release_job() {
  if (held_.empty()) return;
  const auto& held = some_held();
  const Release how{static_cast<Release::Kind>(dice(4)), static_cast<std::uint8_t>(1 + dice(4)),
                    std::string(dice(250), 'e'), static_cast<std::uint32_t>(dice(1'001))};
  say([&](Batch& b) { add_release(b, keys_, held.job, held.args.token, how); });
}

void ModelTrace::due_job() {
  if (jobs_.empty()) return;
  const auto jitter = static_cast<std::uint32_t>(dice(1'001));
  say([&](Batch& b) { add_due(b, keys_, any(jobs_), jitter); });
}

/// As the dispatcher does: what the scan says is due, moved.
void ModelTrace::due_scan() {
  const auto limit = dice(12);
  const auto due =
      answer([&](Batch& b) { add_due_scan(b, keys_, some_partition(), virtual_now(), limit); },
             read_due_scan);
  if (!due) return;
  for (const auto& id : *due) {
    const auto head = answer([&](Batch& b) { add_job_head(b, keys_, id); },
                             [&](const Reply& r) { return read_job_head(id, r); });
    if (!head || !*head) return say([&](Batch& b) { add_due_missing(b, keys_, id); });
    const auto jitter = static_cast<std::uint32_t>(dice(1'001));
    say([&](Batch& b) { add_due(b, keys_, (*head)->ref, jitter); });
  }
}

void ModelTrace::due_missing() {
  const auto id = make_id<JobId>(virtual_now(), rng_, some_partition());
  both({"ZADD", keys_.pend(id.partition()), std::to_string(now_ms()), id.text()});
  say([&](Batch& b) { add_job_head(b, keys_, id); });
  say([&](Batch& b) { add_due_missing(b, keys_, id); });
}

/// One job, again and again, until it is dead: by crashes, or by leases that run out.
void ModelTrace::wear_out_job() {
  const auto job = new_job(any(assets_), dice(2) == 0 ? RunId{} : any(runs_).id);
  say([&](Batch& b) { add_submit(b, keys_, job); });
  for (int attempt = 0; attempt < 4; ++attempt) {
    const ClaimArgs args{make_token(rng_), "worker", seconds{5}, {0, 0}};
    say([&](Batch& b) { add_claim(b, keys_, job, args); });
    const Release crash{Release::Kind::crash, 0, "crash", 500};
    if (dice(2) == 0) say([&](Batch& b) { add_release(b, keys_, job, args.token, crash); });
    advance(seconds{6});
    say([&](Batch& b) { add_due(b, keys_, job, 500); });
    advance(seconds{6});
  }
  jobs_.push_back(job);
}

void ModelTrace::cancel_job() {
  if (!jobs_.empty()) say([&](Batch& b) { add_cancel(b, keys_, any(jobs_)); });
}

void ModelTrace::read_job() {
  if (jobs_.empty()) return;
  const auto& job = any(jobs_);
  say([&](Batch& b) {
    add_job_head(b, keys_, job.id);
    add_job(b, keys_, job.id);
    b.add({"PTTL", keys_.job(make_id<JobId>(virtual_now(), rng_, 0))});
    b.add({"ZSCORE", keys_.pend(job.id.partition()), job.id.text()});
  });
}

}  // namespace webmon::sim
