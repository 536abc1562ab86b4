#include "cli/history_text.hpp"

#include <algorithm>

#include "cli/json_read.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

namespace webmon::cli {

namespace json = boost::json;

std::vector<json::object> history_samples(const json::value& answer) {
  const auto& metrics = array_at(answer, "/metrics");
  std::vector<json::object> samples;
  for (const auto& item : array_at(answer, "/items")) {
    const auto& values = array_at(item, "/values");
    json::object named;
    for (std::size_t i = 0; i < std::min(metrics.size(), values.size()); ++i)
      named[text_at(metrics[i], "/name")] = values[i];
    samples.push_back({{"observed", text_at(item, "/observed")},
                       {"state", text_at(item, "/state")},
                       {"late", is_true_at(item, "/late")},
                       {"metrics", std::move(named)}});
  }
  return samples;
}

std::string render_history(const json::value& answer, const std::vector<std::string>& metrics,
                           Look look) {
  std::vector<Table::Column> columns{{"OBSERVED"}, {"STATE", Table::Align::left, true}, {"LATE"}};
  for (const auto& name : metrics) columns.push_back({name, Table::Align::right});
  Table table{std::move(columns)};
  for (const auto& sample : history_samples(answer)) {
    const json::value value(sample);
    std::vector<std::string> cells{text_at(value, "/observed"), text_at(value, "/state"),
                                   is_true_at(value, "/late") ? "late" : ""};
    for (const auto& name : metrics) {
      const auto number = number_at(value, "/metrics/" + name);
      cells.push_back(number ? human_number(*number) : "");
    }
    table.add(std::move(cells));
  }
  return table.render(look);
}

}  // namespace webmon::cli
