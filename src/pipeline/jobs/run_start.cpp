// JobsApi::start_run: one object per run being started, kept alive by the callback that it waits
// for.
#include <algorithm>
#include <utility>

#include "lib/store/fleet.hpp"
#include "pipeline/jobs/jobs_api.hpp"

namespace webmon {
namespace {

/// Appended to the fingerprint under the key once the run is complete: tells "interrupted" from
/// "retired".
constexpr std::string_view kComplete = " complete";

Partition partition_of_key(std::string_view key) { return partition_of_host(key); }

Result<void> check(const std::vector<store::Reply>& replies) {
  for (const auto& reply : replies) {
    if (reply.is_error()) return fail(store::error_of(reply));
  }
  return {};
}

}  // namespace

struct JobsApi::RunStart : std::enable_shared_from_this<JobsApi::RunStart> {
  JobsApi& api;
  RunRequest request;
  std::unique_ptr<AssetSource> source;
  RunDone done;
  store::RunHeader header;
  RunStarted answer;
  TargetPage page;  ///< being submitted

  RunStart(JobsApi& jobs_api, RunRequest run, std::unique_ptr<AssetSource> assets, RunDone callback)
      : api{jobs_api},
        request{std::move(run)},
        source{std::move(assets)},
        done{std::move(callback)} {}

  using Then = void (RunStart::*)(std::vector<store::Reply>);

  /// Sends, and goes on with `then` unless Redis or one of the replies failed.
  void send(store::Batch batch, Then then) {
    api.redis_.send(std::move(batch), [self = shared_from_this(), then](auto replies) {
      if (!replies) return self->end(fail(std::move(replies.error())));
      if (auto ok = check(*replies); !ok) return self->end(fail(std::move(ok.error())));
      ((*self).*then)(std::move(*replies));
    });
  }

  void end(Result<RunStarted> result) { std::exchange(done, nullptr)(std::move(result)); }

  std::string key_name() const {
    // Hashed, so that a client's bytes never become part of a key name.
    return api.keys_.idempotency(header.id.partition(), header.id.text());
  }

  void begin() {
    store::Batch batch;
    store::add_time(batch);
    if (request.key.empty()) return send(std::move(batch), &RunStart::on_time);
    const auto life = std::to_string(kKeyLife.count());
    header.id = derive_id<RunId>("run|" + request.key, partition_of_key(request.key));
    const auto name = key_name();
    batch.add({"SET", name, request.fingerprint, "NX", "GET", "EX", life});
    store::add_run_header(batch, api.keys_, header.id);
    send(std::move(batch), &RunStart::on_key);
  }

  void on_time(std::vector<store::Reply> replies) {
    const auto now = store::read_time(replies.front());
    if (!now) return end(fail(now.error()));
    const auto partition = static_cast<Partition>(api.rng_.next() % kPartitions);
    header.id = make_id<RunId>(*now, api.rng_, partition);
    open(*now);
  }

  void on_key(std::vector<store::Reply> replies) {
    const auto now = store::read_time(replies[0]);
    if (!now) return end(fail(now.error()));
    const auto before = store::as_text(replies[1]);
    if (!before) return end(fail(before.error()));
    auto known = store::read_run_header(header.id, replies[2]);
    if (!known) return end(fail(std::move(known.error())));

    answer.id = header.id;
    const bool is_complete = before->ends_with(kComplete);
    const auto fingerprint =
        is_complete ? before->substr(0, before->size() - kComplete.size()) : *before;
    if (!before->empty() && fingerprint != request.fingerprint) {
      answer.kind = RunStarted::Kind::mismatch;
      return end(std::move(answer));
    }
    if (*known && (*known)->is_complete) {
      header = **known;
      return repeat();
    }
    if (is_complete) {
      answer.kind = RunStarted::Kind::retired;
      return end(std::move(answer));
    }
    // What an interrupted submission has recorded already must stay in the header.
    if (*known) header.parts = (*known)->parts;
    open(*known ? (*known)->created : *now);
  }

  void open(StoreTime created) {
    header.what = request.what;
    header.created = created;
    answer.id = header.id;
    put_header(&RunStart::on_open);
  }

  void put_header(Then then) {
    store::Batch batch;
    store::add_run_put(batch, api.keys_, header);
    send(std::move(batch), then);
  }

  void on_open(std::vector<store::Reply>) { next_page(); }

  void next_page() {
    source->next([self = shared_from_this()](Result<TargetPage> next) {
      if (!next) return self->end(fail(std::move(next.error())));
      self->on_page(std::move(*next));
    });
  }

  void on_page(TargetPage targets) {
    page = std::move(targets);
    answer.skipped += page.skipped;
    if (page.targets.empty()) return page.is_last ? close() : next_page();
    const auto before = header.parts;
    for (const auto& target : page.targets) header.parts.set(target.asset.partition());
    // The header names a partition before a job is counted there, so a status never misses one.
    if (header.parts != before) return put_header(&RunStart::on_parts);
    submit_page();
  }

  void on_parts(std::vector<store::Reply>) { submit_page(); }

  void submit_page() {
    std::vector<JobRequest> requests;
    requests.reserve(page.targets.size());
    for (auto& target : page.targets) {
      requests.push_back({target.asset, std::move(target.host), header.id, request.key});
    }
    api.submit(std::move(requests), [self = shared_from_this()](auto jobs) {
      if (!jobs) return self->end(fail(std::move(jobs.error())));
      self->on_submitted(*jobs);
    });
  }

  void on_submitted(const std::vector<SubmittedJob>& jobs) {
    for (const auto& job : jobs) {
      if (job.outcome == store::Submitted::no_asset) {
        ++answer.skipped;
        continue;
      }
      ++answer.submitted;
      if (answer.jobs.size() < kMaxAnsweredJobs) answer.jobs.push_back(job.id);
    }
    if (page.is_last) return close();
    next_page();
  }

  void close() {
    header.submitted = answer.submitted;
    header.is_complete = true;
    store::Batch batch;
    store::add_run_put(batch, api.keys_, header);
    if (!request.key.empty()) {
      const auto value = request.fingerprint + std::string{kComplete};
      const auto name = key_name();
      batch.add({"SET", name, value, "KEEPTTL"});
    }
    store::add_snap_state(batch, api.keys_);  // last: read behind all writes of the run
    send(std::move(batch), &RunStart::on_closed);
  }

  void on_closed(std::vector<store::Reply> replies) {
    const auto snap = store::read_snap_state(replies.back());
    if (!snap) return end(fail(snap.error()));
    answer.epoch = snap->epoch + 1;
    end(std::move(answer));
  }

  void repeat() {
    answer.kind = RunStarted::Kind::repeated;
    answer.submitted = header.submitted;
    store::Batch batch;
    for (unsigned p = 0; p < kPartitions; ++p) {
      if (!header.parts.test(p)) continue;
      store::add_run_jobs(batch, api.keys_, header.id, static_cast<Partition>(p), 0,
                          kMaxAnsweredJobs);
    }
    store::add_snap_state(batch, api.keys_);
    send(std::move(batch), &RunStart::on_repeated);
  }

  void on_repeated(std::vector<store::Reply> replies) {
    for (std::size_t i = 0; i + 1 < replies.size(); ++i) {
      const auto ids = store::read_job_ids(replies[i]);
      if (!ids) return end(fail(ids.error()));
      const auto room = kMaxAnsweredJobs - answer.jobs.size();
      const auto count = static_cast<std::ptrdiff_t>(std::min(room, ids->size()));
      answer.jobs.insert(answer.jobs.end(), ids->begin(), ids->begin() + count);
    }
    on_closed(std::move(replies));
  }
};

void JobsApi::start_run(RunRequest request, std::unique_ptr<AssetSource> source, RunDone done) {
  std::make_shared<RunStart>(*this, std::move(request), std::move(source), std::move(done))
      ->begin();
}

}  // namespace webmon
