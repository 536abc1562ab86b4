#include "cli/stats_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

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
  return z ? fmt::format("{:.1f}", *z) : "-";
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

}  // namespace

std::string render_statistics(const json::value& statistics, bool with_zeros, std::size_t width) {
  using enum Table::Align;
  Table table{{{"METRIC"},
               {"LAST", right},
               {"MEAN", right},
               {"SIGMA", right},
               {"MIN", right},
               {"MAX", right},
               {"N", right},
               {"Z", right},
               {"UNIT"}}};
  std::size_t hidden = 0;
  for (const auto* item : by_z(statistics)) {
    if (!with_zeros && is_always_zero(*item)) {
      ++hidden;
      continue;
    }
    table.add({text_at(*item, "/name"), number_cell(*item, "/last"), number_cell(*item, "/mean"),
               number_cell(*item, "/sd"), number_cell(*item, "/min"), number_cell(*item, "/max"),
               number_cell(*item, "/n"), z_cell(*item), text_at(*item, "/unit")});
  }
  auto out =
      fmt::format("{} observations\n", printable(text_at(statistics, "/n"))) + table.render(width);
  if (hidden > 0)
    out += fmt::format("({} metrics that have always been 0 are not shown; --all shows them)\n",
                       hidden);
  return out;
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
