// Commands that change sorted sets or ask for one member; ranges are in model_ranges.cpp.
#include <array>

#include "tests/sim/model_commands.hpp"

namespace webmon::sim {
namespace {

struct AddOptions {
  bool nx = false, xx = false, gt = false, lt = false, ch = false;
  std::size_t first = 2;  ///< word of the first score
};

/// Nullopt: the sink has the error.
std::optional<AddOptions> read_options(Words words, Sink& sink) {
  AddOptions options;
  for (; options.first < words.size(); ++options.first) {
    const auto word = words[options.first];
    if (is_word(word, "NX"))
      options.nx = true;
    else if (is_word(word, "XX"))
      options.xx = true;
    else if (is_word(word, "GT"))
      options.gt = true;
    else if (is_word(word, "LT"))
      options.lt = true;
    else if (is_word(word, "CH"))
      options.ch = true;
    else if (is_word(word, "INCR"))
      throw NotModelled{"INCR of ZADD"};
    else
      break;
  }
  const auto left = words.size() - options.first;
  if (left == 0 || left % 2 != 0) return sink.error(kSyntax), std::nullopt;
  if (options.nx && options.xx)
    return sink.error("ERR XX and NX options at the same time are not compatible"), std::nullopt;
  if (options.nx + options.gt + options.lt > 1)
    return sink.error("ERR GT, LT, and/or NX options at the same time are not compatible"),
           std::nullopt;
  return options;
}

bool may_move(const AddOptions& options, double from, double to) noexcept {
  return !options.nx && from != to && !(options.gt && to <= from) && !(options.lt && to >= from);
}

/// False: the sink has the error, and nothing may be added.
bool scores_are_valid(Words words, std::size_t first, Sink& sink) {
  for (auto i = first; i < words.size(); i += 2)
    if (!parse_double(words[i])) return sink.error("ERR value is not a valid float"), false;
  return true;
}

void zadd(Keyspace& keys, Words words, Sink& sink) {
  const auto options = read_options(words, sink);
  if (!options || !scores_are_valid(words, options->first, sink)) return;
  const auto found = look_to_edit<SortedSet>(keys, words[1], sink);
  if (found.is_wrong) return;
  if (found.value == nullptr && options->xx) return sink.integer(0);
  auto& set = made(found, keys, words[1]);
  std::int64_t count = 0;
  for (auto i = options->first; i < words.size(); i += 2) {
    const auto score = *parse_double(words[i]);
    const auto old = set.score(words[i + 1]);
    if (old ? !may_move(*options, *old, score) : options->xx) continue;
    set.set(words[i + 1], score);
    count += !old || options->ch ? 1 : 0;
  }
  sink.integer(count);
}

void zincrby(Keyspace& keys, Words words, Sink& sink) {
  const auto amount = parse_double(words[2]);
  if (!amount) return sink.error("ERR value is not a valid float");
  const auto found = look_to_edit<SortedSet>(keys, words[1], sink);
  if (found.is_wrong) return;
  auto& set = made(found, keys, words[1]);
  const double score = set.score(words[3]).value_or(0) + *amount;
  set.set(words[3], score);
  std::array<char, 32> buffer{};
  sink.text(format_double(score, buffer));
}

void zrem(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look_to_edit<SortedSet>(keys, words[1], sink);
  if (found.is_wrong) return;
  if (found.value == nullptr) return sink.integer(0);
  std::int64_t removed = 0;
  for (const auto member : words.subspan(2)) removed += found.value->erase(member) ? 1 : 0;
  if (found.value->size() == 0) keys.erase(words[1]);
  sink.integer(removed);
}

void put_score(std::optional<double> score, Sink& sink) {
  std::array<char, 32> buffer{};
  if (score)
    sink.text(format_double(*score, buffer));
  else
    sink.nil();
}

void zscore(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look<SortedSet>(keys, words[1], sink);
  if (found.is_wrong) return;
  put_score(found.value == nullptr ? std::nullopt : found.value->score(words[2]), sink);
}

void zmscore(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look<SortedSet>(keys, words[1], sink);
  if (found.is_wrong) return;
  sink.array(words.size() - 2);
  for (const auto member : words.subspan(2))
    put_score(found.value == nullptr ? std::nullopt : found.value->score(member), sink);
}

void zrank(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look<SortedSet>(keys, words[1], sink);
  if (found.is_wrong) return;
  const auto score = found.value == nullptr ? std::nullopt : found.value->score(words[2]);
  if (!score) return sink.nil();
  sink.integer(static_cast<std::int64_t>(found.value->position(*score, words[2])));
}

void zcard(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look<SortedSet>(keys, words[1], sink);
  if (found.is_wrong) return;
  sink.integer(found.value == nullptr ? 0 : static_cast<std::int64_t>(found.value->size()));
}

void zpopmin(Keyspace& keys, Words words, Sink& sink) {
  const auto count = words.size() > 2 ? parse_integer(words[2]) : 1;
  if (!count || *count < 0) return sink.error("ERR value is out of range, must be positive");
  const auto found = look_to_edit<SortedSet>(keys, words[1], sink);
  if (found.is_wrong) return;
  if (found.value == nullptr) return sink.array(0);
  const auto most = std::min(static_cast<std::size_t>(*count), found.value->size());
  sink.array(2 * most);
  for (const auto& item : found.value->items().first(most)) {
    sink.text(item.member);
    put_score(item.score, sink);
  }
  found.value->erase(0, most);
  if (found.value->size() == 0) keys.erase(words[1]);
}

constexpr std::array kTable = {
    Command{"ZADD", -4, zadd},       Command{"ZINCRBY", 4, zincrby},  Command{"ZREM", -3, zrem},
    Command{"ZSCORE", 3, zscore},    Command{"ZMSCORE", -3, zmscore}, Command{"ZCARD", 2, zcard},
    Command{"ZPOPMIN", -2, zpopmin}, Command{"ZRANK", 3, zrank},
};

}  // namespace

std::span<const Command> sorted_set_commands() noexcept { return kTable; }

}  // namespace webmon::sim
