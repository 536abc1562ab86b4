#include "cli/result_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/fields_text.hpp"
#include "cli/json_read.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "lib/core/plugin.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kStateColumns = 12;  // the longest: "inconclusive"

std::string metric_name(std::uint16_t number) {
  const auto* spec = find_metric(number);
  return spec != nullptr ? std::string{spec->name} : fmt::format("metric_{}", number);
}

const json::value* report_of(const json::array& reports, std::string_view plugin) {
  const auto found =
      std::ranges::find_if(reports, [&](const auto& r) { return text_at(r, "/plugin") == plugin; });
  return found == reports.end() ? nullptr : &*found;
}

void copy_metric(const json::value& report, const char* from, json::object& result,
                 const char* to) {
  const auto value = number_at(report, fmt::format("/metrics/{}", from));
  if (value) result[to] = *value;
}

constexpr int kInfo = 2;

int badness(std::string_view severity) {
  return severity == "crit" ? 0 : severity == "warn" ? 1 : kInfo;
}

struct Said {
  int badness;
  std::string text;
};

void add_findings(const json::value& report, std::vector<Said>& out) {
  for (const auto& finding : array_at(report, "/findings"))
    out.push_back({badness(text_at(finding, "/severity")), text_at(finding, "/message")});
  const auto state = text_at(report, "/state");
  const auto reason = text_at(report, "/reason");
  const bool is_told =
      !array_at(report, "/findings").empty() || state == "ok" || state == "skipped";
  if (!is_told)
    out.push_back({1, fmt::format("{}: {}{}", text_at(report, "/plugin"), reason,
                                  reason.empty() ? state : "")});
}

std::string counted(double count, std::string_view one, std::string_view more) {
  return fmt::format("{:.0f} {}", count, count == 1 ? one : more);
}

/// "ignored: 3 elements, 1 match, 1.2 KiB (2 rules; nothing found: css .ad)"; empty without rules.
std::string ignored_line(const json::array& reports) {
  const json::value* fact = nullptr;
  for (const auto& report : reports)
    if (fact == nullptr) fact = find(report, "/facts/ignored");
  if (fact == nullptr) return {};
  const auto number = [&](const char* at) { return number_at(*fact, at).value_or(0); };
  std::string out = "ignored: ";
  if (number("/elements") > 0) out += counted(number("/elements"), "element", "elements") + ", ";
  if (number("/attributes") > 0)
    out += counted(number("/attributes"), "attribute", "attributes") + ", ";
  if (number("/matches") > 0) out += counted(number("/matches"), "match", "matches") + ", ";
  out += human_bytes(number("/bytes")) + " (" + counted(number("/rules"), "rule", "rules");
  const char* joiner = "; nothing found: ";
  for (const auto& rule : array_at(*fact, "/idle")) {
    out += joiner + printable(cell_text(rule));
    joiner = ", ";
  }
  if (is_true_at(*fact, "/limited")) out += "; a bound was reached, some of it may be left";
  return out + ")\n";
}

std::string number_cell(const json::object& result, const char* key, std::string (*show)(double)) {
  const auto value = number_at(json::value(result), std::string{"/"} + key);
  return value ? show(*value) : "-";
}

std::string show_ms(double ms) { return fmt::format("{:.0f}", ms); }
std::string show_status(double status) { return status > 0 ? fmt::format("{:.0f}", status) : "-"; }

std::string unit_of(std::string_view name) {
  for (const auto* plugin : all_plugins())
    for (const auto& metric : plugin->metrics)
      if (metric.name == name) return std::string{metric.unit};
  return {};
}

void add_metrics(const json::value& report, Table& table, std::size_t& zeros) {
  const auto* metrics = find(report, "/metrics");
  if (metrics == nullptr || !metrics->is_object()) return;
  const bool hides_zeros =
      metrics->get_object().size() > 30;  // tag counts: most elements are on no page
  for (const auto& [name, value] : metrics->get_object()) {
    json::error_code error;
    const auto number = value.to_number<double>(error);
    if (hides_zeros && !error && number == 0) {
      ++zeros;
      continue;
    }
    table.add(
        {std::string{name}, error ? json::serialize(value) : human_number(number), unit_of(name)});
  }
}

void add_facts(const json::value& report, Table& table) {
  const auto* facts = find(report, "/facts");
  if (facts == nullptr || !facts->is_object()) return;
  for (const auto& [name, value] : facts->get_object())
    table.add({std::string{name}, cell_text(value), ""});
}

std::string indented(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at) + 1;
    out += "  " + text.substr(at, end - at);
    at = end;
  }
  return out;
}

// A state or severity in its colour.
std::string word(const std::string& text, const char* form, Look look) {
  const auto shown = fmt::format(fmt::runtime(form), printable(text));
  return look.has_colour ? painted(shown, text) : shown;
}

std::string render_report(const json::value& report, Look look) {
  const auto reason = text_at(report, "/reason");
  auto out = printable(text_at(report, "/plugin")) + ": " +
             word(text_at(report, "/state"), "{}", look) +
             printable(reason.empty() ? "" : ", " + reason) + "\n";
  for (const auto& finding : array_at(report, "/findings")) {
    out += "  " + word(text_at(finding, "/severity"), "[{}]", look) + " " +
           printable(text_at(finding, "/message")) + "\n";
    if (const auto evidence = text_at(finding, "/evidence"); !evidence.empty())
      out += "        " + printable(evidence) + "\n";
  }
  // Values in the last column would be wrapped; units are short and known.
  Table table{{{"METRIC OR FACT"}, {"VALUE"}, {"UNIT"}}};
  std::size_t zeros = 0;
  add_metrics(report, table, zeros);
  add_facts(report, table);
  if (!table.empty()) out += indented(table.render(look.width > 2 ? look.width - 2 : 0));
  if (zeros > 0)
    out += fmt::format("  ({} metrics that are 0 are not shown; --json has them)\n", zeros);
  return out;
}

}  // namespace

json::object report_json(const Report& report) {
  const auto* plugin = find_plugin(report.plugin);
  json::object metrics;
  for (const auto& metric : report.metrics) metrics[metric_name(metric.number)] = metric.value;
  json::array findings;
  for (const auto& f : report.findings)
    findings.push_back(json::object{{"severity", to_string(f.severity)},
                                    {"code", f.code},
                                    {"message", f.message},
                                    {"expected", f.expected},
                                    {"seen", f.seen},
                                    {"evidence", f.evidence}});
  return {{"plugin", plugin != nullptr ? plugin->name : std::string_view{"unknown"}},
          {"version", report.version},
          {"state", to_string(report.state)},
          {"reason", report.reason},
          {"metrics", std::move(metrics)},
          {"facts", report.facts},
          {"findings", std::move(findings)}};
}

json::object result_json(std::string url, std::string state, json::array reports) {
  json::object result{{"url", std::move(url)}, {"state", std::move(state)}};
  if (const auto* probe = report_of(reports, "http-probe")) {
    copy_metric(*probe, "status", result, "status");
    copy_metric(*probe, "total_ms", result, "total_ms");
    copy_metric(*probe, "body_bytes_decoded", result, "bytes");
  }
  result["reports"] = std::move(reports);
  return result;
}

std::vector<std::string> findings_in_words(const json::object& result) {
  std::vector<Said> said;
  const json::value value(result);
  for (const auto& report : array_at(value, "/reports")) add_findings(report, said);
  std::ranges::stable_sort(said, {}, &Said::badness);
  const auto state = text_at(value, "/state");
  // Of a page that is up, what is only for information is said in its report.
  if (state == "up") std::erase_if(said, [](const Said& s) { return s.badness == kInfo; });
  std::vector<std::string> words;
  for (auto& s : said) words.push_back(std::move(s.text));
  if (words.empty() && state != "up") words.push_back("no plugin says why");
  return words;
}

std::string render_result(const json::object& result, Look look) {
  const json::value value(result);
  auto out = printable(text_at(value, "/url")) + "\n" + word(text_at(value, "/state"), "{}", look);
  if (const auto status = number_at(value, "/status"); status && *status > 0)
    out += fmt::format(", status {:.0f}", *status);
  if (const auto ms = number_at(value, "/total_ms")) out += fmt::format(", {:.0f} ms", *ms);
  if (const auto bytes = number_at(value, "/bytes")) out += ", " + human_bytes(*bytes);
  out += "\n" + ignored_line(array_at(value, "/reports"));
  for (const auto& report : array_at(value, "/reports")) out += "\n" + render_report(report, look);
  return out;
}

std::string render_line(const json::object& result, Look look) {
  const json::value value(result);
  const auto state = printable(text_at(value, "/state"));
  const auto words = findings_in_words(result);
  auto line =
      fmt::format(" {:>3} {:>6} {:>9}  {}", number_cell(result, "status", show_status),
                  number_cell(result, "total_ms", show_ms),
                  number_cell(result, "bytes", human_bytes), printable(text_at(value, "/url")));
  if (!words.empty()) {
    const auto used = kStateColumns + columns(line) + 2;
    const auto text = printable(words.front());
    if (look.width == 0)
      line += "  " + text;
    else if (look.width > used)
      line += "  " + clip(text, look.width - used);
  }
  const std::string space(kStateColumns - std::min(kStateColumns, columns(state)), ' ');
  return (look.has_colour ? painted(state, state) : state) + space + line + "\n";
}

std::string render_results(const std::vector<json::object>& results, Look look) {
  constexpr std::size_t kMost = 3;  // findings in a table; all of them are in the reports
  using enum Table::Align;
  Table table{{{"URL"},
               {"STATE", left, true},
               {"STATUS", right},
               {"MS", right},
               {"SIZE", right},
               {"FINDINGS"}}};
  for (const auto& result : results) {
    const json::value value(result);
    const auto words = findings_in_words(result);
    std::string text;
    for (std::size_t i = 0; i < std::min(words.size(), kMost); ++i)
      text += (i == 0 ? "" : "; ") + words[i];
    if (words.size() > kMost) text += fmt::format("; and {} more", words.size() - kMost);
    table.add({text_at(value, "/url"), text_at(value, "/state"),
               number_cell(result, "status", show_status), number_cell(result, "total_ms", show_ms),
               number_cell(result, "bytes", human_bytes), text});
  }
  return table.render(look);
}

}  // namespace webmon::cli
