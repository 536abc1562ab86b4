// text-diff: what is new in the visible text, line by line, against the check before. A line is a
// sentence, or a part of one that is too long: the text comes with its white space folded.
//
// The page before is not kept: its lines' hashes are, in their order, at most kMost of them. Of a
// page with more lines those with the smallest hashes stand for the rest, the same ones on both
// pages, and the counts are scaled up. So they are exact up to kMost lines and estimates above.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>
#include <vector>

#include "lib/core/hashing.hpp"
#include "plugins/builder.hpp"

namespace webmon {
namespace {

using plugins::add_metric;
using plugins::clean;

constexpr std::array kMetrics = {
    MetricSpec{"lines_added", 500, "count", true, 2, 0.1,
               "lines that the check before did not have"},
    MetricSpec{"lines_removed", 501, "count", true, 2, 0.1, "lines that only the check before had"},
    MetricSpec{"lines_moved", 502, "count", true, 2, 0.1, "lines that are elsewhere now"},
    MetricSpec{"pct_changed", 503, "%", true, 2, 0.1,
               "lines added and removed, by all lines of both"},
};
constexpr std::array kFacts = {
    FactSpec{"baseline_ts", ValueType::text, "when the text compared with was seen, RFC 3339"},
    FactSpec{"excerpt", ValueType::texts, "the first 3 lines that are new, 160 bytes of each"},
    FactSpec{"words_added", ValueType::texts,
             "the first 20 words of new lines that no other line of the page has"},
    FactSpec{"estimated", ValueType::boolean, "more than 160 lines: the counts are estimates"},
};
constexpr std::array kReasons = {plugins::kNoPage, plugins::kNotItself, plugins::kNotHtml};

constexpr std::size_t kMost = 160;      // lines that a state has room for
constexpr std::size_t kLeastLine = 64;  // bytes before a line may end without the end of a sentence
constexpr std::size_t kMostLine = 512;
constexpr std::size_t kMaxText = 256U << 10U;
constexpr std::uint32_t kAll = 1U << 24U;  // one above every hash

struct Line {
  std::string_view text;
  std::uint32_t hash = 0;  ///< 24 bits
};

bool ends_sentence(char c) noexcept { return c == '.' || c == '!' || c == '?'; }

/// Where the first line of `text` ends. Between sentences a place is chosen by what is there, not
/// by how far it is, so that a word more moves no later end.
std::size_t line_end(std::string_view text) noexcept {
  const std::size_t most = std::min(text.size(), kMostLine);
  for (std::size_t i = text.find(' ', 1); i < most; i = text.find(' ', i + 1)) {
    const char last = text[i - 1];
    if (ends_sentence(last)) return i;
    if (i >= kLeastLine && (static_cast<unsigned char>(last) & 7U) == 0) return i;
  }
  return most;
}

/// Gives the n-th of several equal lines a hash of its own, so that it is a line of its own.
void number_equals(std::vector<Line>& lines,
                   std::vector<std::pair<std::uint64_t, std::uint32_t>> by_text) {
  std::ranges::sort(by_text);
  std::uint64_t nth = 0;
  for (std::size_t i = 0; i < by_text.size(); ++i) {
    nth = i > 0 && by_text[i - 1].first == by_text[i].first ? nth + 1 : 0;
    lines[by_text[i].second].hash = static_cast<std::uint32_t>(mix(by_text[i].first + nth) >> 40U);
  }
}

std::vector<Line> lines_of(std::string_view text) {
  text = html::utf8_prefix(text, kMaxText);
  std::vector<Line> lines;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> by_text;
  lines.reserve(text.size() / kLeastLine);
  by_text.reserve(lines.capacity());
  while (!text.empty()) {
    const std::size_t end = line_end(text);
    const std::string_view line = plugins::trim(text.substr(0, end));
    text.remove_prefix(std::max<std::size_t>(end, 1));
    if (line.empty()) continue;
    by_text.emplace_back(hash_of(line, 0), lines.size());
    lines.push_back({line});
  }
  number_equals(lines, std::move(by_text));
  return lines;
}

/// Lines with a hash below this are kept: all, or the kMost smallest.
std::uint32_t limit_of(const std::vector<Line>& lines) {
  if (lines.size() <= kMost) return kAll;
  std::vector<std::uint32_t> hashes;
  hashes.reserve(lines.size());
  for (const Line& line : lines) hashes.push_back(line.hash);
  std::ranges::nth_element(hashes, hashes.begin() + kMost);
  return std::max(hashes[kMost], 1U);
}

struct Sketch {
  StoreTime seen{};
  std::uint32_t limit = kAll;
  std::vector<std::uint32_t> hashes;  ///< in the order of the page
};

// State: i64 milliseconds, u32 limit, then u24 each; big-endian.
constexpr std::size_t kHead = 12, kEach = 3;

void put(std::string& out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = bytes; i > 0; --i) {
    out.push_back(static_cast<char>(value >> (8 * (i - 1)) & 0xFFU));
  }
}
std::uint64_t number(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

std::string encode(const std::vector<Line>& lines, std::uint32_t limit, StoreTime now) {
  std::string state;
  put(state, static_cast<std::uint64_t>(to_ms(now)), 8);
  put(state, limit, 4);
  for (const Line& line : lines) {
    if (line.hash < limit && state.size() + kEach <= kHead + kMost * kEach) {
      put(state, line.hash, kEach);
    }
  }
  return state;
}

std::optional<Sketch> decode(std::string_view state) {
  if (state.size() < kHead || (state.size() - kHead) % kEach != 0) return {};
  Sketch sketch;
  sketch.seen = store_time_ms(static_cast<std::int64_t>(number(state.substr(0, 8))));
  sketch.limit = static_cast<std::uint32_t>(number(state.substr(8, 4)));
  if (sketch.limit == 0 || sketch.limit > kAll) return {};
  for (state.remove_prefix(kHead); !state.empty(); state.remove_prefix(kEach)) {
    sketch.hashes.push_back(static_cast<std::uint32_t>(number(state.substr(0, kEach))));
  }
  return sketch;
}

/// Length of the longest increasing run of places that need not be neighbours.
std::size_t longest_rise(const std::vector<std::size_t>& places) {
  std::vector<std::size_t> ends;
  for (const std::size_t place : places) {
    const auto at = std::ranges::lower_bound(ends, place);
    if (at == ends.end()) {
      ends.push_back(place);
    } else {
      *at = place;
    }
  }
  return ends.size();
}

struct Difference {
  std::vector<const Line*> added;
  std::size_t removed = 0, moved = 0, kept = 0;
};

Difference compare(const std::vector<Line>& lines, const Sketch& before, std::uint32_t limit) {
  std::vector<std::pair<std::uint32_t, std::size_t>> places;
  for (std::size_t i = 0; i < before.hashes.size(); ++i) {
    if (before.hashes[i] < limit) places.emplace_back(before.hashes[i], i);
  }
  std::ranges::sort(places);
  Difference difference;
  std::vector<std::size_t> common;
  for (const Line& line : lines) {
    if (line.hash >= limit) continue;
    const auto old = std::ranges::lower_bound(places, std::pair{line.hash, std::size_t{0}});
    if (old == places.end() || old->first != line.hash) {
      difference.added.push_back(&line);
    } else {
      common.push_back(old->second);
    }
  }
  difference.kept = common.size();
  difference.removed = places.size() - std::min(places.size(), common.size());
  difference.moved = common.size() - longest_rise(common);
  return difference;
}

/// Words of the new lines that are in no other line; a word has 3 bytes or more.
std::vector<std::string_view> new_words(const std::vector<Line>& lines,
                                        const Difference& difference) {
  constexpr std::size_t kMostWords = 20, kLeastWord = 3;
  constexpr std::string_view kEdges = ".,;:!?\"'()[]{}<>|/ ";
  const auto for_each_word = [&](std::string_view text, auto visit) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      const auto word = plugins::trim(text.substr(0, end), kEdges);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (word.size() >= kLeastWord) visit(word);
    }
  };
  std::vector<std::string_view> words;
  if (difference.added.empty()) return words;
  std::unordered_set<const Line*> is_added{difference.added.begin(), difference.added.end()};
  std::unordered_set<std::string_view> known;
  for (const Line& line : lines) {
    if (is_added.contains(&line)) continue;
    for_each_word(line.text, [&](std::string_view word) { known.insert(word); });
  }
  for (const Line* line : difference.added) {
    for_each_word(line->text, [&](std::string_view word) {
      if (words.size() < kMostWords && known.insert(word).second) words.push_back(word);
    });
  }
  return words;
}

void tell(Report& report, const std::vector<Line>& lines, const Sketch& before,
          std::uint32_t limit) {
  const std::uint32_t common = std::min(limit, before.limit);
  const Difference difference = compare(lines, before, common);
  const double scale = static_cast<double>(kAll) / common;
  const auto added = static_cast<double>(difference.added.size());
  const auto removed = static_cast<double>(difference.removed);
  const double all = added + removed + 2 * static_cast<double>(difference.kept);
  add_metric(report, kMetrics[0], std::round(added * scale));
  add_metric(report, kMetrics[1], std::round(removed * scale));
  add_metric(report, kMetrics[2], std::round(static_cast<double>(difference.moved) * scale));
  add_metric(report, kMetrics[3], all > 0 ? 100 * (added + removed) / all : 0);
  report.facts["baseline_ts"] = to_rfc3339(before.seen);
  if (common < kAll) report.facts["estimated"] = true;
  if (difference.added.empty()) return;
  boost::json::array excerpt;
  for (std::size_t i = 0; i < std::min<std::size_t>(difference.added.size(), 3); ++i) {
    excerpt.emplace_back(clean(difference.added[i]->text, 160));
  }
  report.facts["excerpt"] = std::move(excerpt);
  report.facts["words_added"] = plugins::bounded_list(new_words(lines, difference), 20, 400);
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_html(input); !why.empty()) return plugins::skipped(input, why);
  const std::vector<Line> lines = lines_of(input.page.features.text);
  const std::uint32_t limit = limit_of(lines);
  PluginOutput output;
  if (const auto before = decode(input.state)) tell(output.report, lines, *before, limit);
  output.next_state = encode(lines, limit, input.page.observed_at);
  return output;
}

constexpr Plugin kPlugin{.name = "text-diff",
                         .number = 5,
                         .version = 1,
                         .describes_content = true,
                         .summary = "What is new in the visible text, against the check before.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
