#include "cli/stats_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "cli/chart.hpp"
#include "cli/json_read.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "lib/stats/detector.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

std::string number_cell(const json::value& item, std::string_view pointer) {
  const auto value = number_at(item, pointer);
  return value ? human_number(*value) : "-";
}

/// Mean and deviation of the history without its last value (Welford's update taken back).
struct Before {
  double n, mean, sd;
};
// What is left of zero after taking numbers back is rounding.
double snapped(double value, double scale) {
  return std::abs(value) < 1e-9 * std::max(1.0, std::abs(scale)) ? 0 : value;
}

std::optional<Before> without_last(const json::value& item) {
  const auto n = number_at(item, "/n");
  const auto mean = number_at(item, "/mean");
  const auto sd = number_at(item, "/sd");
  const auto last = number_at(item, "/last");
  if (!n || !mean || !sd || !last || *n < 2) return std::nullopt;
  const double before = (*n * *mean - *last) / (*n - 1);
  const double m2 = *sd * *sd * (*n - 1) - (*last - *mean) * (*last - before);
  return Before{
      *n - 1, snapped(before, *last),
      *n > 2 ? snapped(std::sqrt(std::max(snapped(m2, *last * *last), 0.0) / (*n - 2)), *last) : 0};
}

double z_of(const json::value& item) { return std::abs(number_at(item, "/z").value_or(0)); }

std::string z_cell(const json::value& item) {
  const auto z = number_at(item, "/z");
  if (!z) return "-";
  const auto text = fmt::format("{:.1f}", *z);
  return text == "-0.0" ? "0.0" : text;
}

/// Of the metrics that a detector of pages judges together: on a page that is known well most are,
/// so that one sentence says it of all.
bool is_of_the_page(const json::value& item) {
  return text_at(item, "/muted/code") == "page_detector";
}

bool is_muted_alone(const json::value& item) {
  return find(item, "/muted/code") != nullptr && !is_of_the_page(item);
}

std::vector<const json::value*> by_z(const json::value& statistics) {
  std::vector<const json::value*> items;
  for (const auto& item : array_at(statistics, "/items")) items.push_back(&item);
  std::ranges::stable_sort(items, [](const auto* a, const auto* b) { return z_of(*a) > z_of(*b); });
  return items;
}

bool is_always_zero(const json::value& item) {
  return number_at(item, "/min") == 0.0 && number_at(item, "/max") == 0.0;
}

std::optional<double> finite_at(const json::value& item, std::string_view pointer) {
  const auto value = number_at(item, pointer);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::vector<std::optional<double>> series_of(const json::value& item) {
  std::vector<std::optional<double>> series;
  for (const auto& value : array_at(item, "/series")) series.push_back(finite_at(value, ""));
  return series;
}

using Items = std::vector<const json::value*>;

/// What a table has room for: columns of at most this level, and so many recent values.
struct Plan {
  int level;
  std::size_t recent;
};
constexpr Plan kPlans[] = {{2, 32}, {2, 16}, {1, 16}, {1, 8}, {0, 8}};

struct StatisticColumn {
  const char* title;
  const char* pointer;
  int level;
};
constexpr StatisticColumn kNumbers[] = {
    {"LAST", "/last", 0},         {"MEAN", "/mean", 0},         {"SIGMA", "/sd", 0},
    {"MIN", "/min", 2},           {"P05", "/quantiles/p05", 2}, {"P50", "/quantiles/p50", 0},
    {"P95", "/quantiles/p95", 1}, {"MAX", "/max", 2},           {"N", "/n", 1}};

Table table_of(const Items& items, Plan plan, bool has_unicode) {
  const bool is_any_muted =
      std::ranges::any_of(items, [](const auto* item) { return is_muted_alone(*item); });
  std::vector<Table::Column> titles{{"METRIC"}};
  for (const auto& column : kNumbers)
    if (column.level <= plan.level) titles.push_back({column.title, Table::Align::right});
  titles.insert(titles.end(), {{"Z", Table::Align::right}, {"UNIT"}, {"RECENT"}});
  if (is_any_muted) titles.push_back({"MUTED"});
  Table table{std::move(titles)};
  for (const auto* item : items) {
    std::vector<std::string> cells{text_at(*item, "/name")};
    for (const auto& column : kNumbers)
      if (column.level <= plan.level) cells.push_back(number_cell(*item, column.pointer));
    cells.insert(cells.end(), {z_cell(*item), text_at(*item, "/unit"),
                               sparkline(series_of(*item), plan.recent, has_unicode)});
    if (is_any_muted && is_muted_alone(*item))
      cells.push_back(text_at(*item, plan.level > 0 ? "/muted/detail" : "/muted/code"));
    table.add(std::move(cells));
  }
  return table;
}

std::size_t widest_line(std::string_view text) {
  std::size_t widest = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    widest = std::max(widest, columns(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return widest;
}

/// With as many columns as there is room for.
std::string rows(const Items& items, Look look) {
  for (const auto& plan : kPlans) {
    auto text = table_of(items, plan, look.has_unicode).render(0);
    if (look.width == 0 || widest_line(text) <= look.width) return text;
  }
  return table_of(items, std::end(kPlans)[-1], look.has_unicode).render(look);
}

/// Edges of a band that is much wider than the values would leave one line of them.
void leave_out_far_edges(Chart& chart) {
  std::vector<double> values;
  for (const auto& value : chart.values)
    if (value) values.push_back(*value);
  if (values.empty()) return;
  const auto [least, most] = std::ranges::minmax(values);
  const double far = 2 * (most - least);
  if (far == 0) return;
  if (chart.low && least - *chart.low > far) chart.low.reset();
  if (chart.high && *chart.high - most > far) chart.high.reset();
}

/// From which values on the metric is excessive, and whether that is a warning.
std::string warns_from(const json::value& item) {
  const auto low = finite_at(item, "/band/low"), high = finite_at(item, "/band/high");
  std::string text;
  if (low) text = "below " + human_number(*low);
  if (high) text += std::string{low ? " and " : ""} + "above " + human_number(*high);
  if (!text.empty()) text = "Excessive " + text + ".\n";
  if (const auto muted = text_at(item, "/muted/detail"); !muted.empty())
    text += "No warning by itself: " + printable(muted) + ".\n";
  return text;
}

/// "2026-11-23T01:49:00.000Z" without its fraction, as people write it.
std::string short_time(std::string text) {
  if (text.size() < 19) return printable(text);
  text[10] = ' ';
  return printable(text.substr(0, 19)) + "Z";
}

/// Since when it has the level that it has.
std::string level_of(const json::value& item) {
  if (!find(item, "/change_point/time")) return {};
  return fmt::format(
      "Level changed from {} to {} at {}, {} values ago.\n",
      number_cell(item, "/change_point/before"), number_cell(item, "/change_point/after"),
      short_time(text_at(item, "/change_point/time")), printable(text_at(item, "/change_point/n")));
}

/// No more digits than a sketch's accuracy has.
std::string quantile_cell(const json::value& item, const char* name) {
  const auto value = finite_at(item, fmt::format("/history_quantiles/{}", name));
  return value ? rough_number(*value) : "-";
}

std::string accuracy_of(const json::value& item) {
  return fmt::format("{:.3g} %", 100 * number_at(item, "/history_quantiles/accuracy").value_or(0));
}

bool has_history_quantiles(const json::value& item) {
  return find(item, "/history_quantiles/n") != nullptr;
}

/// "Over 1234 observations: p50 112 ms, …, p99 512 ms (each within 3 %)."
std::string history_quantiles_of(const json::value& item) {
  if (!has_history_quantiles(item)) return {};
  auto text =
      fmt::format("Over {} observations:", printable(text_at(item, "/history_quantiles/n")));
  const char* joiner = " ";
  for (const char* name : {"p50", "p90", "p95", "p99"}) {
    text += fmt::format("{}{} {} {}", joiner, name, quantile_cell(item, name),
                        printable(text_at(item, "/unit")));
    joiner = ", ";
  }
  return text + " (each within " + accuracy_of(item) + ").\n";
}

/// Quantiles of the timings among `items` over their whole history; empty if there are none.
std::string timings(const Items& items, Look look) {
  using enum Table::Align;
  Table table{{{"TIMING"},
               {"P50", right},
               {"P90", right},
               {"P95", right},
               {"P99", right},
               {"MAX", right},
               {"N", right},
               {"UNIT"}}};
  std::string accuracy;
  for (const auto* item : items) {
    if (!has_history_quantiles(*item)) continue;
    table.add({text_at(*item, "/name"), quantile_cell(*item, "p50"), quantile_cell(*item, "p90"),
               quantile_cell(*item, "p95"), quantile_cell(*item, "p99"), number_cell(*item, "/max"),
               text_at(*item, "/history_quantiles/n"), text_at(*item, "/unit")});
    accuracy = accuracy_of(*item);
  }
  if (table.empty()) return {};
  return fmt::format("\nTimings over their whole history, each quantile within {}:\n", accuracy) +
         table.render(look);
}

}  // namespace

std::string render_statistics(const json::value& statistics, bool with_zeros, Look look) {
  Items shown;
  std::size_t hidden = 0;
  for (const auto* item : by_z(statistics)) {
    if (!with_zeros && is_always_zero(*item))
      ++hidden;
    else
      shown.push_back(item);
  }
  auto out =
      fmt::format("{} observations\n", printable(text_at(statistics, "/n"))) + rows(shown, look);
  if (const auto n =
          std::ranges::count_if(shown, [](const auto* item) { return is_of_the_page(*item); }))
    out += fmt::format(
        "({} metrics of content are no warning by themselves: the page as a whole decides)\n", n);
  if (hidden > 0)
    out += fmt::format("({} metrics that have always been 0 are not shown; --all shows them)\n",
                       hidden);
  return out + timings(shown, look);
}

const json::value* find_metric_item(const json::value& statistics, std::string_view name) {
  for (const auto& item : array_at(statistics, "/items"))
    if (text_at(item, "/name") == name) return &item;
  return nullptr;
}

std::string render_metric(const json::value& statistics, const json::value& item, Look look) {
  Chart chart;
  chart.values = series_of(item);
  chart.low = finite_at(item, "/band/low");
  chart.high = finite_at(item, "/band/high");
  if (chart.high) chart.mean = finite_at(item, "/mean");
  leave_out_far_edges(chart);
  for (const auto& time : array_at(statistics, "/times"))
    chart.times.push_back(time.is_string() ? short_time(std::string{time.get_string()}) : "");
  const auto unit = printable(text_at(item, "/unit"));
  return fmt::format("{}{} of {}, the last {} of {} observations\n{}\n{}\n{}",
                     printable(text_at(item, "/name")), unit.empty() ? "" : ", " + unit,
                     printable(text_at(item, "/plugin")), printable(text_at(item, "/recent")),
                     printable(text_at(item, "/n")),
                     warns_from(item) + level_of(item) + history_quantiles_of(item),
                     render_chart(chart, look), rows({&item}, look));
}

std::string render_excesses(const json::value& statistics, std::size_t width) {
  using enum Table::Align;
  Table table{{{"FEATURE"},
               {"VALUE", right},
               {"MEAN", right},
               {"SIGMA", right},
               {"N", right},
               {"Z", right},
               {"UNIT"}}};
  for (const auto* item : by_z(statistics)) {
    if (z_of(*item) < kThreshold) break;
    const auto before = without_last(*item);
    if (!before) continue;
    table.add({text_at(*item, "/name"), number_cell(*item, "/last"), human_number(before->mean),
               human_number(before->sd), human_number(before->n), z_cell(*item),
               text_at(*item, "/unit")});
  }
  return table.empty() ? "" : table.render(width);
}

}  // namespace webmon::cli
