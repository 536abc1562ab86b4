// Commands on streams: what the event feed needs, no groups.
#include <array>
#include <charconv>

#include "tests/sim/model_commands.hpp"

namespace webmon::sim {
namespace {

constexpr std::string_view kBadId = "ERR Invalid stream ID specified as stream command argument";
constexpr std::string_view kSmallId =
    "ERR The ID specified in XADD is equal or smaller than the target stream top item";
constexpr std::string_view kZeroId = "ERR The ID specified in XADD must be greater than 0-0";

std::optional<std::uint64_t> parse_part(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [at, code] = std::from_chars(text.data(), end, value);
  if (text.empty() || code != std::errc{} || at != end) return std::nullopt;
  return value;
}

/// "5-1"; a missing number is `missing`.
std::optional<Stream::Id> parse_id(std::string_view text, std::uint64_t missing) {
  const auto dash = text.find('-');
  const auto ms = parse_part(text.substr(0, dash));
  const auto number =
      dash == text.npos ? std::optional{missing} : parse_part(text.substr(dash + 1));
  if (!ms || !number) return std::nullopt;
  return Stream::Id{*ms, *number};
}

std::string text_of(Stream::Id id) {
  return std::to_string(id.ms) + '-' + std::to_string(id.number);
}

/// "*" is the time of Redis, or the next number if that is not above the last.
std::optional<Stream::Id> next_id(const Keyspace& keys, std::string_view text, Stream::Id last,
                                  Sink& sink) {
  if (text == "*") {
    const auto now = static_cast<std::uint64_t>(keys.now_ms());
    return now > last.ms ? Stream::Id{now, 0} : Stream::Id{last.ms, last.number + 1};
  }
  const auto id = parse_id(text, 0);
  if (!id || *id <= last) return sink.error(kSmallId), std::nullopt;
  return id;
}

void xadd(Keyspace& keys, Words words, Sink& sink) {
  if (is_word(words[2], "MAXLEN") || is_word(words[2], "MINID") || is_word(words[2], "NOMKSTREAM"))
    throw NotModelled{"options of XADD"};
  // The order of Redis' own checks: the id's form, the count of words, 0-0, the key's type, the
  // order.
  const auto given = words[2] == "*" ? Stream::Id{1, 0} : parse_id(words[2], 0);
  if (!given) return sink.error(kBadId);
  if (words.size() % 2 == 0) return sink.error("ERR wrong number of arguments for 'xadd' command");
  if (*given == Stream::Id{}) return sink.error(kZeroId);
  const auto found = look_to_edit<Stream>(keys, words[1], sink);
  if (found.is_wrong) return;
  const auto id = next_id(keys, words[2], found.value ? found.value->last : Stream::Id{}, sink);
  if (!id) return;
  auto& stream = made(found, keys, words[1]);
  stream.last = *id;
  auto& entry = stream.entries.emplace_back();
  entry.id = *id;
  for (const auto word : words.subspan(3)) entry.fields.emplace_back(word);
  sink.text(text_of(*id));
}

void xlen(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look<Stream>(keys, words[1], sink);
  if (found.is_wrong) return;
  sink.integer(found.value == nullptr ? 0 : static_cast<std::int64_t>(found.value->entries.size()));
}

/// A bound of XRANGE: "-", "+", an id, or "(id" without it.
struct Bound {
  Stream::Id id;
  bool is_open = false;
};
std::optional<Bound> parse_bound(std::string_view text, bool is_first) {
  if (text == "-") return Bound{};
  if (text == "+") return Bound{{UINT64_MAX, UINT64_MAX}};
  const bool is_open = text.starts_with('(');
  const auto id = parse_id(text.substr(is_open ? 1 : 0), is_first ? 0 : UINT64_MAX);
  if (!id) return std::nullopt;
  return Bound{*id, is_open};
}

void xrange(Keyspace& keys, Words words, Sink& sink) {
  if (words.size() != 4 && (words.size() != 6 || !is_word(words[4], "COUNT")))
    throw NotModelled{"options of XRANGE"};
  const auto first = parse_bound(words[2], true);
  const auto last = parse_bound(words[3], false);
  if (!first || !last) return sink.error(kBadId);
  const auto count = words.size() == 6 ? parse_integer(words[5]) : INT64_MAX;
  if (!count) return sink.error(kNotInteger);
  if (*count <= 0) throw NotModelled{"XRANGE without a count"};
  const auto found = look<Stream>(keys, words[1], sink);
  if (found.is_wrong) return;
  std::vector<const Stream::Entry*> hits;
  if (found.value != nullptr)
    for (const auto& entry : found.value->entries) {
      const bool is_in = (first->is_open ? entry.id > first->id : entry.id >= first->id) &&
                         (last->is_open ? entry.id < last->id : entry.id <= last->id);
      if (is_in && static_cast<std::int64_t>(hits.size()) < *count) hits.push_back(&entry);
    }
  sink.array(hits.size());
  for (const auto* entry : hits) {
    sink.array(2);
    sink.text(text_of(entry->id));
    sink.array(entry->fields.size());
    for (const auto& field : entry->fields) sink.text(field);
  }
}

/// "~" lets Redis keep up to a node more than asked for: only where nothing is over is it known.
void xtrim(Keyspace& keys, Words words, Sink& sink) {
  if (words.size() != 5 || !is_word(words[2], "MAXLEN") || words[3] != "~")
    throw NotModelled{"options of XTRIM"};
  const auto most = parse_integer(words[4]);
  if (!most) return sink.error(kNotInteger);
  const auto found = look_to_edit<Stream>(keys, words[1], sink);
  if (found.is_wrong) return;
  if (found.value != nullptr && static_cast<std::int64_t>(found.value->entries.size()) > *most)
    throw NotModelled{"XTRIM of a stream over its bound"};
  sink.integer(0);
}

constexpr std::array kTable = {Command{"XADD", -5, xadd}, Command{"XLEN", 2, xlen},
                               Command{"XRANGE", -4, xrange}, Command{"XTRIM", -4, xtrim}};

}  // namespace

std::span<const Command> stream_commands() noexcept { return kTable; }

}  // namespace webmon::sim
