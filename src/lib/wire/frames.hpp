/// Bytes <-> messages of every ZeroMQ hop; the only place that knows frames. Grammar: docs/wire.md.
/// Pure.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/id.hpp"
#include "lib/core/result.hpp"

namespace webmon::wire {

/// `jobs` and `work`: one frame, the Job ID in ASCII. Errors: bad_frame.
std::string job_frame(JobId id);
Result<JobId> parse_job(const std::vector<std::string>& frames);

/// `control`: one frame of text, a command in capitals.
enum class Command : std::uint8_t {
  snapshot_now,   ///< "SNAPSHOT NOW": answers once, when the snapshot that covers it has ended
  snapshot_soon,  ///< "SNAPSHOT SOON": answers at once with the epoch that will cover it; spaced
                  ///< and coalesced
  ping,
  status,
  pause,
  resume,
  drain,
  shutdown
};
std::string_view to_string(Command command) noexcept;
/// Exact bytes only. Errors: bad_frame, listing the commands.
Result<Command> parse_command(std::string_view frame);

/// {"ok":true, …fields} or {"ok":false,"error":code,"detail":text}.
std::string ok_reply(boost::json::object fields = {});
std::string error_reply(const Error& error);
/// Errors: bad_frame, or the error that the reply carries.
Result<boost::json::object> parse_reply(std::string_view frame);

}  // namespace webmon::wire
