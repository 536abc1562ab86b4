#include "cli/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "cli/text.hpp"

namespace webmon::cli {
namespace {

constexpr std::array<std::string_view, 8> kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 8> kInk{"_", ".", ":", "-", "=", "+", "*", "#"};
constexpr std::size_t kLeastPlot = 8;

struct Range {
  double least = 0, most = 0;
  bool is_empty = true;
  void add(const std::optional<double>& value) {
    if (!value) return;
    least = is_empty ? *value : std::min(least, *value);
    most = is_empty ? *value : std::max(most, *value);
    is_empty = false;
  }
  /// 0 for the least to `steps` for the most; the middle if they are the same. Halves, because the
  /// spread may be larger than any number.
  std::size_t step(double value, std::size_t steps) const {
    const double spread = most / 2 - least / 2;
    const double share = spread > 0 ? (value / 2 - least / 2) / spread : 0.5;
    return static_cast<std::size_t>(std::ceil(share * static_cast<double>(steps) - 0.5));
  }
};

Values newest(Values values, std::size_t most) {
  return values.last(std::min(values.size(), most));
}

struct Signs {
  std::string_view value, mean, edge, upright, corner, flat;
};
constexpr Signs kUnicode{"●", "─", "┄", "│", "└", "─"};
constexpr Signs kAscii{"*", "-", ".", "|", "+", "-"};

struct Row {
  std::string label;
  std::string_view line = " ";  ///< what is drawn where there is no value
  std::vector<std::string_view> cells;
};

class Plot {
 public:
  Plot(const Chart& chart, const Signs& signs) : signs_{signs} {
    for (const auto& value : chart.values) range_.add(value);
    for (const auto& value : {chart.low, chart.mean, chart.high}) range_.add(value);
    if (range_.is_empty) return;
    name(range_.most, "");
    name(range_.least, "");
    line(chart.low, "low ", signs.edge);
    line(chart.high, "high ", signs.edge);
    line(chart.mean, "mean ", signs.mean);
    for (const auto& row : rows_) label_width_ = std::max(label_width_, columns(row.label));
  }

  std::size_t label_width() const noexcept { return label_width_; }

  /// `stride` columns a value.
  std::string draw(Values values, std::size_t stride) {
    const std::size_t width = values.empty() ? 0 : (values.size() - 1) * stride + 1;
    for (auto& row : rows_) row.cells.assign(width, row.line);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i]) rows_[row_of(*values[i])].cells[i * stride] = signs_.value;
    std::string out;
    for (const auto& row : rows_) {
      auto text = fmt::format("{}{} {}{}", std::string(label_width_ - columns(row.label), ' '),
                              row.label, signs_.upright, fmt::join(row.cells, ""));
      out += text.erase(text.find_last_not_of(' ') + 1) + "\n";
    }
    out += std::string(label_width_ + 1, ' ');
    out += signs_.corner;
    for (std::size_t i = 0; i < width; ++i) out += signs_.flat;
    return out + "\n";
  }

 private:
  std::size_t row_of(double value) const {
    return kChartRows - 1 - range_.step(value, kChartRows - 1);
  }
  void name(double value, const char* what) {
    rows_[row_of(value)].label = what + human_number(value);
  }
  void line(const std::optional<double>& value, const char* what, std::string_view sign) {
    if (!value) return;
    name(*value, what);
    rows_[row_of(*value)].line = sign;
  }

  Signs signs_;
  Range range_;
  std::array<Row, kChartRows> rows_;
  std::size_t label_width_ = 0;
};

}  // namespace

std::string sparkline(Values values, std::size_t width, bool has_unicode) {
  const auto shown = newest(values, width);
  const auto& levels = has_unicode ? kBlocks : kInk;
  Range range;
  for (const auto& value : shown) range.add(value);
  std::string out;
  for (const auto& value : shown)
    out += value ? levels[range.step(*value, levels.size() - 1)] : std::string_view{" "};
  return out;
}

std::string render_chart(const Chart& chart, Look look) {
  Plot plot{chart, look.has_unicode ? kUnicode : kAscii};
  const auto margin = plot.label_width() + 2;
  auto room = chart.values.size() * 2;
  if (look.width > 0) room = std::max(look.width - std::min(margin, look.width), kLeastPlot);
  const auto values = newest(chart.values, room);
  const std::size_t stride = values.size() * 2 <= room + 1 ? 2 : 1;
  auto out = plot.draw(values, stride);
  const auto times = std::span{chart.times}.last(std::min(chart.times.size(), values.size()));
  if (times.empty()) return out;
  const auto ends = columns(times.front()) + columns(times.back());
  const auto width = (values.size() - 1) * stride + 1;
  out += std::string(margin, ' ') + times.front();
  if (times.size() > 1) out += std::string(width > ends + 2 ? width - ends : 2, ' ') + times.back();
  return out + "\n";
}

}  // namespace webmon::cli
