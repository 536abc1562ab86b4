#include "cli/run_follow.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/json_read.hpp"

namespace webmon::cli {
namespace {

constexpr seconds kPatience{120};
constexpr milliseconds kFirstLook{10};
constexpr milliseconds kLookEvery{150};

std::uint64_t count_at(const boost::json::value& body, std::string_view pointer) {
  const auto value = number_at(body, pointer);
  return value && *value > 0 ? static_cast<std::uint64_t>(*value) : 0;
}

}  // namespace

RunStatus run_status(boost::json::value body) {
  RunStatus status{.id = text_at(body, "/id"),
                   .total = count_at(body, "/jobs/total"),
                   .done = count_at(body, "/jobs/done"),
                   .dead = count_at(body, "/jobs/dead"),
                   .cancelled = count_at(body, "/jobs/cancelled"),
                   .has_ended = is_true_at(body, "/has_ended"),
                   .body = nullptr};
  status.body = std::move(body);
  return status;
}

Result<Answer> start_run(ApiClient& api, const boost::json::object& what) {
  return api.call("POST", "/api/v1/runs", what, {});
}

Result<RunStatus> follow_run(ApiClient& api, const std::string& id, const StopSignals& signals,
                             const std::function<void(const RunStatus&)>& progress) {
  auto pause = kFirstLook;
  auto moved = system_clock().mono();
  std::uint64_t seen = 0;
  std::string trouble;
  while (true) {
    auto answer = api.call("GET", "/api/v1/runs/" + id);
    if (!answer && !is_retryable(answer.error().code)) return fail(answer.error());
    trouble = answer ? "" : answer.error().detail;
    if (answer) {
      auto status = run_status(std::move(answer->body));
      progress(status);
      if (status.has_ended) return status;
      if (status.ended() > seen) moved = system_clock().mono();
      seen = std::max(seen, status.ended());
    }
    if (system_clock().mono() - moved > kPatience)
      return fail(Errc::timeout,
                  fmt::format("run {} has not moved for {} s{}. Does an executor run? `webmon "
                              "control STATUS` tells",
                              id, kPatience.count(), trouble.empty() ? "" : ": " + trouble));
    if (signals.wait(pause)) return fail(Errc::timeout, "interrupted");
    pause = std::min(pause * 2, kLookEvery);
  }
}

}  // namespace webmon::cli
