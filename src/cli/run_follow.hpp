/// Starting runs over the API and following them to their end.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <string>

#include "cli/api_client.hpp"
#include "cli/signals.hpp"

namespace webmon::cli {

/// Where a run stands, of GET runs/{id}.
struct RunStatus {
  std::string id;
  std::uint64_t total = 0, done = 0, dead = 0, cancelled = 0;
  bool has_ended = false;
  boost::json::value body;
  std::uint64_t ended() const noexcept { return done + dead + cancelled; }
};
RunStatus run_status(boost::json::value body);

/// POST runs. Errors: those of the API.
Result<Answer> start_run(ApiClient& api, const boost::json::object& what);

/// Asks until the run has ended, `progress` told each time. An API that is away for a while is
/// waited for. Errors: timeout if nothing moves for 2 minutes, with what to look at; timeout
/// "interrupted" if `signals` is set.
Result<RunStatus> follow_run(ApiClient& api, const std::string& id, const StopSignals& signals,
                             const std::function<void(const RunStatus&)>& progress);

}  // namespace webmon::cli
