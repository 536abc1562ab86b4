#include "lib/store/fleet.hpp"

#include <boost/json.hpp>

#include "lib/store/fields.hpp"
#include "lib/store/scripts.hpp"

namespace webmon::store {
namespace {

constexpr milliseconds kBeatLife{6'000};
constexpr milliseconds kForgetExecutor{3'600'000};
constexpr std::size_t kMaxExecutors = 10'000;

/// The JSON object in `text`, or nothing if that is not one.
std::optional<boost::json::object> parse_object(std::string_view text) {
  boost::json::error_code code;
  auto value = boost::json::parse(text, code);
  if (code || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

/// An integer member, 0 where there is none: a newer or older build may know others.
std::int64_t integer_of(const boost::json::object& object, std::string_view name) {
  const auto* field = object.if_contains(name);
  return field != nullptr && field->is_int64() ? field->get_int64() : 0;
}

std::string meta_text(int schema, int min_reader) {
  return "schema " + std::to_string(schema) + " (readable by builds of schema " +
         std::to_string(min_reader) + " and later)";
}

}  // namespace

void add_meta_check(Batch& batch, const Keys& keys) {
  const std::vector<std::string> names{keys.meta()};
  const std::vector<std::string> args{number(kSchema), number(kMinReader), number(kPartitions)};
  batch.eval(Script::meta, names, args);
}

Result<void> read_meta_check(const Reply& reply) {
  const auto f = read_values(reply, 3);
  if (!f) return fail(f.error());
  int schema = 0;
  int min_reader = 0;
  unsigned partitions = 0;
  if (auto e = assign(schema, read_number<int>((*f)[0], "schema"))) return fail(std::move(*e));
  if (auto e = assign(min_reader, read_number<int>((*f)[1], "min_reader")))
    return fail(std::move(*e));
  if (auto e = assign(partitions, read_number<unsigned>((*f)[2], "partitions")))
    return fail(std::move(*e));
  if (min_reader > kSchema)
    return fail(Errc::schema, "Redis holds " + meta_text(schema, min_reader) +
                                  ", this build reads schema " + std::to_string(kSchema) +
                                  ": upgrade this program, or point it at another Redis");
  if (schema < 1)
    return fail(Errc::schema, "Redis holds a meta key without a schema: not written by Webmon?");
  if (partitions != kPartitions)
    return fail(Errc::schema, "Redis is divided into " + std::to_string(partitions) +
                                  " partitions, this build uses " + std::to_string(kPartitions));
  return {};
}

void add_time(Batch& batch) { batch.add({"TIME"}); }

Result<StoreTime> read_time(const Reply& reply) {
  const auto f = read_values(reply, 2);
  if (!f) return fail(f.error());
  std::int64_t sec = 0;
  std::int64_t usec = 0;
  if (auto e = assign(sec, read_number<std::int64_t>((*f)[0], "TIME"))) return fail(std::move(*e));
  if (auto e = assign(usec, read_number<std::int64_t>((*f)[1], "TIME"))) return fail(std::move(*e));
  constexpr std::int64_t kYear9999 = 253'402'300'800;
  if (sec < 0 || sec > kYear9999) return fail(Errc::bad_frame, "redis: TIME out of range");
  return store_time_ms(sec * 1000 + usec / 1000);
}

void add_lead(Batch& batch, const Keys& keys, std::string_view token, milliseconds term) {
  const std::vector<std::string> names{keys.leader()};
  const std::vector<std::string> args{std::string{token}, number(term)};
  batch.eval(Script::lead, names, args);
}

Result<bool> read_lead(const Reply& reply) {
  const auto held = as_integer(reply);
  if (!held) return fail(held.error());
  return *held == 1;
}

void add_unlead(Batch& batch, const Keys& keys, std::string_view token) {
  const std::vector<std::string> names{keys.leader()};
  const std::vector<std::string> args{std::string{token}};
  batch.eval(Script::unlead, names, args);
}

void add_leader_report(Batch& batch, const Keys& keys, const LeaderReport& report,
                       milliseconds term) {
  const auto text = boost::json::serialize(
      boost::json::object{{"open_jobs", static_cast<std::int64_t>(report.open_jobs)},
                          {"lag_p50_ms", report.lag_p50.count()},
                          {"lag_p99_ms", report.lag_p99.count()},
                          {"window", static_cast<std::int64_t>(report.window)},
                          {"outstanding", static_cast<std::int64_t>(report.outstanding)}});
  batch.add({"SET", keys.leader_report(), text, "PX", number(term)});
}

void add_leader_report_read(Batch& batch, const Keys& keys) {
  batch.add({"GET", keys.leader_report()});
}

Result<std::optional<LeaderReport>> read_leader_report(const Reply& reply) {
  const auto text = as_text(reply);
  if (!text) return fail(text.error());
  if (text->empty()) return std::optional<LeaderReport>{};
  const auto object = parse_object(*text);
  if (!object) return fail(Errc::bad_frame, "redis: the leader's report is not what we write");
  LeaderReport report;
  report.open_jobs = static_cast<std::uint64_t>(integer_of(*object, "open_jobs"));
  report.lag_p50 = milliseconds{integer_of(*object, "lag_p50_ms")};
  report.lag_p99 = milliseconds{integer_of(*object, "lag_p99_ms")};
  report.window = static_cast<std::size_t>(integer_of(*object, "window"));
  report.outstanding = static_cast<std::size_t>(integer_of(*object, "outstanding"));
  return std::optional{report};
}

std::size_t add_beat(Batch& batch, const Keys& keys, const ExecutorBeat& beat) {
  const auto text = boost::json::serialize(boost::json::object{{"host", beat.host},
                                                               {"slots", beat.slots},
                                                               {"in_flight", beat.in_flight},
                                                               {"beat", to_ms(beat.beat)}});
  batch.add({"SET", keys.executor(beat.id), text, "PX", number(kBeatLife)});
  batch.add({"ZADD", keys.executors(), number(beat.beat), beat.id});
  batch.add({"ZREMRANGEBYSCORE", keys.executors(), "-inf", number(beat.beat - kForgetExecutor)});
  return 3;
}

std::size_t add_bye(Batch& batch, const Keys& keys, std::string_view id) {
  batch.add({"DEL", keys.executor(id)});
  batch.add({"ZREM", keys.executors(), id});
  return 2;
}

void add_executor_ids(Batch& batch, const Keys& keys) {
  batch.add({"ZREVRANGE", keys.executors(), "0", number(kMaxExecutors - 1)});
}

Result<std::vector<std::string>> read_executor_ids(const Reply& reply) {
  const auto items = as_array(reply);
  if (!items) return fail(items.error());
  std::vector<std::string> ids;
  for (const auto& item : *items) ids.push_back(item.text);
  return ids;
}

void add_executor(Batch& batch, const Keys& keys, std::string_view id) {
  batch.add({"GET", keys.executor(id)});
}

Result<std::optional<ExecutorBeat>> read_executor(std::string_view id, const Reply& reply) {
  const auto text = as_text(reply);
  if (!text) return fail(text.error());
  if (text->empty()) return std::optional<ExecutorBeat>{};
  const auto object = parse_object(*text);
  const auto* host = object ? object->if_contains("host") : nullptr;
  if (host == nullptr || !host->is_string())
    return fail(Errc::bad_frame, "redis: an executor's beat is not what we write");
  ExecutorBeat beat;
  beat.id = id;
  beat.host = host->get_string();
  beat.slots = static_cast<int>(integer_of(*object, "slots"));
  beat.in_flight = static_cast<int>(integer_of(*object, "in_flight"));
  beat.beat = store_time_ms(integer_of(*object, "beat"));
  return std::optional{std::move(beat)};
}

}  // namespace webmon::store
