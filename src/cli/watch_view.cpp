#include "cli/watch_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/colour.hpp"
#include "cli/json_read.hpp"
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostRuns = 5, kMostExecutors = 8;
constexpr const char* kKeys = "q quit   p pause   up/down scroll the changes";

std::uint64_t count_at(const json::value& value, std::string_view pointer) {
  const auto number = number_at(value, pointer);
  return number && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

std::string shown_at(const json::value& value, std::string_view pointer) {
  const auto text = printable(text_at(value, pointer));
  return text.empty() ? "-" : text;
}

/// Lines that never are wider than the terminal; colour is put on after they were cut.
class Lines {
 public:
  Lines(std::size_t width, bool has_colour) : width_{width}, has_colour_{has_colour} {}
  void add(const std::string& text) { lines_.push_back(clip(text, width_)); }
  /// `head` in the colour of `word`, then `rest`.
  void add_state(const std::string& head, const std::string& word, const std::string& rest) {
    const auto shown = clip(head, width_);
    const auto tail = clip(rest, width_ - std::min(width_, columns(shown)));
    lines_.push_back((has_colour_ ? painted(shown, word) : shown) + tail);
  }
  std::size_t size() const noexcept { return lines_.size(); }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::size_t width_;
  bool has_colour_;
  std::vector<std::string> lines_;
};

void add_fleet(Lines& lines, const WatchView& view, std::size_t bar_width) {
  const auto& fleet = view.seen.fleet;
  const auto& status = view.seen.dispatcher;
  const auto total = count_at(fleet, "/assets/total");
  lines.add(fmt::format("assets {}   overdue {}   queue {}   dead jobs {}", total,
                        shown_at(fleet, "/schedule/overdue"), shown_at(fleet, "/jobs/pending"),
                        shown_at(fleet, "/jobs/dead")));
  lines.add(
      fmt::format("checks/s {:.0f}   lag p50 {} ms, p99 {} ms   on their way {}   snapshot {}",
                  view.checks.per_second(), shown_at(status, "/schedule/lag_p50_ms"),
                  shown_at(status, "/schedule/lag_p99_ms"), shown_at(status, "/outstanding"),
                  shown_at(status, "/snapshot/durable")));
  lines.add("");
  const auto* states = find(fleet, "/assets/by_state");
  if (states == nullptr || !states->is_object()) return;
  for (const auto& [name, value] : states->get_object()) {
    const auto count = count_at(fleet, "/assets/by_state/" + std::string{name});
    if (count == 0 && name != "up") continue;
    const auto word = printable(std::string{name});
    lines.add_state(fmt::format("{:<12}", word), word,
                    fmt::format(" {:>9}  [{}]", count, bar(count, total, bar_width)));
  }
}

void add_executors(Lines& lines, const json::value& fleet, std::size_t bar_width) {
  const auto& executors = array_at(fleet, "/executors");
  lines.add("");
  lines.add(fmt::format("EXECUTORS {}", executors.size()));
  for (std::size_t i = 0; i < std::min(executors.size(), kMostExecutors); ++i) {
    const auto slots = count_at(executors[i], "/slots");
    const auto busy = count_at(executors[i], "/in_flight");
    lines.add(fmt::format("{:<22} {:>9}  [{}]", clip(shown_at(executors[i], "/id"), 22),
                          fmt::format("{}/{}", busy, slots), bar(busy, slots, bar_width)));
  }
  if (executors.size() > kMostExecutors)
    lines.add(fmt::format("and {} more", executors.size() - kMostExecutors));
}

void add_runs(Lines& lines, const json::array& runs, std::size_t bar_width) {
  std::size_t shown = 0;
  for (const auto& run : runs) {
    if (is_true_at(run, "/has_ended") || shown == kMostRuns) continue;
    if (shown++ == 0) {
      lines.add("");
      lines.add("RUNS");
    }
    const auto total = count_at(run, "/jobs/total");
    const auto ended = count_at(run, "/jobs/done") + count_at(run, "/jobs/dead") +
                       count_at(run, "/jobs/cancelled");
    lines.add(fmt::format("{:<22} {:>9}  [{}]  {}", clip(shown_at(run, "/what"), 22),
                          fmt::format("{} %", total == 0 ? 0 : ended * 100 / total),
                          bar(ended, total, bar_width), fmt::format("{}/{}", ended, total)));
  }
}

void add_changes(Lines& lines, const WatchView& view, std::size_t room) {
  const auto& changes = view.log.changes();
  if (room < 3) return;
  lines.add("");
  lines.add(fmt::format("CHANGES {}", changes.size()));
  const auto from = std::min(view.scroll, changes.size());
  const auto to = std::min(changes.size(), from + room - 2);
  for (auto i = from; i < to; ++i) {
    const auto& change = changes[i];
    lines.add_state(fmt::format("{:<12}", change.to), change.to,
                    fmt::format(" {}  {}{}", change.observed, change.url,
                                change.from.empty() ? "" : "  (was " + change.from + ")"));
  }
}

}  // namespace

void ChangeLog::look(const json::array& troubled, const std::string& when) {
  const bool is_first = known_.empty() && changes_.empty();
  std::map<std::string, Known> now;
  const auto add = [&](const std::string& url, const std::string& from, const std::string& to) {
    changes_.push_front({.observed = when, .url = url, .from = from, .to = to});
  };
  for (const auto& asset : troubled) {
    const auto id = text_at(asset, "/id");
    Known seen{.url = printable(text_at(asset, "/url")),
               .state = printable(text_at(asset, "/state"))};
    const auto before = known_.find(id);
    if (before == known_.end())
      add(seen.url, is_first ? "" : "all right", seen.state);
    else if (before->second.state != seen.state)
      add(seen.url, before->second.state, seen.state);
    now.emplace(id, std::move(seen));
  }
  for (const auto& [id, was] : known_)
    if (!now.contains(id)) add(was.url, was.state, "all right");
  known_ = std::move(now);
  if (changes_.size() > kKept) changes_.resize(kKept);
}

void WatchView::take(WatchSeen&& what, MonoTime now, const std::string& clock) {
  seen = std::move(what);
  when = clock;
  if (!seen.trouble.empty()) return;
  log.look(seen.troubled, clock);
  if (const auto claimed = number_at(seen.dispatcher, "/counters/claimed"))
    checks.sample(static_cast<std::uint64_t>(std::max(*claimed, 0.0)), now);
}

std::vector<std::string> WatchView::render(std::size_t width, std::size_t height,
                                           bool has_colour) const {
  Lines lines{width, has_colour};
  const auto bar_width = std::clamp<std::size_t>(width / 3, 8, 40);
  lines.add(fmt::format("{}webmon {}   {} UTC", is_paused ? "PAUSED   " : "", server, when));
  if (!seen.trouble.empty()) lines.add_state("fail", "fail", " " + printable(seen.trouble));
  lines.add("");
  if (!seen.fleet.is_null()) {
    add_fleet(lines, *this, bar_width);
    add_executors(lines, seen.fleet, bar_width);
    add_runs(lines, seen.runs, bar_width);
  }
  const std::size_t used = lines.size() + 2;
  const auto all = log.changes().size() + 2;
  add_changes(lines, *this, height == 0 ? all : height > used ? std::min(all, height - used) : 0);
  auto out = lines.take();
  if (height == 0) return out;
  out.resize(height);
  out.back() = clip(kKeys, width);
  return out;
}

}  // namespace webmon::cli
