#include "lib/store/schedule.hpp"

#include "lib/store/fields.hpp"
#include "lib/store/scripts.hpp"

namespace webmon::store {
namespace {

constexpr std::string_view kOff = "off";

/// The text up to the next `mark`, which is taken off both.
std::string_view cut(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  const auto part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return part;
}

Result<StoreTime> read_score(const Reply& reply) {
  const auto ms = read_number<std::int64_t>(reply, "next");
  if (!ms) return fail(ms.error());
  return store_time_ms(*ms);
}

std::string text_of(const std::optional<StoreTime>& time) { return time ? number(*time) : ""; }

}  // namespace

std::string plan_text(const Asset& asset) {
  if (!asset.enabled) return std::string{kOff};
  auto text = number(asset.interval ? milliseconds{*asset.interval} : milliseconds{0}) + ' ' +
              asset.url.host;
  for (char mark = ' '; const auto& tag : asset.tags) {
    text += mark + tag;
    mark = ',';
  }
  return text;
}

Result<PlanFields> parse_plan_text(std::string_view text) {
  PlanFields fields;
  fields.text = text;
  if (text == kOff) {
    fields.is_enabled = false;
    return fields;
  }
  const auto own = parse_number<std::int64_t>(cut(text, ' '), "sc");
  if (!own) return fail(own.error());
  if (*own > 0) fields.interval = milliseconds{*own};
  fields.host = cut(text, ' ');
  while (!text.empty()) fields.tags.emplace_back(cut(text, ','));
  if (fields.host.empty()) return fail(Errc::bad_frame, "redis: field sc has no host");
  return fields;
}

void add_plan_fields(Batch& batch, const Keys& keys, AssetId id) {
  batch.add({"HMGET", keys.asset(id), "sc", "sj"});
}

Result<std::optional<PlanFields>> read_plan_fields(const Reply& reply) {
  const auto values = read_values(reply, 2);
  if (!values) return fail(values.error());
  if ((*values)[0].is_nil()) return std::optional<PlanFields>{};
  auto fields = parse_plan_text((*values)[0].text);
  if (!fields) return fail(std::move(fields.error()));
  if (!(*values)[1].text.empty())
    if (auto e = assign(fields->last_job, read_id<JobId>((*values)[1]))) return fail(std::move(*e));
  return std::optional{std::move(*fields)};
}

void add_schedule_scan(Batch& batch, const Keys& keys, Partition partition, StoreTime now,
                       std::size_t limit) {
  batch.add({"ZRANGEBYSCORE", keys.next(partition), "-inf", number(now), "WITHSCORES", "LIMIT", "0",
             number(limit)});
}

Result<std::vector<DueAsset>> read_schedule_scan(const Reply& reply) {
  std::vector<DueAsset> due;
  const auto items = as_array(reply);
  if (!items) return fail(items.error());
  if (items->size() % 2 != 0) return fail(Errc::bad_frame, "redis: a member without a score");
  due.reserve(items->size() / 2);
  for (std::size_t i = 0; i < items->size(); i += 2) {
    DueAsset one;
    if (auto e = assign(one.asset, read_id<AssetId>((*items)[i]))) return fail(std::move(*e));
    if (auto e = assign(one.planned, read_score((*items)[i + 1]))) return fail(std::move(*e));
    due.push_back(one);
  }
  return due;
}

void add_schedule(Batch& batch, const Keys& keys, std::span<const PlannedCheck> checks) {
  const auto p = checks.front().asset.partition();
  std::vector<std::string> names{keys.pend(p), keys.next(p)};
  std::vector<std::string> args{number(kHintGrace)};
  names.reserve(2 + 2 * checks.size());
  args.reserve(1 + 4 * checks.size());
  for (const auto& check : checks) {
    names.push_back(keys.asset(check.asset));
    names.push_back(keys.job(check.job));
    args.push_back(number(check.planned));
    args.push_back(number(check.next));
    args.push_back(check.host);
    args.push_back(check.last_job ? check.last_job->text() : "");
  }
  batch.eval(Script::schedule, names, args);
}

Result<std::vector<Scheduled>> read_schedule(const Reply& reply, std::size_t checks) {
  const auto items = read_values(reply, checks);
  if (!items) return fail(items.error());
  std::vector<Scheduled> answers;
  answers.reserve(checks);
  for (const auto& item : *items) {
    const auto word = read_word<Scheduled>(item, {{"created", Scheduled::created},
                                                  {"moved", Scheduled::moved},
                                                  {"busy", Scheduled::busy},
                                                  {"no_asset", Scheduled::no_asset}});
    if (!word) return fail(word.error());
    answers.push_back(*word);
  }
  if (answers.size() != checks) return fail(Errc::bad_frame, "redis: more answers than checks");
  return answers;
}

void add_replan(Batch& batch, const Keys& keys, std::span<const Replan> repairs) {
  std::vector<std::string> names{keys.next(repairs.front().asset.partition())};
  std::vector<std::string> args;
  for (const auto& repair : repairs) {
    names.push_back(keys.asset(repair.asset));
    args.push_back(text_of(repair.before));
    args.push_back(repair.fields_before);
    args.push_back(text_of(repair.after));
    args.push_back(repair.fields_after);
  }
  batch.eval(Script::replan, names, args);
}

Result<std::size_t> read_replan(const Reply& reply) {
  const auto items = as_array(reply);
  if (!items) return fail(items.error());
  std::size_t done = 0;
  for (const auto& item : *items)
    if (item.kind == Reply::Kind::integer && item.integer == 1) ++done;
  return done;
}

void add_next_times(Batch& batch, const Keys& keys, Partition p, std::span<const AssetId> ids) {
  std::vector<std::string> words{"ZMSCORE", keys.next(p)};
  for (const auto& id : ids) words.push_back(id.text());
  const std::vector<std::string_view> views{words.begin(), words.end()};
  batch.add(views);
}

Result<std::vector<std::optional<StoreTime>>> read_next_times(const Reply& reply) {
  const auto items = as_array(reply);
  if (!items) return fail(items.error());
  std::vector<std::optional<StoreTime>> times(items->size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    if ((*items)[i].is_nil()) continue;
    if (auto e = assign(times[i], read_score((*items)[i]))) return fail(std::move(*e));
  }
  return times;
}

void add_set_next_time(Batch& batch, const Keys& keys, AssetId id, std::optional<StoreTime> at) {
  const auto name = keys.next(id.partition());
  if (at)
    batch.add({"ZADD", name, number(*at), id.text()});
  else
    batch.add({"ZREM", name, id.text()});
}

void add_schedule_counts(Batch& batch, const Keys& keys, Partition p, StoreTime now) {
  batch.add({"ZCARD", keys.next(p)});
  batch.add({"ZCOUNT", keys.next(p), "-inf", number(now)});
}

Result<ScheduleCounts> read_schedule_counts(std::span<const Reply> two) {
  ScheduleCounts counts;
  if (auto e = assign(counts.planned, as_integer(two[0]))) return fail(std::move(*e));
  if (auto e = assign(counts.overdue, as_integer(two[1]))) return fail(std::move(*e));
  return counts;
}

void add_open_jobs(Batch& batch, const Keys& keys, Partition p) {
  batch.add({"ZCARD", keys.pend(p)});
}

}  // namespace webmon::store
