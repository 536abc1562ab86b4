#include "lib/store/runs.hpp"

#include <fmt/format.h>

#include <charconv>

#include "lib/store/fields.hpp"
#include "lib/store/scripts.hpp"

namespace webmon::store {
namespace {

Result<std::bitset<kPartitions>> parse_parts(std::string_view hex) {
  std::uint64_t bits = 0;
  const auto [end, code] = std::from_chars(hex.data(), hex.data() + hex.size(), bits, 16);
  if (code != std::errc{} || end != hex.data() + hex.size())
    return fail(Errc::bad_frame, "redis: field parts is not a number");
  return std::bitset<kPartitions>{bits};
}

/// The counter of RunCounts that a field of a run's part belongs to; null if it is none.
std::uint64_t* counter(RunCounts& counts, std::string_view name) {
  if (name == "total") return &counts.total;
  if (name == "leased") return &counts.leased;
  if (name == "done") return &counts.done;
  if (name == "dead") return &counts.dead;
  if (name == "cancelled") return &counts.cancelled;
  if (!name.starts_with("s:")) return nullptr;
  const auto state = parse_asset_state(name.substr(2));
  return state ? &counts.states[static_cast<std::size_t>(*state)] : nullptr;
}

template <class F>
void each_part(const RunHeader& run, F visit) {
  for (std::size_t p = 0; p < kPartitions; ++p)
    if (run.parts[p]) visit(static_cast<Partition>(p));
}

void add_retire(Batch& batch, const Keys& keys, Partition p, const std::string& list,
                std::string_view mode, std::span<const JobId> jobs) {
  std::vector<std::string> names{keys.kept(p), list};
  std::vector<std::string> args{std::string{mode}};
  for (const auto& id : jobs) {
    names.push_back(keys.job(id));
    args.push_back(id.text());
  }
  batch.eval(Script::retire, names, args);
}

}  // namespace

std::size_t add_run_put(Batch& batch, const Keys& keys, const RunHeader& run) {
  batch.add({"HSET", keys.run(run.id), "what", run.what, "created", number(run.created),
             "submitted", number(run.submitted), "complete", run.is_complete ? "1" : "0", "parts",
             fmt::format("{:x}", run.parts.to_ullong())});
  batch.add({"ZADD", keys.runs(), number(run.created), run.id.text()});
  return 2;
}

void add_run_header(Batch& batch, const Keys& keys, RunId id) {
  batch.add({"HMGET", keys.run(id), "what", "created", "submitted", "complete", "parts", "ended"});
}

Result<std::optional<RunHeader>> read_run_header(RunId id, const Reply& reply) {
  const auto values = read_values(reply, 6);
  if (!values) return fail(values.error());
  const auto& f = *values;
  if (f[1].is_nil()) return std::optional<RunHeader>{};
  RunHeader run;
  run.id = id;
  std::int64_t created = 0;
  std::int64_t ended = 0;
  if (auto e = assign(run.what, as_text(f[0]))) return fail(std::move(*e));
  if (auto e = assign(created, read_number<std::int64_t>(f[1], "created")))
    return fail(std::move(*e));
  if (auto e = assign(run.submitted, read_number<std::uint64_t>(f[2], "submitted")))
    return fail(std::move(*e));
  run.is_complete = f[3].text == "1";
  if (auto e = assign(run.parts, parse_parts(f[4].text))) return fail(std::move(*e));
  if (auto e = assign(ended, read_number<std::int64_t>(f[5], "ended"))) return fail(std::move(*e));
  run.created = store_time_ms(created);
  run.ended = store_time_ms(ended);
  return std::optional{std::move(run)};
}

std::size_t add_run_counts(Batch& batch, const Keys& keys, const RunHeader& run) {
  each_part(run, [&](Partition p) { batch.add({"HGETALL", keys.run_part(p, run.id)}); });
  return run.parts.count();
}

Result<RunCounts> sum_run_counts(std::span<const Reply> replies) {
  RunCounts sum;
  for (const auto& reply : replies) {
    auto seen = each_field(reply, [&](std::string_view name, const Reply& value) -> Result<void> {
      const auto count = read_number<std::uint64_t>(value, name);
      if (!count) return fail(count.error());
      if (auto* target = counter(sum, name)) *target += *count;
      return {};
    });
    if (!seen) return fail(std::move(seen.error()));
  }
  return sum;
}

void add_run_jobs(Batch& batch, const Keys& keys, RunId id, Partition p, std::size_t offset,
                  std::size_t count) {
  // LRANGE counts from the end below 0; none asked for must not become "up to the last".
  const auto last = count == 0 ? std::string{"0"} : number(offset + count - 1);
  batch.add({"LRANGE", keys.run_jobs(p, id), count == 0 ? "1" : number(offset), last});
}

Result<std::vector<JobId>> read_job_ids(const Reply& reply) { return read_ids<JobId>(reply); }

void add_run_list(Batch& batch, const Keys& keys, std::size_t count) {
  batch.add(
      {"ZREVRANGE", keys.runs(), count == 0 ? "1" : "0", count == 0 ? "0" : number(count - 1)});
}

Result<std::vector<RunId>> read_run_list(const Reply& reply) { return read_ids<RunId>(reply); }

namespace {
constexpr std::size_t kSameMs = 64;  ///< runs created in one ms, of which some were read before
}

void add_runs_after(Batch& batch, const Keys& keys, const std::optional<RunPlace>& place,
                    std::size_t count) {
  batch.add({"ZREVRANGEBYSCORE", keys.runs(), place ? number(place->created) : "+inf", "-inf",
             "WITHSCORES", "LIMIT", "0", number(count + kSameMs)});
}

Result<std::vector<RunPlace>> read_runs_after(const Reply& reply,
                                              const std::optional<RunPlace>& place,
                                              std::size_t count) {
  const auto items = as_array(reply);
  if (!items) return fail(items.error());
  std::vector<RunPlace> found;
  for (std::size_t i = 0; i + 1 < items->size() && found.size() < count; i += 2) {
    const auto id = read_id<RunId>((*items)[i]);
    if (!id) return fail(id.error());
    const auto created = read_number<std::int64_t>((*items)[i + 1], "created");
    if (!created) return fail(created.error());
    // Runs of one ms are ordered by id, from the last.
    const bool is_known =
        place && store_time_ms(*created) == place->created && id->text() >= place->id.text();
    if (!is_known) found.push_back({store_time_ms(*created), *id});
  }
  return found;
}

void add_run_retire(Batch& batch, const Keys& keys, RunId id, Partition p,
                    std::span<const JobId> jobs) {
  add_retire(batch, keys, p, keys.run_jobs(p, id), "run", jobs);
}

std::size_t add_run_delete(Batch& batch, const Keys& keys, const RunHeader& run) {
  const auto before = batch.size();
  each_part(run, [&](Partition p) {
    batch.add({"DEL", keys.run_part(p, run.id), keys.run_jobs(p, run.id)});
  });
  batch.add({"DEL", keys.run(run.id)});
  batch.add({"ZREM", keys.runs(), run.id.text()});
  return batch.size() - before;
}

void add_run_mark_ended(Batch& batch, const Keys& keys, RunId id, StoreTime now) {
  const std::vector<std::string> names{keys.run(id)};
  const std::vector<std::string> args{number(now)};
  batch.eval(Script::run_ended, names, args);
}

std::size_t add_kept_overflow(Batch& batch, const Keys& keys, Partition p, std::size_t limit) {
  batch.add({"ZCARD", keys.kept(p)});
  batch.add({"ZRANGE", keys.kept(p), limit == 0 ? "1" : "0", limit == 0 ? "0" : number(limit - 1)});
  return 2;
}

Result<std::vector<JobId>> read_kept_overflow(std::span<const Reply> replies, std::size_t most) {
  if (replies.size() != 2) return fail(Errc::bad_frame, "redis: two replies expected");
  const auto count = read_number<std::size_t>(replies[0], "kept");
  if (!count) return fail(count.error());
  auto oldest = read_ids<JobId>(replies[1]);
  if (!oldest) return oldest;
  const auto surplus = *count > most ? *count - most : 0;
  if (oldest->size() > surplus) oldest->resize(surplus);
  return oldest;
}

void add_kept_retire(Batch& batch, const Keys& keys, Partition p, std::span<const JobId> jobs) {
  add_retire(batch, keys, p, keys.kept(p), "kept", jobs);
}

}  // namespace webmon::store
