#include "lib/store/events.hpp"

#include <array>

#include "lib/store/fields.hpp"

namespace webmon::store {
namespace {

constexpr std::string_view kField = "e";  ///< the one field of an entry of the stream

Error unreadable(std::string_view entry) {
  return {Errc::bad_frame, "redis: not an event: " + std::string{entry.substr(0, 200)}};
}

/// Exactly N words.
template <std::size_t N>
std::optional<std::array<std::string_view, N>> split(std::string_view text) {
  std::array<std::string_view, N> words;
  for (std::size_t i = 0; i < N; ++i) {
    const auto end = text.find(' ');
    if ((end == text.npos) != (i + 1 == N)) return std::nullopt;
    words[i] = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return words;
}

}  // namespace

void add_listening(Batch& batch, const Keys& keys) {
  batch.add({"SET", keys.listening(), "1", "EX", number(kListeningLife.count())});
}

void add_is_listening(Batch& batch, const Keys& keys) { batch.add({"EXISTS", keys.listening()}); }

Result<bool> read_is_listening(const Reply& reply) {
  const auto count = as_integer(reply);
  if (!count) return fail(count.error());
  return *count > 0;
}

Result<ResultEvent> parse_result_event(std::string_view entry) {
  const auto words = split<6>(entry);
  if (!words) return fail(unreadable(entry));
  const auto& w = *words;
  const auto asset = parse_id<AssetId>(w[0]);
  const auto job = parse_id<JobId>(w[1]);
  const auto run = w[2] == "-" ? Result<RunId>{RunId{}} : parse_id<RunId>(w[2]);
  const auto state = parse_asset_state(w[3]);
  const auto previous = parse_asset_state(w[4]);
  const auto observed = parse_number<std::int64_t>(w[5], "observed");
  if (!asset || !job || !run || !state || !previous || !observed || w[5].empty())
    return fail(unreadable(entry));
  return ResultEvent{*asset, *job, *run, *state, *previous, store_time_ms(*observed)};
}

void add_outbox(Batch& batch, const Keys& keys, Partition partition, std::size_t limit) {
  batch.add({"LRANGE", keys.outbox(partition), "0", number(limit - 1)});
}

Result<std::vector<std::string>> read_outbox(const Reply& reply) {
  const auto items = as_array(reply);
  if (!items) return fail(items.error());
  std::vector<std::string> entries;
  for (const auto& item : *items) entries.push_back(item.text);
  return entries;
}

void add_publish(Batch& batch, const Keys& keys, Partition partition,
                 const std::vector<std::string>& entries) {
  for (const auto& entry : entries) batch.add({"XADD", keys.events(), "*", kField, entry});
  batch.add({"LTRIM", keys.outbox(partition), number(entries.size()), "-1"});
}

void add_trim_events(Batch& batch, const Keys& keys) {
  batch.add({"XTRIM", keys.events(), "MAXLEN", "~", number(kMaxEvents)});
}

Result<EventId> parse_event_id(std::string_view text) {
  const auto dash = text.find('-');
  const auto before = text.substr(0, dash);
  const auto after = dash == text.npos ? std::string_view{} : text.substr(dash + 1);
  const auto ms = parse_number<std::uint64_t>(before, "id");
  const auto count = parse_number<std::uint64_t>(after, "id");
  if (before.empty() || after.empty() || !ms || !count)
    return fail(Errc::bad_input, "an event id is two numbers, such as 1764042000123-0");
  return EventId{*ms, *count};
}

std::string to_string(const EventId& id) { return number(id.ms) + '-' + number(id.number); }

void add_events(Batch& batch, const Keys& keys, const EventId& after, std::size_t limit) {
  batch.add({"XRANGE", keys.events(), '(' + to_string(after), "+", "COUNT", number(limit)});
}

Result<EventPage> read_events(const Reply& reply, std::size_t limit) {
  const auto items = as_array(reply);
  if (!items) return fail(items.error());
  EventPage page;
  page.is_full = items->size() >= limit;
  for (const auto& item : *items) {
    if (item.items.size() != 2) return fail(Errc::bad_frame, "redis: not an entry of a stream");
    const auto id = parse_event_id(item.items[0].text);
    if (!id) return fail(Errc::bad_frame, "redis: " + id.error().detail);
    page.last = *id;
    const auto& fields = item.items[1].items;
    if (fields.size() < 2 || fields[0].text != kField) continue;
    if (auto result = parse_result_event(fields[1].text); result)
      page.events.push_back({*id, *result});
  }
  return page;
}

void add_event_span(Batch& batch, const Keys& keys) {
  batch.add({"XINFO", "STREAM", keys.events()});
}

Result<EventSpan> read_event_span(const Reply& reply) {
  EventSpan span;
  if (reply.is_error() && reply.text.find("no such key") != std::string::npos) return span;
  const auto items = as_array(reply);
  if (!items) return fail(items.error());
  std::int64_t length = 0, added = 0;
  for (std::size_t i = 0; i + 1 < items->size(); i += 2) {
    const auto& name = (*items)[i].text;
    const auto& value = (*items)[i + 1];
    if (name == "length") length = value.integer;
    if (name == "entries-added") added = value.integer;
    if (name == "last-generated-id") {
      const auto last = parse_event_id(value.text);
      if (!last) return fail(Errc::bad_frame, "redis: " + last.error().detail);
      span.last = *last;
    }
    if (name == "first-entry" && !value.items.empty()) {
      const auto oldest = parse_event_id(value.items[0].text);
      if (!oldest) return fail(Errc::bad_frame, "redis: " + oldest.error().detail);
      span.oldest = *oldest;
    }
  }
  span.has_dropped = added > length;
  return span;
}

}  // namespace webmon::store
