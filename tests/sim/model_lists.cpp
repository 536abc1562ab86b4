// Commands on lists.
#include <algorithm>
#include <array>

#include "tests/sim/model_commands.hpp"

namespace webmon::sim {
namespace {

/// Positions as Redis counts them, from the end below 0: [first, last), empty if first >= last.
struct Slice {
  std::int64_t first, last;
};

std::optional<Slice> read_slice(Words words, std::size_t size, Sink& sink) {
  auto first = parse_integer(words[2]);
  auto last = parse_integer(words[3]);
  if (!first || !last) return sink.error(kNotInteger), std::nullopt;
  const auto count = static_cast<std::int64_t>(size);
  if (*first < 0) first = std::max<std::int64_t>(*first + count, 0);
  if (*last < 0) *last += count;
  if (*first >= count || *first > *last) return Slice{0, 0};
  return Slice{*first, std::min(*last, count - 1) + 1};
}

void push(Keyspace& keys, Words words, Sink& sink, bool in_front) {
  const auto found = look_to_edit<List>(keys, words[1], sink);
  if (found.is_wrong) return;
  auto& list = made(found, keys, words[1]);
  for (const auto item : words.subspan(2))
    list.insert(in_front ? list.begin() : list.end(), std::string{item});
  sink.integer(static_cast<std::int64_t>(list.size()));
}

void rpush(Keyspace& keys, Words words, Sink& sink) { push(keys, words, sink, false); }
void lpush(Keyspace& keys, Words words, Sink& sink) { push(keys, words, sink, true); }

void llen(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look<List>(keys, words[1], sink);
  if (found.is_wrong) return;
  sink.integer(found.value == nullptr ? 0 : static_cast<std::int64_t>(found.value->size()));
}

void lrange(Keyspace& keys, Words words, Sink& sink) {
  // The numbers are read before the key is looked at, as in Redis: an error of both is theirs.
  if (!read_slice(words, 0, sink)) return;
  const auto found = look<List>(keys, words[1], sink);
  if (found.is_wrong) return;
  if (found.value == nullptr) return sink.array(0);
  const auto slice = *read_slice(words, found.value->size(), sink);
  sink.array(static_cast<std::size_t>(slice.last - slice.first));
  for (auto i = slice.first; i < slice.last; ++i)
    sink.text((*found.value)[static_cast<std::size_t>(i)]);
}

void ltrim(Keyspace& keys, Words words, Sink& sink) {
  if (!read_slice(words, 0, sink)) return;
  const auto found = look_to_edit<List>(keys, words[1], sink);
  if (found.is_wrong) return;
  if (found.value == nullptr) return sink.status("OK");
  auto& list = *found.value;
  const auto slice = *read_slice(words, list.size(), sink);
  list.erase(list.begin() + slice.last, list.end());
  list.erase(list.begin(), list.begin() + slice.first);
  if (list.empty()) keys.erase(words[1]);
  sink.status("OK");
}

void lpop(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look_to_edit<List>(keys, words[1], sink);
  if (found.is_wrong) return;
  if (found.value == nullptr) return sink.nil();
  auto& list = *found.value;
  sink.text(list.front());
  list.erase(list.begin());
  if (list.empty()) keys.erase(words[1]);
}

constexpr std::array kTable = {
    Command{"RPUSH", -3, rpush},  Command{"LPUSH", -3, lpush}, Command{"LLEN", 2, llen},
    Command{"LRANGE", 4, lrange}, Command{"LTRIM", 4, ltrim},  Command{"LPOP", 2, lpop},
};

}  // namespace

std::span<const Command> list_commands() noexcept { return kTable; }

}  // namespace webmon::sim
