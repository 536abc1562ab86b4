/// Aligned tables for people. Cells are hostile text and are made printable here, so that no caller
/// can forget. Pure; where it is printed, and how wide that is, the caller knows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/colour.hpp"

namespace webmon::cli {

class Table {
 public:
  enum class Align : std::uint8_t { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
    bool is_coloured = false;  ///< cells are states: colour_of
  };

  explicit Table(std::vector<Column> columns);
  /// Missing cells are empty, superfluous ones are dropped.
  void add(std::vector<std::string> cells);
  bool empty() const noexcept { return rows_.empty(); }

  /// Header, then one row each; two spaces between columns, no trailing spaces, each line ends with
  /// "\n". The last column is wrapped, and if that is not enough the widest one clipped, so that no
  /// line is over the look's width; 0 = as wide as it takes, one line a row.
  std::string render(Look look) const;

 private:
  std::vector<std::size_t> widths(std::size_t limit) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace webmon::cli
