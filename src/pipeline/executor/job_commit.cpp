// The second half of a job's way: plugins, commit, and the lease that must hold until then.
#include <algorithm>
#include <new>
#include <utility>

#include "lib/core/log.hpp"
#include "lib/store/report_blob.hpp"
#include "pipeline/executor/commit.hpp"
#include "pipeline/executor/job_flow.hpp"

namespace webmon::executor {
namespace {

constexpr int kMaxStale = 5;
constexpr milliseconds kGiveUpBefore{2'000};  // a result kept longer would race with the next one
constexpr milliseconds kRetryRefused{1'000};

}  // namespace

CheckInput JobFlow::input_of(const Job& job) {
  const auto marker = [this](std::uint8_t plugin) { mark(plugin, ports_.clock.mono()); };
  return {.asset = job.head.asset, .page = job.page, .off = job.claim.off, .marker = marker};
}

void JobFlow::mark(std::uint8_t plugin, MonoTime now) noexcept {
  if (plugin == 0) return ports_.page.leave(ports_.thread);
  ports_.page.enter(ports_.thread, plugin, now);
}

void JobFlow::mark_and_time(std::uint8_t plugin) noexcept {
  const auto now = ports_.clock.mono();
  mark(plugin, now);
  if (plugin == 0)
    ports_.counters.plugins[entered_.plugin].runs.add(now - entered_.at);
  else
    entered_ = {plugin, now};
}

void JobFlow::mark_digest(std::optional<unsigned> slot, std::uint8_t plugin) noexcept {
  ports_.page.work_on(ports_.thread, plugin == 0 ? std::nullopt : slot);
  mark(plugin, ports_.clock.mono());
}

store::FinishArgs JobFlow::compute(Job& job) {
  const Working working{ports_.page, ports_.thread, job.slot};
  auto states = store::decode_plugin_states(job.report);
  if (!states)
    log_warn("report blob does not read; plugins start without state",
             {{"job", job.id.text()},
              {"asset", job.ref.asset.text()},
              {"error", states.error().detail}});
  const auto known = states ? std::move(*states) : std::vector<store::PluginState>{};
  auto input = input_of(job);
  input.states = known;
  input.sides = job.sides->answers();
  input.marker = [this](std::uint8_t plugin) { mark_and_time(plugin); };
  auto entries = run_plugins(input);
  count_reports(ports_.counters, entries);
  auto verdict = judge_entries(job.head.asset, job.page, std::move(entries), job.model,
                               is_late(job.head, job.page));
  if (!verdict.warning.empty())
    log_warn("model does not read; begun anew",
             {{"job", job.id.text()}, {"asset", job.ref.asset.text()}, {"error", verdict.warning}});
  return make_finish(job.head, job.page, std::move(verdict.result), job.id, job.claim_args.token,
                     layout_);
}

/// Also after `stale` and after Redis came back: the plugins are cheap beside a fetch.
void JobFlow::check_and_commit(Job& job) {
  store::Batch batch;
  try {
    auto args = compute(job);
    args.is_told = ports_.counters.is_followed.load(std::memory_order_relaxed);
    store::add_finish(batch, config_.keys, job.ref, args);
  } catch (const std::bad_alloc&) {
    return abandon(job, store::Release::Kind::retry, "out of memory");
  }
  if (job.stage == Stage::kept) --kept_;
  job.retry_at.reset();
  job.stage = Stage::committing;
  redis_.send(std::move(batch), [this, serial = job.serial](Replies replies) {
    on_finish(serial, std::move(replies));
  });
}

void JobFlow::on_finish(std::uint64_t serial, Replies replies) {
  auto* job = find(serial);
  if (job == nullptr) return;
  if (!replies || replies->empty())
    return keep(*job, replies ? Error{Errc::internal, "no answer"} : replies.error());
  const auto finished = store::read_finish(replies->back());
  if (!finished) return keep(*job, finished.error());
  auto& counters = ports_.counters;
  switch (*finished) {
    case store::Finished::stale:
      counters.stale.fetch_add(1, std::memory_order_relaxed);
      return read_again(*job);
    case store::Finished::done:
      counters.done.fetch_add(1, std::memory_order_relaxed);
      counters.checks[static_cast<std::size_t>(job->page.outcome)].fetch_add(
          1, std::memory_order_relaxed);
      if (is_late(job->head, job->page)) counters.late.fetch_add(1, std::memory_order_relaxed);
      if (is_logged(LogLevel::debug))
        log_debug("job done", {{"job", job->id.text()},
                               {"outcome", to_string(job->page.outcome)},
                               {"status", job->page.status}});
      break;
    case store::Finished::fenced:
      counters.fenced.fetch_add(1, std::memory_order_relaxed);
      log_info("commit fenced: the lease was not ours any more", {{"job", job->id.text()}});
      break;
    case store::Finished::cancelled:
      counters.cancelled.fetch_add(1, std::memory_order_relaxed);
      break;
  }
  end(*job);
}

/// Redis did not take the result: it is sent again until shortly before the lease ends.
void JobFlow::keep(Job& job, const Error& error) {
  ports_.counters.store_failures.fetch_add(1, std::memory_order_relaxed);
  if (kept_ >= config_.max_kept_results) {
    ports_.counters.given_up.fetch_add(1, std::memory_order_relaxed);
    log_warn("result dropped: too many wait for Redis", {{"job", job.id.text()}});
    return end(job);
  }
  log_warn("result kept until Redis takes it", {{"job", job.id.text()}, {"error", error.detail}});
  const bool is_away = error.code == Errc::store_down || error.code == Errc::timeout;
  job.retry_at.reset();  // `resume` comes when it is back
  if (!is_away) job.retry_at = ports_.loop.now() + kRetryRefused;
  job.stage = Stage::kept;
  ++kept_;
}

void JobFlow::read_again(Job& job) {
  if (++job.stale > kMaxStale)
    return abandon(job, store::Release::Kind::retry, "overtaken by other commits too often");
  store::Batch batch;
  add_asset_reads(batch, job);
  redis_.send(std::move(batch), [this, serial = job.serial](Replies replies) {
    on_read_again(serial, std::move(replies));
  });
}

void JobFlow::on_read_again(std::uint64_t serial, Replies replies) {
  auto* job = find(serial);
  if (job == nullptr) return;
  if (!replies || replies->size() != kAssetReplies)
    return keep(*job, replies ? Error{Errc::internal, "no answer"} : replies.error());
  const auto fetched = job->head.asset;
  if (!read_asset(*job, *replies)) return;
  if (!is_same_request(fetched, job->head.asset))
    return abandon(*job, store::Release::Kind::give_back, "the asset was changed during the fetch");
  check_and_commit(*job);
}

// ---- leases

milliseconds JobFlow::tick_every() const noexcept {
  return std::clamp(config_.lease / 20, milliseconds{10}, milliseconds{1'000});
}

void JobFlow::resume() {
  Serials kept;
  for (const auto& [serial, job] : jobs_)
    if (job->stage == Stage::kept) kept.push_back(serial);
  for (const auto serial : kept)
    if (auto* job = find(serial)) check_and_commit(*job);
}

void JobFlow::tick() {
  const auto now = ports_.loop.now();
  store::Batch batch;
  Serials renewed, over, again;
  for (const auto& [serial, job] : jobs_) {
    if (!is_leased(*job)) continue;
    const auto margin = job->stage == Stage::kept ? kGiveUpBefore : milliseconds{0};
    if (now >= job->lease_end - std::min(margin, config_.lease / 4)) {
      over.push_back(serial);
    } else if (job->retry_at && now >= *job->retry_at) {
      again.push_back(serial);
    } else if (job->stage <= Stage::asking && now >= job->renew_at) {
      job->renew_at = now + config_.lease / 6;  // unless the answer says later
      store::add_renew(batch, config_.keys, job->ref, job->claim_args);
      renewed.push_back(serial);
    }
  }
  for (const auto serial : over) {
    auto& job = *find(serial);
    auto& counter = job.stage == Stage::kept ? ports_.counters.given_up : ports_.counters.lost;
    counter.fetch_add(1, std::memory_order_relaxed);
    log_warn("lease over before the commit", {{"job", job.id.text()}});
    end(job);
  }
  for (const auto serial : again)
    if (auto* job = find(serial)) check_and_commit(*job);
  if (renewed.empty()) return;
  redis_.send(std::move(batch), [this, renewed, now](Replies replies) {
    on_renewed(renewed, now, std::move(replies));
  });
}

void JobFlow::on_renewed(const Serials& serials, MonoTime sent, Replies replies) {
  if (!replies || replies->size() != serials.size()) return;  // the next tick tries again
  for (std::size_t i = 0; i < serials.size(); ++i) {
    auto* job = find(serials[i]);
    const auto held = store::read_renew((*replies)[i]);
    if (job == nullptr || !held) continue;
    if (*held) {
      job->lease_end = sent + config_.lease;
      job->renew_at = sent + config_.lease / 3;
      continue;
    }
    ports_.counters.lost.fetch_add(1, std::memory_order_relaxed);
    log_info("lease lost", {{"job", job->id.text()}});
    end(*job);
  }
}

void JobFlow::give_back_all() {
  Serials all;
  for (const auto& [serial, job] : jobs_) all.push_back(serial);
  for (const auto serial : all) {
    auto& job = *find(serial);
    if (job.stage == Stage::head)
      end(job);
    else
      abandon(job, store::Release::Kind::give_back, "the executor stops");
  }
}

}  // namespace webmon::executor
