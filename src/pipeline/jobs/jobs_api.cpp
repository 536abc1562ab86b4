#include "pipeline/jobs/jobs_api.hpp"

#include <algorithm>
#include <utility>

namespace webmon {

struct JobsApi::Submission {
  std::vector<JobRequest> requests;
  std::vector<SubmittedJob> jobs;  ///< ids from the start, outcomes as they are confirmed
  std::size_t confirmed = 0;
  std::size_t in_batch = 0;
  SubmitDone done;
};

JobsApi::JobsApi(store::Redis& redis, store::Keys keys, JobSender& sender, Clock& clock, Rng& rng)
    : redis_{redis}, keys_{std::move(keys)}, sender_{sender}, clock_{clock}, rng_{rng} {}

JobId JobsApi::job_id(const JobRequest& request) {
  const auto partition = request.asset.partition();
  if (request.key.empty()) return make_id<JobId>(clock_.wall(), rng_, partition);
  return derive_id<JobId>(request.key + "|" + request.asset.text(), partition);
}

void JobsApi::submit(std::vector<JobRequest> requests, SubmitDone done) {
  if (requests.empty()) return done(std::vector<SubmittedJob>{});
  auto submission = std::make_shared<Submission>();
  submission->jobs.reserve(requests.size());
  for (const auto& request : requests) {
    submission->jobs.push_back({job_id(request), request.asset, store::Submitted::created});
  }
  submission->requests = std::move(requests);
  submission->done = std::move(done);
  submit_batch(std::move(submission));
}

void JobsApi::submit_batch(std::shared_ptr<Submission> submission) {
  auto& s = *submission;
  s.in_batch = std::min(kBatch, s.requests.size() - s.confirmed);
  store::Batch batch;
  for (auto i = s.confirmed; i < s.confirmed + s.in_batch; ++i) {
    const auto& request = s.requests[i];
    store::add_submit(batch, keys_, {s.jobs[i].id, request.asset, request.run, request.host});
  }
  redis_.send(std::move(batch), [this, submission = std::move(submission)](auto replies) mutable {
    auto& state = *submission;
    if (!replies) return state.done(fail(std::move(replies.error())));
    for (const auto& reply : *replies) {
      auto outcome = store::read_submit(reply);
      if (!outcome) return state.done(fail(std::move(outcome.error())));
      confirm(state, *outcome);
    }
    if (state.confirmed == state.requests.size()) return state.done(std::move(state.jobs));
    submit_batch(std::move(submission));
  });
}

void JobsApi::confirm(Submission& submission, store::Submitted outcome) {
  auto& job = submission.jobs[submission.confirmed++];
  job.outcome = outcome;
  switch (outcome) {
    case store::Submitted::created:
      ++counters_.created;
      break;
    case store::Submitted::existed:  // its ID was sent when it was created, or the due scan finds
                                     // it
      ++counters_.existed;
      return;
    case store::Submitted::no_asset:
      ++counters_.no_asset;
      return;
  }
  ++(sender_.send(job.id) ? counters_.sent : counters_.unsent);
}

}  // namespace webmon
