#include "lib/store/jobs.hpp"

#include <algorithm>
#include <array>

#include "lib/store/fields.hpp"
#include "lib/store/job_keys.hpp"
#include "lib/store/job_look.hpp"
#include "lib/store/scripts.hpp"

namespace webmon::store {
namespace {

constexpr std::array<std::string_view, 5> kStateNames = {"ready", "leased", "done", "dead",
                                                         "cancelled"};

/// aid run host of an HMGET. The id is what was asked for; a run of '' is nil.
Result<JobRef> read_ref(JobId id, std::span<const Reply> fields) {
  JobRef ref;
  ref.id = id;
  if (auto e = assign(ref.asset, read_id<AssetId>(fields[0]))) return fail(std::move(*e));
  if (!fields[1].text.empty())
    if (auto e = assign(ref.run, read_id<RunId>(fields[1]))) return fail(std::move(*e));
  if (auto e = assign(ref.host, as_text(fields[2]))) return fail(std::move(*e));
  return ref;
}

Result<JobState> read_state(const Reply& reply) {
  const auto text = as_text(reply);
  if (!text) return fail(text.error());
  return parse_job_state(*text);
}

}  // namespace

std::string_view to_string(JobState state) noexcept {
  return kStateNames[static_cast<std::size_t>(state)];
}

Result<JobState> parse_job_state(std::string_view text) {
  const auto* at = std::ranges::find(kStateNames, text);
  if (at == kStateNames.end())
    return fail(Errc::bad_frame, "unknown job state " + std::string{text.substr(0, 32)});
  return static_cast<JobState>(at - kStateNames.begin());
}

Result<std::vector<std::uint8_t>> parse_off(std::string_view text) {
  std::vector<std::uint8_t> off;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto plugin = parse_number<std::uint8_t>(text.substr(0, comma), "off");
    if (!plugin) return fail(plugin.error());
    off.push_back(*plugin);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return off;
}

void add_job_head(Batch& batch, const Keys& keys, JobId id) {
  batch.add({"HMGET", keys.job(id), "st", "aid", "run", "host", "nx"});
}

Result<std::optional<JobHead>> read_job_head(JobId id, const Reply& reply) {
  const auto fields = read_values(reply, 5);
  if (!fields) return fail(fields.error());
  if ((*fields)[0].is_nil()) return std::optional<JobHead>{};
  JobHead head;
  if (auto e = assign(head.state, read_state((*fields)[0]))) return fail(std::move(*e));
  if (auto e = assign(head.ref, read_ref(id, fields->subspan(1)))) return fail(std::move(*e));
  const auto next = read_number<std::int64_t>((*fields)[4], "nx");
  if (!next) return fail(next.error());
  head.next = store_time_ms(*next);
  return std::optional{std::move(head)};
}

void add_job_look(Batch& batch, const Keys& keys, JobId id) {
  batch.add({"HMGET", keys.job(id), "st", "nx"});
}

Result<std::optional<JobLook>> read_job_look(const Reply& reply) {
  const auto fields = read_values(reply, 2);
  if (!fields) return fail(fields.error());
  if ((*fields)[0].is_nil()) return std::optional<JobLook>{};
  JobLook look;
  if (auto e = assign(look.state, read_state((*fields)[0]))) return fail(std::move(*e));
  const auto next = read_number<std::int64_t>((*fields)[1], "nx");
  if (!next) return fail(next.error());
  look.next = store_time_ms(*next);
  return std::optional{look};
}

void add_submit(Batch& batch, const Keys& keys, const JobRef& job) {
  const auto p = job.id.partition();
  std::vector<std::string> names{keys.job(job.id), keys.pend(p), keys.asset(job.asset)};
  std::vector<std::string> args{job.asset.text(), job.host, number(kHintGrace)};
  if (!job.run.is_nil()) {
    names.insert(names.end(), {keys.run_part(p, job.run), keys.run_jobs(p, job.run)});
    args.push_back(job.run.text());
  }
  batch.eval(Script::submit, names, args);
}

Result<Submitted> read_submit(const Reply& reply) {
  return read_word<Submitted>(reply, {{"created", Submitted::created},
                                      {"existed", Submitted::existed},
                                      {"no_asset", Submitted::no_asset}});
}

void add_due_scan(Batch& batch, const Keys& keys, Partition partition, StoreTime now,
                  std::size_t limit) {
  batch.add(
      {"ZRANGEBYSCORE", keys.pend(partition), "-inf", number(now), "LIMIT", "0", number(limit)});
}

Result<std::vector<JobId>> read_due_scan(const Reply& reply) { return read_ids<JobId>(reply); }

void add_due(Batch& batch, const Keys& keys, const JobRef& job, std::uint32_t jitter_permille) {
  auto args = job_args(job);
  args.insert(args.end(), {number(kRedispatch), number(kMaxAttempts), number(kMaxKills),
                           number(kBackoffMost), number(std::min(jitter_permille, 1000U))});
  auto names = job_keys(keys, job);
  names.push_back(keys.dead(job.id.partition()));
  batch.eval(Script::due, names, args);
}

Result<Due> read_due(const Reply& reply) {
  return read_word<Due>(reply, {{"dispatch", Due::dispatch},
                                {"not_yet", Due::not_yet},
                                {"retried", Due::retried},
                                {"dead", Due::dead},
                                {"cancelled", Due::cancelled},
                                {"gone", Due::gone}});
}

void add_due_missing(Batch& batch, const Keys& keys, JobId id) {
  batch.add({"ZREM", keys.pend(id.partition()), id.text()});
}

void add_job(Batch& batch, const Keys& keys, JobId id) {
  batch.add({"HMGET", keys.job(id), "st", "aid", "run", "host", "att", "kills", "wk", "err", "ct",
             "lt", "et", "out", "off"});
}

Result<std::optional<JobRecord>> read_job(JobId id, const Reply& reply) {
  const auto values = read_values(reply, 13);
  if (!values) return fail(values.error());
  const auto& f = *values;
  if (f[0].is_nil()) return std::optional<JobRecord>{};
  JobRecord job;
  std::int64_t created = 0;
  std::int64_t until = 0;
  std::int64_t ended = 0;
  if (auto e = assign(job.state, read_state(f[0]))) return fail(std::move(*e));
  if (auto e = assign(job.ref, read_ref(id, f.subspan(1)))) return fail(std::move(*e));
  if (auto e = assign(job.attempts, read_number<int>(f[4], "att"))) return fail(std::move(*e));
  if (auto e = assign(job.kills, read_number<int>(f[5], "kills"))) return fail(std::move(*e));
  if (auto e = assign(job.worker, as_text(f[6]))) return fail(std::move(*e));
  if (auto e = assign(job.error, as_text(f[7]))) return fail(std::move(*e));
  if (auto e = assign(created, read_number<std::int64_t>(f[8], "ct"))) return fail(std::move(*e));
  if (auto e = assign(until, read_number<std::int64_t>(f[9], "lt"))) return fail(std::move(*e));
  if (auto e = assign(ended, read_number<std::int64_t>(f[10], "et"))) return fail(std::move(*e));
  if (!f[11].text.empty())
    if (auto e = assign(job.result, parse_asset_state(f[11].text))) return fail(std::move(*e));
  if (auto e = assign(job.off, parse_off(f[12].text))) return fail(std::move(*e));
  job.created = store_time_ms(created);
  job.leased_until = store_time_ms(until);
  job.ended = store_time_ms(ended);
  return std::optional{std::move(job)};
}

}  // namespace webmon::store
