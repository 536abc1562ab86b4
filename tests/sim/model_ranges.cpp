// Commands on ranges of sorted sets: by rank, by score, by member.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "tests/sim/model_commands.hpp"

namespace webmon::sim {
namespace {

enum class By : std::uint8_t { rank, score, member };

/// Positions in the set: [first, last), empty if first >= last.
struct Slice {
  std::size_t first = 0, last = 0;
};

struct Options {
  bool with_scores = false;
  bool has_limit = false;
  std::int64_t offset = 0, count = -1;
};

std::size_t end_of_score(const SortedSet& set, double score) {
  const auto items = set.items();
  const auto at = std::partition_point(items.begin(), items.end(),
                                       [&](const auto& item) { return item.score <= score; });
  return static_cast<std::size_t>(at - items.begin());
}

struct ScoreBound {
  double score;
  bool is_open;  ///< "(5"
};

std::optional<ScoreBound> read_score_bound(std::string_view word) {
  const bool is_open = word.starts_with('(');
  const std::string number{is_open ? word.substr(1) : word};
  char* end = nullptr;
  const double score = std::strtod(number.c_str(), &end);
  if (end != number.c_str() + number.size() || std::isnan(score)) return std::nullopt;
  return ScoreBound{score, is_open};
}

bool read_scores(const SortedSet* set, std::string_view low, std::string_view high, Slice& slice,
                 Sink& sink) {
  const auto first = read_score_bound(low);
  const auto last = read_score_bound(high);
  if (!first || !last) return sink.error("ERR min or max is not a float"), false;
  if (set == nullptr) return true;
  slice.first = first->is_open ? end_of_score(*set, first->score) : set->position(first->score, "");
  slice.last = last->is_open ? set->position(last->score, "") : end_of_score(*set, last->score);
  return true;
}

bool is_member_bound(std::string_view word) {
  return word == "-" || word == "+" || word.starts_with('[') || word.starts_with('(');
}

/// Is `item` before the lower bound `word` (or, for an upper one, not behind it)?
bool is_below(const SortedSet::Item& item, std::string_view word, bool is_upper) {
  if (word == "-") return false;
  if (word == "+") return true;
  const auto member = word.substr(1);
  const bool takes_equal = (word[0] == '[') == is_upper;
  return takes_equal ? item.member <= member : item.member < member;
}

bool read_members(const SortedSet* set, std::string_view low, std::string_view high, Slice& slice,
                  Sink& sink) {
  if (!is_member_bound(low) || !is_member_bound(high))
    return sink.error("ERR min or max not valid string range item"), false;
  if (set == nullptr) return true;
  const auto items = set->items();
  const auto end_of = [&](std::string_view word, bool is_upper) {
    const auto at = std::partition_point(items.begin(), items.end(), [&](const auto& item) {
      return is_below(item, word, is_upper);
    });
    return static_cast<std::size_t>(at - items.begin());
  };
  slice = {end_of(low, false), end_of(high, true)};
  return true;
}

bool read_ranks(const SortedSet* set, std::string_view low, std::string_view high, bool reversed,
                Slice& slice, Sink& sink) {
  auto first = parse_integer(low);
  auto last = parse_integer(high);
  if (!first || !last) return sink.error(kNotInteger), false;
  const auto size = set == nullptr ? 0 : static_cast<std::int64_t>(set->size());
  if (*first < 0) first = std::max<std::int64_t>(*first + size, 0);
  if (*last < 0) *last += size;
  if (*first >= size || *first > *last) return true;
  auto from = *first;
  auto to = std::min(*last, size - 1) + 1;
  if (reversed) {
    std::swap(from, to);
    from = size - from;
    to = size - to;
  }
  slice = {static_cast<std::size_t>(from), static_cast<std::size_t>(to)};
  return true;
}

void put(const SortedSet* set, Slice slice, bool reversed, const Options& options, Sink& sink) {
  const auto size = slice.first < slice.last ? slice.last - slice.first : 0;
  const auto skipped = std::min(
      static_cast<std::uint64_t>(std::max<std::int64_t>(options.offset, 0)), std::uint64_t{size});
  auto count = options.offset < 0 ? 0 : size - skipped;
  if (options.count >= 0) count = std::min(count, static_cast<std::uint64_t>(options.count));
  sink.array(options.with_scores ? 2 * count : count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = reversed ? slice.last - 1 - skipped - i : slice.first + skipped + i;
    const auto& item = set->items()[at];
    sink.text(item.member);
    std::array<char, 32> buffer{};
    if (options.with_scores) sink.text(format_double(item.score, buffer));
  }
}

/// What a range command is, besides its words 1 to 3.
struct Range {
  By by = By::rank;
  bool reversed = false;
  Options options;
};

/// Options from word 4 on. False: the sink has the error.
bool read_options(Words words, bool is_general, Range& range, Sink& sink) {
  for (std::size_t i = 4; i < words.size(); ++i) {
    const auto word = words[i];
    if (is_word(word, "WITHSCORES")) {
      range.options.with_scores = true;
    } else if (is_word(word, "LIMIT") && i + 2 < words.size()) {
      const auto offset = parse_integer(words[i + 1]);
      const auto count = parse_integer(words[i + 2]);
      if (!offset || !count) return sink.error(kNotInteger), false;
      range.options.has_limit = true;
      range.options.offset = *offset;
      range.options.count = *count;
      i += 2;
    } else if (is_general && is_word(word, "REV")) {
      range.reversed = true;
    } else if (is_general && is_word(word, "BYSCORE")) {
      range.by = By::score;
    } else if (is_general && is_word(word, "BYLEX")) {
      range.by = By::member;
    } else {
      return sink.error(kSyntax), false;
    }
  }
  if (range.options.has_limit && range.by == By::rank)
    return sink.error(
               "ERR syntax error, LIMIT is only supported in combination with either "
               "BYSCORE or BYLEX"),
           false;
  if (range.options.with_scores && range.by == By::member)
    return sink.error("ERR syntax error, WITHSCORES not supported in combination with BYLEX"),
           false;
  return true;
}

/// The bounds are read before the key is looked at, as in Redis: an error of both is theirs.
bool read_slice(const SortedSet* set, Words words, const Range& range, Slice& slice, Sink& sink) {
  if (range.by == By::rank) return read_ranks(set, words[2], words[3], range.reversed, slice, sink);
  const auto low = range.reversed ? words[3] : words[2];
  const auto high = range.reversed ? words[2] : words[3];
  return range.by == By::score ? read_scores(set, low, high, slice, sink)
                               : read_members(set, low, high, slice, sink);
}

void answer(Keyspace& keys, Words words, Sink& sink, Range range, bool is_general) {
  Slice slice;
  if (!read_options(words, is_general, range, sink)) return;
  if (!read_slice(nullptr, words, range, slice, sink)) return;
  const auto found = look<SortedSet>(keys, words[1], sink);
  if (found.is_wrong) return;
  read_slice(found.value, words, range, slice, sink);
  put(found.value, slice, range.reversed, range.options, sink);
}

void zrange(Keyspace& keys, Words words, Sink& sink) { answer(keys, words, sink, {}, true); }
void zrevrange(Keyspace& keys, Words words, Sink& sink) {
  answer(keys, words, sink, {By::rank, true, {}}, false);
}
void zrangebyscore(Keyspace& keys, Words words, Sink& sink) {
  answer(keys, words, sink, {By::score, false, {}}, false);
}
void zrevrangebyscore(Keyspace& keys, Words words, Sink& sink) {
  answer(keys, words, sink, {By::score, true, {}}, false);
}
void zrangebylex(Keyspace& keys, Words words, Sink& sink) {
  answer(keys, words, sink, {By::member, false, {}}, false);
}

void zcount(Keyspace& keys, Words words, Sink& sink) {
  Slice slice;
  if (!read_scores(nullptr, words[2], words[3], slice, sink)) return;
  const auto found = look<SortedSet>(keys, words[1], sink);
  if (found.is_wrong) return;
  read_scores(found.value, words[2], words[3], slice, sink);
  sink.integer(slice.first < slice.last ? static_cast<std::int64_t>(slice.last - slice.first) : 0);
}

void remove(Keyspace& keys, Words words, Sink& sink, const Range& range) {
  Slice slice;
  if (!read_slice(nullptr, words, range, slice, sink)) return;
  const auto found = look_to_edit<SortedSet>(keys, words[1], sink);
  if (found.is_wrong) return;
  read_slice(found.value, words, range, slice, sink);
  if (found.value == nullptr || slice.first >= slice.last) return sink.integer(0);
  found.value->erase(slice.first, slice.last);
  if (found.value->size() == 0) keys.erase(words[1]);
  sink.integer(static_cast<std::int64_t>(slice.last - slice.first));
}

void zremrangebyrank(Keyspace& keys, Words words, Sink& sink) { remove(keys, words, sink, {}); }
void zremrangebyscore(Keyspace& keys, Words words, Sink& sink) {
  remove(keys, words, sink, {By::score, false, {}});
}

constexpr std::array kTable = {
    Command{"ZRANGE", -4, zrange},
    Command{"ZREVRANGE", -4, zrevrange},
    Command{"ZRANGEBYSCORE", -4, zrangebyscore},
    Command{"ZREVRANGEBYSCORE", -4, zrevrangebyscore},
    Command{"ZRANGEBYLEX", -4, zrangebylex},
    Command{"ZCOUNT", 4, zcount},
    Command{"ZREMRANGEBYRANK", 4, zremrangebyrank},
    Command{"ZREMRANGEBYSCORE", 4, zremrangebyscore},
};

}  // namespace

std::span<const Command> range_commands() noexcept { return kTable; }

}  // namespace webmon::sim
