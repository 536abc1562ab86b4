// nagios: external checks that follow the Monitoring Plugins Development Guidelines, run for an
// asset: exit status, a line for people, performance data with thresholds.
#include <fmt/format.h>

#include <array>

#include "lib/core/reference.hpp"
#include "plugins/builder.hpp"
#include "plugins/performance_data.hpp"

namespace webmon {
namespace {

namespace json = boost::json;
using plugins::clean;

constexpr std::array kMetrics = {
    MetricSpec{"checks", 2700, "count", false, 0, 0, "external checks that ended"},
    MetricSpec{"not_ok", 2701, "count", false, 0, 0, "of these: warning, critical or unknown"},
    MetricSpec{"elapsed_ms", 2702, "ms", true, 100, 0.5, "all of them together", Excess::slow_part},
};
constexpr std::array kFacts = {
    FactSpec{"checks", ValueType::objects,
             "one each: `command`, `state` (ok, warning, critical, unknown), `text` as it says "
             "(256 bytes), `elapsed_ms`, `performance` (the first 10: `label value unit warn crit "
             "min max`, ranges as written)"},
};
constexpr std::array kReasons = {
    ReasonSpec{ReportState::skipped, "no_checks", "the asset's options name none"},
    ReasonSpec{ReportState::skipped, "not_allowed",
               "executor.checks_dir is empty: the operator allows no external checks"},
    ReasonSpec{ReportState::inconclusive, "bad_options", "the options do not say what to run"},
    ReasonSpec{ReportState::warn, "check_warning", "a check ended with exit status 1"},
    ReasonSpec{ReportState::crit, "check_critical", "a check ended with exit status 2"},
    ReasonSpec{ReportState::inconclusive, "check_unknown",
               "a check ended with another exit status, could not be started, crashed, or was "
               "ended at its deadline"},
};
constexpr std::array kOptions = {
    OptionSpec{"checks", ValueType::objects, "none",
               "at most 4, one each: `command`, a file of executor.checks_dir; `args`, texts in "
               "which $HOST$, $PORT$ and $URL$ stand for those of the asset; `timeout_s`, 1 to 20, "
               "preset 10"},
};

constexpr std::size_t kMostChecks = 4, kMostArguments = 32, kMostValues = 10;
constexpr std::int64_t kPresetTimeout = 10, kMostTimeout = 20;

std::string replace_all(std::string text, std::string_view what, const std::string& with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::string expand(const json::string& argument, const Url& url) {
  auto text = replace_all(std::string{argument}, "$HOST$", url.host);
  text = replace_all(std::move(text), "$PORT$", std::to_string(url.port));
  return replace_all(std::move(text), "$URL$", url.text);
}

/// Nothing if it does not say what to run. No shell reads it; a line end would end an argument.
std::optional<SideRequest> request_of(const json::value& option, const Url& url) {
  const auto* check = option.if_object();
  const auto* command = check == nullptr ? nullptr : check->if_contains("command");
  if (command == nullptr || !command->is_string()) return std::nullopt;
  SideRequest request{.kind = SideRequest::Kind::exec,
                      .target = std::string{command->get_string()},
                      .lifetime = seconds{0},
                      .deadline = seconds{kPresetTimeout}};
  if (const auto* timeout = check->if_contains("timeout_s"); timeout != nullptr) {
    if (!timeout->is_int64()) return std::nullopt;
    const auto wanted = timeout->get_int64();
    if (wanted < 1 || wanted > kMostTimeout) return std::nullopt;
    request.deadline = seconds{wanted};
  }
  const auto* option_args = check->if_contains("args");
  if (option_args != nullptr && !option_args->is_array()) return std::nullopt;
  const auto arguments = option_args == nullptr ? json::array{} : option_args->get_array();
  if (arguments.size() > kMostArguments) return std::nullopt;
  for (const auto& argument : arguments) {
    if (!argument.is_string()) return std::nullopt;
    request.target += '\n' + expand(argument.get_string(), url);
  }
  const auto lines = static_cast<std::size_t>(std::ranges::count(request.target, '\n'));
  return lines == arguments.size() ? std::optional{std::move(request)} : std::nullopt;
}

const json::array* checks_of(const Asset& asset) {
  const auto* options = asset.plugins.if_contains("nagios");
  const auto* object = options == nullptr ? nullptr : options->if_object();
  const auto* checks = object == nullptr ? nullptr : object->if_contains("checks");
  return checks == nullptr ? nullptr : checks->if_array();
}

/// Empty if one of them is not as it should be: then none is run.
std::vector<SideRequest> requests_of(const Asset& asset) {
  std::vector<SideRequest> requests;
  const auto* checks = checks_of(asset);
  if (checks == nullptr || checks->size() > kMostChecks) return {};
  for (const auto& check : *checks) {
    auto request = request_of(check, asset.url);
    if (!request) return {};
    requests.push_back(std::move(*request));
  }
  return requests;
}

std::vector<SideRequest> plan(const Page&, const Asset& asset, std::span<const SideResult> known) {
  return known.empty() ? requests_of(asset) : std::vector<SideRequest>{};
}

/// As the executor tells it: see SideResult.
struct Ended {
  bool has_exited = false;
  int code = 0;
  double elapsed_ms = 0;
  std::string_view how, output;
};

Ended read_end(const SideResult& side) {
  if (!side.is_ok) return {.how = side.answer, .output = side.answer};
  Ended ended;
  const auto line = side.answer.substr(0, side.answer.find('\n'));
  ended.how = line.substr(0, line.find(' '));
  ended.has_exited = ended.how == "exited";
  ended.output = side.answer.substr(std::min(line.size() + 1, side.answer.size()));
  const auto* at = line.data() + std::min(ended.how.size() + 1, line.size());
  const auto* end = line.data() + line.size();
  at = std::from_chars(at, end, ended.code).ptr;
  if (at != end) std::from_chars(at + 1, end, ended.elapsed_ms);
  return ended;
}

enum class Verdict : std::uint8_t { ok, warning, critical, unknown };
constexpr std::array<std::string_view, 4> kVerdicts{"ok", "warning", "critical", "unknown"};

Verdict verdict_of(const Ended& ended) {
  const bool is_known = ended.has_exited && ended.code >= 0 && ended.code <= 2;
  return is_known ? static_cast<Verdict>(ended.code) : Verdict::unknown;
}

json::array told(const std::vector<plugins::PerformanceValue>& values) {
  json::array list;
  for (const auto& value : values) {
    json::object one{{"label", clean(value.label, 64)}, {"value", value.value}};
    const auto add = [&](const char* name, std::string_view text) {
      if (!text.empty()) one[name] = clean(text, 32);
    };
    add("unit", value.unit);
    add("warn", value.warn);
    add("crit", value.crit);
    if (value.min) one["min"] = *value.min;
    if (value.max) one["max"] = *value.max;
    list.push_back(std::move(one));
  }
  return list;
}

std::string text_of(const Ended& ended, std::string_view first_line) {
  if (ended.how == "overran") return "it was ended at its deadline";
  if (ended.how == "killed") return fmt::format("it was killed by signal {}", ended.code);
  if (ended.has_exited && ended.code == 126) return "it cannot be executed";
  if (first_line.empty()) return fmt::format("exit status {}, without a word", ended.code);
  return clean(first_line, 256);
}

void judge(Report& report, Verdict verdict, std::string_view command, const std::string& text) {
  if (verdict == Verdict::ok) return;
  constexpr std::array kCodes{"", "check_warning", "check_critical", "check_unknown"};
  const auto severity = verdict == Verdict::critical  ? Severity::crit
                        : verdict == Verdict::warning ? Severity::warn
                                                      : Severity::info;
  const auto which = static_cast<std::size_t>(verdict);
  plugins::add_finding(report, {.severity = severity,
                                .code = kCodes[which],
                                .message = fmt::format("{}: {}", command, text),
                                .expected = "ok",
                                .seen = std::string{kVerdicts[which]},
                                .evidence = {}});
}

PluginOutput run(const PluginInput& input) {
  const auto* checks = checks_of(input.asset);
  if (checks == nullptr || checks->empty()) return plugins::skipped(input, "no_checks");
  PluginOutput output;
  Report& report = output.report;
  if (requests_of(input.asset).empty()) {
    report.state = ReportState::inconclusive;
    report.reason = "bad_options";
    return output;
  }
  const auto& sides = input.sides;
  if (!sides.empty() && sides[0].answer == "unsupported" && !sides[0].is_ok) {
    return plugins::skipped(input, "not_allowed");
  }
  json::array list;
  double elapsed_ms = 0, not_ok = 0;
  bool is_unknown = sides.empty();
  for (const auto& side : sides) {
    const auto ended = read_end(side);
    const auto said = plugins::CheckOutputReader{kMostValues}.read(ended.output);
    const auto verdict = verdict_of(ended);
    const auto command = clean(side.target.substr(0, side.target.find('\n')), 64);
    const auto text = text_of(ended, said.text);
    judge(report, verdict, command, text);
    elapsed_ms += ended.elapsed_ms;
    not_ok += verdict == Verdict::ok ? 0 : 1;
    is_unknown = is_unknown || verdict == Verdict::unknown;
    list.push_back({{"command", command},
                    {"state", kVerdicts[static_cast<std::size_t>(verdict)]},
                    {"text", text},
                    {"elapsed_ms", ended.elapsed_ms},
                    {"performance", told(said.values)}});
  }
  if (is_unknown && report.state == ReportState::ok) {
    report.state = ReportState::inconclusive;
    report.reason = "check_unknown";
  }
  plugins::add_metric(report, kMetrics[0], static_cast<double>(sides.size()));
  plugins::add_metric(report, kMetrics[1], not_ok);
  plugins::add_metric(report, kMetrics[2], elapsed_ms);
  report.facts["checks"] = std::move(list);
  return output;
}

constexpr Plugin kPlugin{.name = "nagios",
                         .number = 27,
                         .version = 1,
                         .summary =
                             "External checks by the Monitoring Plugins guidelines: every "
                             "Nagios plugin is one of Webmon's.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .options = kOptions,
                         .plan = plan,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
