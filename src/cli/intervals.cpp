#include "cli/intervals.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <charconv>

#include "lib/core/asset.hpp"

namespace webmon::cli {
namespace {

struct Unit {
  char letter;
  seconds length;
};
constexpr Unit kUnits[] = {
    {'d', seconds{86'400}}, {'h', seconds{3'600}}, {'m', seconds{60}}, {'s', seconds{1}}};

tl::unexpected<Error> refuse(std::string_view option, std::string_view text) {
  return fail(Errc::bad_config,
              fmt::format("{} {}: give 5s to 7d, like 30s, 5m, 12h or 1d", option, text));
}

}  // namespace

Result<seconds> parse_interval(std::string_view option, std::string_view text) {
  std::int64_t count = 0;
  const auto* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || count < 1 || count > kMostInterval.count() || end - at > 1)
    return refuse(option, text);
  seconds unit{at == end ? 1 : 0};
  for (const auto& known : kUnits)
    if (at < end && *at == known.letter) unit = known.length;
  const auto interval = count * unit;
  if (interval < kLeastInterval || interval > kMostInterval) return refuse(option, text);
  return interval;
}

Result<scheduler::Intervals> parse_intervals(const std::string& all,
                                             const std::vector<std::string>& of_tags) {
  scheduler::Intervals intervals;
  if (all == "never") {
    intervals.all.reset();
  } else if (!all.empty()) {
    const auto interval = parse_interval("--interval", all);
    if (!interval) return fail(interval.error());
    intervals.all = *interval;
  }
  for (const auto& text : of_tags) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(Errc::bad_config, fmt::format("--tag-interval {}: write TAG=DURATION", text));
    const auto interval = parse_interval("--tag-interval", text.substr(equals + 1));
    if (!interval) return fail(interval.error());
    intervals.of_tag[text.substr(0, equals)] = *interval;
  }
  return intervals;
}

void add_interval_options(CLI::App& command, std::string& all, std::vector<std::string>& of_tags) {
  command.add_option("--interval", all,
                     "How often to check assets that say nothing else: 30s, 5m, 12h, 1d … or never "
                     "(default: 5m)");
  command
      .add_option("--tag-interval", of_tags,
                  "TAG=DURATION: how often to check assets with this tag; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
}

std::string interval_text(seconds interval) {
  for (const auto& unit : kUnits)
    if (interval % unit.length == seconds{0})
      return fmt::format("{}{}", interval / unit.length, unit.letter);
  return {};
}

}  // namespace webmon::cli
