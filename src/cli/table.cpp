#include "cli/table.hpp"

#include <algorithm>
#include <numeric>

#include "cli/text.hpp"

namespace webmon::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastLast = 24;   // the wrapped column is not made narrower than this ...
constexpr std::size_t kLeastOther = 12;  // ... before others are clipped down to this

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_{std::move(columns)} {}

void Table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (auto& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths(std::size_t limit) const {
  std::vector<std::size_t> wide;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto most = columns(columns_[i].title);
    for (const auto& row : rows_) most = std::max(most, columns(row[i]));
    wide.push_back(most);
  }
  if (limit == 0 || wide.empty()) return wide;
  const auto total = [&] {
    return std::accumulate(wide.begin(), wide.end(), kGap * (wide.size() - 1));
  };
  const auto shrink = [&](std::size_t& column, std::size_t least) {
    const auto over = total() > limit ? total() - limit : 0;
    column -= std::min(over, column > least ? column - least : 0);
  };
  shrink(wide.back(), kLeastLast);
  while (total() > limit) {
    const auto widest = std::max_element(wide.begin(), wide.end() - 1);
    if (wide.size() < 2 || *widest <= kLeastOther) break;
    shrink(*widest, kLeastOther);
  }
  return wide;
}

std::string Table::render(Look look) const {
  const auto wide = widths(look.width);
  std::string out;
  const auto add_line = [&](const std::vector<std::string>& cells, bool is_title) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      const bool is_painted = look.has_colour && columns_[i].is_coloured && !is_title;
      const auto text = clip(cells[i], wide[i]);
      const auto space = wide[i] - std::min(wide[i], columns(text));
      if (columns_[i].align == Align::right) line.append(space, ' ');
      line += is_painted ? painted(text, text) : text;
      if (columns_[i].align == Align::left) line.append(space, ' ');
    }
    out += without_trailing_spaces(std::move(line)) + "\n";
  };
  std::vector<std::string> titles;
  for (const auto& column : columns_) titles.push_back(column.title);
  add_line(titles, true);
  for (auto row : rows_) {
    const auto lines = wrap(row.back(), wide.back());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i > 0) row.assign(row.size(), "");
      row.back() = lines[i];
      add_line(row, false);
    }
  }
  return out;
}

}  // namespace webmon::cli
