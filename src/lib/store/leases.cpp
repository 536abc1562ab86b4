// The scripts that move a leased job: claim, renew, finish, release, cancel (jobs.hpp).
#include <algorithm>
#include <cmath>

#include "lib/store/fields.hpp"
#include "lib/store/job_keys.hpp"
#include "lib/store/jobs.hpp"
#include "lib/store/scripts.hpp"

namespace webmon::store {
namespace {

constexpr std::string_view kStagedMs = "60000";
constexpr std::size_t kMaxError = 200;

std::string rate_text(double per_second) {
  return std::isfinite(per_second) && per_second > 0 ? std::to_string(per_second) : "0";
}

std::string_view word(Release::Kind kind) {
  switch (kind) {
    case Release::Kind::give_back:
      return "give_back";
    case Release::Kind::retry:
      return "retry";
    case Release::Kind::blame:
      return "blame";
    case Release::Kind::crash:
      return "crash";
  }
  return "retry";
}

void stage(Batch& batch, const std::string& key, std::string_view blob) {
  batch.add({"SET", key, blob, "PX", kStagedMs});
}

}  // namespace

void add_claim(Batch& batch, const Keys& keys, const JobRef& job, const ClaimArgs& args) {
  auto words = job_args(job);
  words.insert(words.end(), {args.token, args.worker, number(args.lease)});
  const auto& limits = args.limits;
  if (limits.per_second > 0 || limits.at_once > 0)
    words.insert(words.end(), {rate_text(limits.per_second), number(std::max(0, limits.at_once))});
  batch.eval(Script::claim, job_keys(keys, job), words);
}

Result<Claim> read_claim(const Reply& reply) {
  const auto values = read_values(reply, 2);
  if (!values) return fail(values.error());
  const auto& f = *values;
  using Kind = Claim::Kind;
  Claim claim;
  std::int64_t now = 0;
  if (auto e = assign(claim.kind, read_word<Kind>(f[0], {{"claimed", Kind::claimed},
                                                         {"refused", Kind::refused},
                                                         {"postponed", Kind::postponed},
                                                         {"cancelled", Kind::cancelled},
                                                         {"gone", Kind::gone}})))
    return fail(std::move(*e));
  if (auto e = assign(now, read_number<std::int64_t>(f[1], "now"))) return fail(std::move(*e));
  claim.now = store_time_ms(now);
  const std::size_t wanted = claim.kind == Kind::claimed     ? 6
                             : claim.kind == Kind::postponed ? 3
                                                             : 2;
  if (f.size() < wanted) return fail(Errc::bad_frame, "redis: claim answered too little");
  if (wanted < 3) return claim;
  std::int64_t until = 0;
  if (auto e = assign(until, read_number<std::int64_t>(f[2], "lt"))) return fail(std::move(*e));
  claim.until = store_time_ms(until);
  if (wanted < 6) return claim;
  if (auto e = assign(claim.attempt, read_number<int>(f[3], "att"))) return fail(std::move(*e));
  if (auto e = assign(claim.kills, read_number<int>(f[4], "kills"))) return fail(std::move(*e));
  if (auto e = assign(claim.off, parse_off(f[5].text))) return fail(std::move(*e));
  return claim;
}

void add_renew(Batch& batch, const Keys& keys, const JobRef& job, const ClaimArgs& args) {
  const auto p = job.id.partition();
  const std::vector<std::string> names{keys.job(job.id), keys.pend(p), keys.bucket(p, job.host)};
  const std::vector<std::string> words{args.token, number(args.lease)};
  batch.eval(Script::renew, names, words);
}

Result<bool> read_renew(const Reply& reply) {
  const auto held = as_integer(reply);
  if (!held) return fail(held.error());
  return *held == 1;
}

std::size_t add_finish(Batch& batch, const Keys& keys, const JobRef& job, const FinishArgs& args) {
  const auto before = batch.size();
  const auto p = job.id.partition();
  auto names = job_keys(keys, job);
  auto words = job_args(job);
  std::string staged;
  words.insert(words.end(), {args.token, number(args.rev), std::string{to_string(args.old_state)},
                             std::string{to_string(args.new_state)}, number(args.observed),
                             number(args.history_layout)});
  if (!args.history_row.empty()) names.push_back(keys.history(job.asset));
  if (!args.history_row.empty() && !args.history_header.empty())
    names.push_back(keys.old_history(job.asset));
  const auto put = [&](char kind, std::string target, std::string source, std::string_view blob) {
    if (blob.empty()) return;
    stage(batch, source, blob);
    staged += kind;
    names.insert(names.end(), {std::move(target), std::move(source)});
  };
  put('m', keys.model(job.asset), keys.staged_model(job.id, args.token), args.model);
  put('r', keys.report(job.asset), keys.staged_report(job.id, args.token), args.report);
  if (args.old_state != args.new_state)
    names.insert(names.end(), {keys.state(p, args.old_state), keys.state(p, args.new_state)});
  if (args.is_told || args.old_state != args.new_state) names.push_back(keys.outbox(p));
  words.push_back(staged);
  if (!args.history_row.empty())
    words.insert(words.end(), {number(args.history_offset), args.history_row});
  if (!args.history_row.empty() && !args.history_header.empty())
    words.insert(words.end(), {args.history_header, number(args.history_size)});
  batch.eval(Script::finish, names, words);
  return batch.size() - before;
}

Result<Finished> read_finish(const Reply& reply) {
  return read_word<Finished>(reply, {{"done", Finished::done},
                                     {"fenced", Finished::fenced},
                                     {"stale", Finished::stale},
                                     {"cancelled", Finished::cancelled}});
}

void add_release(Batch& batch, const Keys& keys, const JobRef& job, std::string_view token,
                 const Release& release) {
  auto words = job_args(job);
  words.insert(words.end(), {std::string{token}, std::string{word(release.kind)},
                             number(unsigned{release.plugin}), release.error.substr(0, kMaxError),
                             number(kMaxAttempts), number(kMaxKills), number(kBackoffMost),
                             number(std::min(release.jitter_permille, 1000U))});
  auto names = job_keys(keys, job);
  names.push_back(keys.dead(job.id.partition()));
  batch.eval(Script::release, names, words);
}

Result<Released> read_release(const Reply& reply) {
  return read_word<Released>(
      reply, {{"ready", Released::ready}, {"dead", Released::dead}, {"fenced", Released::fenced}});
}

void add_cancel(Batch& batch, const Keys& keys, const JobRef& job) {
  batch.eval(Script::cancel, job_keys(keys, job), job_args(job));
}

Result<Cancelled> read_cancel(const Reply& reply) {
  return read_word<Cancelled>(reply, {{"cancelled", Cancelled::cancelled},
                                      {"already_ended", Cancelled::already_ended},
                                      {"gone", Cancelled::gone}});
}

}  // namespace webmon::store
