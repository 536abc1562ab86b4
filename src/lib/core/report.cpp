#include "lib/core/report.hpp"

namespace webmon {

std::string_view to_string(ReportState state) noexcept {
  switch (state) {
    case ReportState::ok:
      return "ok";
    case ReportState::warn:
      return "warn";
    case ReportState::crit:
      return "crit";
    case ReportState::inconclusive:
      return "inconclusive";
    case ReportState::error:
      return "error";
    case ReportState::skipped:
      return "skipped";
  }
  return "error";
}

std::string_view to_string(Severity severity) noexcept {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::warn:
      return "warn";
    case Severity::crit:
      return "crit";
  }
  return "crit";
}

}  // namespace webmon
