/// What an external check writes, as the Monitoring Plugins Development Guidelines have it: a line
/// for people, behind "|" numbers for machines. Pure.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/builder.hpp"

namespace webmon::plugins {

/// 'label'=value[unit];[warn];[crit];[min];[max]
struct PerformanceValue {
  std::string label;
  double value = 0;
  std::string_view unit;        ///< "s", "%", "B", "c" ... as written; empty: none
  std::string_view warn, crit;  ///< ranges as written ("10:20", "@5"); empty: none
  std::optional<double> min, max;
};

struct CheckOutput {
  std::string_view text;  ///< of the first line
  std::vector<PerformanceValue> values;
};

class CheckOutputReader {
 public:
  explicit CheckOutputReader(std::size_t most) : most_{most} {}

  /// Views into `output`. The first line, then long text whose last part may have more values.
  CheckOutput read(std::string_view output) {
    const auto first = output.substr(0, output.find('\n'));
    const auto bar = first.find('|');
    read_.text = trim(first.substr(0, bar));
    if (bar != first.npos) read_values(first.substr(bar + 1));
    output.remove_prefix(std::min(first.size() + 1, output.size()));
    if (const auto more = output.find('|'); more != output.npos) {
      read_values(output.substr(more + 1));
    }
    return std::move(read_);
  }

 private:
  static constexpr std::string_view kSpaces = " \t\r\n";

  void read_values(std::string_view text) {
    while (read_.values.size() < most_) {
      text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
      auto label = take_label(text);
      if (label.empty() || !text.starts_with('=')) return;
      text.remove_prefix(1);
      const auto rest = text.substr(0, text.find_first_of(kSpaces));
      text.remove_prefix(rest.size());
      if (auto value = read_value(std::move(label), rest))
        read_.values.push_back(std::move(*value));
    }
  }

  /// In single quotes, a doubled one for one of its own, or up to the '='.
  static std::string take_label(std::string_view& text) {
    std::string label;
    if (!text.starts_with('\'')) {
      label = text.substr(0, text.find('='));
      text.remove_prefix(label.size());
      return label;
    }
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (text[i] != '\'') {
        label += text[i];
      } else if (text.substr(i + 1).starts_with('\'')) {
        label += text[i++];
      } else {
        text.remove_prefix(i + 1);
        return label;
      }
    }
    return {};
  }

  static std::optional<double> number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
  }

  static std::optional<PerformanceValue> read_value(std::string label, std::string_view text) {
    const auto next = [&] {
      const auto part = text.substr(0, text.find(';'));
      text.remove_prefix(std::min(part.size() + 1, text.size()));
      return part;
    };
    const auto first = next();
    PerformanceValue read;
    read.label = std::move(label);
    const auto [end, error] =
        std::from_chars(first.data(), first.data() + first.size(), read.value);
    if (error != std::errc{}) return std::nullopt;  // "U": it could not be told
    read.unit = first.substr(static_cast<std::size_t>(end - first.data()));
    read.warn = next();
    read.crit = next();
    read.min = number(next());
    read.max = number(next());
    return read;
  }

  std::size_t most_;
  CheckOutput read_;
};

}  // namespace webmon::plugins
