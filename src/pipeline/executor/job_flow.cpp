// The first half of a job's way: claim and fetch. The second is in job_commit.cpp.
#include "pipeline/executor/job_flow.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "lib/core/log.hpp"
#include "lib/stats/model.hpp"
#include "pipeline/executor/commit.hpp"

namespace webmon::executor {
namespace {

constexpr std::uint64_t kPermille = 1'000;

}  // namespace

JobFlow::JobFlow(const WorkerPorts& ports, const ExecutorConfig& config, const HostRules& hosts,
                 const Groups& groups, store::Redis& redis, ReleaseQueue& releases,
                 std::function<void()> on_free)
    : ports_{ports},
      config_{config},
      hosts_{hosts},
      groups_{groups},
      redis_{redis},
      releases_{releases},
      on_free_{std::move(on_free)},
      layout_{history_layout()},
      desk_{{.loop = ports.loop,
             .pages = ports.pages,
             .limits = config.fetch.limits,
             .records = ports.records,
             .redis = &redis,
             .keys = &config.keys,
             .counters = &ports.counters.sides,
             .checks = ports.checks,
             .mark = [this](auto slot, std::uint8_t plugin) { mark_digest(slot, plugin); }}} {
  const auto slots = std::min(config.slots, ports.page.slots());
  for (unsigned slot = slots; slot > 0; --slot) free_.push_back(slot - 1);
}

JobFlow::~JobFlow() {
  for (const auto& [serial, job] : jobs_) ports_.pages.cancel(job->fetch);
}

JobFlow::Job* JobFlow::find(std::uint64_t serial) noexcept {
  const auto found = jobs_.find(serial);
  return found == jobs_.end() ? nullptr : found->second.get();
}

bool JobFlow::is_leased(const Job& job) const noexcept { return job.stage > Stage::claiming; }

void JobFlow::end(Job& job) {
  ports_.pages.cancel(job.fetch);
  if (job.stage == Stage::kept) --kept_;
  ports_.page.drop(ports_.thread, job.slot);
  free_.push_back(job.slot);
  ports_.counters.in_flight.fetch_sub(1, std::memory_order_relaxed);
  jobs_.erase(job.serial);
  on_free_();
}

void JobFlow::abandon(Job& job, store::Release::Kind kind, std::string_view why) {
  store::Release release;
  release.kind = kind;
  release.error = why;
  release.jitter_permille = static_cast<std::uint32_t>(ports_.rng.next() % kPermille);
  const auto until = std::max(job.lease_end, ports_.loop.now() + config_.lease);
  releases_.add({job.ref, job.claim_args.token, std::move(release), until});
  releases_.flush();
  ports_.counters.released.fetch_add(1, std::memory_order_relaxed);
  end(job);
}

void JobFlow::add_asset_reads(store::Batch& batch, const Job& job) const {
  store::add_asset_head(batch, config_.keys, job.ref.asset);
  store::add_model(batch, config_.keys, job.ref.asset);
  batch.add({"GET", config_.keys.report(job.ref.asset)});
}

// ---- received -> claimed

void JobFlow::accept(std::span<const JobId> ids) {
  store::Batch batch;
  Serials serials;
  for (const auto& id : ids) {
    if (free_.empty()) break;  // a hint too many: the dispatcher sends it again
    auto job = std::make_unique<Job>();
    job->serial = next_serial_++;
    job->id = id;
    job->slot = free_.back();
    free_.pop_back();
    serials.push_back(job->serial);
    store::add_job_head(batch, config_.keys, id);
    jobs_.emplace(job->serial, std::move(job));
    ports_.counters.in_flight.fetch_add(1, std::memory_order_relaxed);
  }
  if (serials.empty()) return;
  redis_.send(std::move(batch),
              [this, serials](Replies replies) { on_heads(serials, std::move(replies)); });
}

void JobFlow::on_heads(const Serials& serials, Replies replies) {
  Serials ready;
  const bool is_answered = replies && replies->size() == serials.size();
  if (!is_answered) ports_.counters.store_failures.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < serials.size(); ++i) {
    auto* job = find(serials[i]);
    if (job == nullptr) continue;
    if (is_answered) {
      auto head = store::read_job_head(job->id, (*replies)[i]);
      if (head && *head && (*head)->state == store::JobState::ready) {
        job->ref = std::move((*head)->ref);
        ready.push_back(job->serial);
        continue;
      }
      ports_.counters.dropped.fetch_add(1, std::memory_order_relaxed);
    }
    end(*job);
  }
  if (!ready.empty()) claim(ready);
}

void JobFlow::claim(const Serials& serials) {
  store::Batch batch;
  for (const auto serial : serials) {
    auto& job = *find(serial);
    job.stage = Stage::claiming;
    job.claim_args = {.token = make_token(ports_.rng),
                      .worker = config_.id,
                      .lease = config_.lease,
                      .limits = hosts_.limits_of(job.ref.host)};
    // Before the claim is sent: whatever happens from here on, the supervisor can give it back.
    ports_.page.hold(ports_.thread, job.slot, job.ref, job.claim_args.token);
    store::add_claim(batch, config_.keys, job.ref, job.claim_args);
    add_asset_reads(batch, job);
  }
  const auto sent = ports_.loop.now();
  redis_.send(std::move(batch), [this, serials, sent](Replies replies) {
    on_claims(serials, sent, std::move(replies));
  });
}

void JobFlow::on_claims(const Serials& serials, MonoTime sent, Replies replies) {
  constexpr std::size_t kEach = 1 + kAssetReplies;
  const bool is_answered = replies && replies->size() == serials.size() * kEach;
  if (!is_answered) ports_.counters.store_failures.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < serials.size(); ++i) {
    auto* job = find(serials[i]);
    if (job == nullptr) continue;
    if (is_answered) {
      on_claim(*job, sent, std::span{*replies}.subspan(i * kEach, kEach));
    } else {  // it may have been granted
      log_info("claim not answered: given back", {{"job", job->id.text()}});
      abandon(*job, store::Release::Kind::give_back, "the claim was not answered");
    }
  }
}

void JobFlow::on_claim(Job& job, MonoTime sent, std::span<const store::Reply> replies) {
  auto claim = store::read_claim(replies[0]);
  if (!claim) {
    log_warn("claim failed", {{"job", job.id.text()}, {"error", claim.error().detail}});
    ports_.counters.store_failures.fetch_add(1, std::memory_order_relaxed);
    return end(job);
  }
  if (claim->kind != store::Claim::Kind::claimed) {
    ports_.counters.refused.fetch_add(1, std::memory_order_relaxed);
    return end(job);
  }
  ports_.counters.claimed.fetch_add(1, std::memory_order_relaxed);
  job.claim = std::move(*claim);
  job.lease_end = sent + config_.lease;
  job.renew_at = sent + config_.lease / 3;
  job.stage = Stage::fetching;
  if (is_logged(LogLevel::debug))
    log_debug(
        "job claimed",
        {{"job", job.id.text()}, {"asset", job.ref.asset.text()}, {"attempt", job.claim.attempt}});
  if (!read_asset(job, replies.subspan(1))) return;
  start_fetch(job);
}

/// False: the job is over.
bool JobFlow::read_asset(Job& job, std::span<const store::Reply> replies) {
  auto head = store::read_asset_head(replies[0]);
  const auto model = store::as_text(replies[1]);
  const auto report = store::as_text(replies[2]);
  if (!head || !model || !report) {
    const auto& error = !head ? head.error() : !model ? model.error() : report.error();
    log_error("asset does not read",
              {{"job", job.id.text()}, {"asset", job.ref.asset.text()}, {"error", error.detail}});
    abandon(job, store::Release::Kind::retry, error.detail);
    return false;
  }
  // To begin anew what a newer build has written would destroy what it has learned.
  auto known = Model::check_version(*model);
  if (known) known = store::check_report_version(*report);
  if (!known) {
    log_error(
        "asset of a newer build is left alone",
        {{"job", job.id.text()}, {"asset", job.ref.asset.text()}, {"error", known.error().detail}});
    abandon(job, store::Release::Kind::retry, known.error().detail);
    return false;
  }
  if (!*head) {  // removed since; the dispatcher's next look cancels the job
    abandon(job, store::Release::Kind::give_back, "the asset was removed");
    return false;
  }
  job.head = std::move(**head);
  inherit(job.head.asset, groups_);
  job.model = *model;
  job.report = *report;
  return true;
}

// ---- claimed -> fetched

void JobFlow::start_fetch(Job& job) {
  const auto& asset = job.head.asset;
  fetch::FetchRequest request;
  request.url = asset.url;
  if (asset.request) {
    request.method = asset.request->method;
    request.headers = asset.request->headers;
    request.body = asset.request->body;
  }
  request.tls_verify = asset.tls_verify.value_or(true);
  request.observed_at = job.claim.now;
  job.fetch = ports_.pages.start(std::move(request), [this, serial = job.serial](Page&& page) {
    on_page(serial, std::move(page));
  });
}

void JobFlow::on_page(std::uint64_t serial, Page&& page) {
  auto* job = find(serial);
  if (job == nullptr) return;
  job->fetch = 0;
  job->page = std::move(page);
  count_fetch(ports_.counters, job->page);
  try {
    const Working working{ports_.page, ports_.thread, job->slot};
    add_features(job->page, job->head.asset);
  } catch (const std::bad_alloc&) {
    return abandon(*job, store::Release::Kind::retry, "out of memory");
  }
  ask_sides(*job);
}

std::vector<SidePlan> JobFlow::plan(Job& job, std::span<const SideAnswer> known) {
  const Working working{ports_.page, ports_.thread, job.slot};
  auto input = input_of(job);
  input.sides = known;
  return plan_sides(input);
}

void JobFlow::ask_sides(Job& job) {
  job.stage = Stage::asking;
  job.sides.emplace(
      desk_, ports_.loop, job.page.observed_at, job.slot,
      [this, &job](std::span<const SideAnswer> known) { return plan(job, known); },
      [this, &job] { check_and_commit(job); });
  job.sides->start();
}

}  // namespace webmon::executor
