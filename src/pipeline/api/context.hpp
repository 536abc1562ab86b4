/// What handlers work with, and what they share: reading parameters, asking Redis, answering.
/// Internal to this folder.
#pragma once

#include <span>

#include "lib/core/clock.hpp"
#include "lib/core/rng.hpp"
#include "lib/store/jobs.hpp"
#include "lib/store/keys.hpp"
#include "pipeline/api/api.hpp"
#include "pipeline/api/control_client.hpp"
#include "pipeline/api/coroutine.hpp"
#include "pipeline/api/http_message.hpp"
#include "pipeline/api/problem.hpp"
#include "pipeline/api/redis_session.hpp"
#include "pipeline/jobs/jobs_api.hpp"

namespace webmon::api {

class Counters;
class EventFeed;
struct FleetCache;

struct Context {
  RedisSession& redis;
  store::Keys keys;
  JobsApi& jobs;
  ControlClient& control;
  EventFeed& events;
  Clock& clock;
  Rng& rng;
  ApiLimits limits;
  Counters& counters;
  FleetCache& fleet;
};

/// A handler's result. A Problem becomes problem+json with the request's id.
struct [[nodiscard]] Answer : tl::expected<Response, Problem> {
  using tl::expected<Response, Problem>::expected;
};
template <class T>
using Checked = tl::expected<T, Problem>;

using Handler = Awaitable<Answer> (*)(Context&, const Request&);

tl::unexpected<Problem> refuse(Error error);
tl::unexpected<Problem> refuse(Problem problem);
tl::unexpected<Problem> refuse(int status, std::string_view code, std::string detail);

/// Sends a batch; every reply is there and none is an error.
Awaitable<Checked<std::vector<store::Reply>>> ask(Context& context, store::Batch batch);

/// Whether Content-Type names this type; parameters such as charset do not matter.
bool has_media_type(const Request& request, std::string_view name);
/// The JSON object in the body. 415 for another media type, 400 bad_json for bad JSON.
Checked<boost::json::object> read_body(const Request& request);
/// A path parameter as id, or 400 bad_id.
template <class I>
Checked<I> read_id(std::string_view text) {
  auto id = parse_id<I>(text);
  if (!id) return refuse(400, "bad_id", std::move(id.error().detail));
  return *id;
}
/// `limit`, 1 to 1,000, 100 by default; or 400 bad_limit.
Checked<std::size_t> read_limit(const Request& request);
/// A parameter that is true or false, if it is there; 400 bad_query for another value.
Checked<std::optional<bool>> read_bool(const Request& request, const std::string& name);
/// 400 bad_query for a parameter that is not one of `names` (words), or occurs twice.
Checked<void> allow_parameters(const Request& request, std::string_view names);
/// A decimal number without sign, or nothing.
std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;

/// True for ?wait=snapshot; 400 bad_query for another value. To be asked before the write.
Checked<bool> wants_snapshot(const Request& request);
/// What holds what was written: a snapshot, or the next one.
struct Durability {
  bool is_durable = false;
  std::uint64_t epoch = 0;       ///< of that snapshot
  std::optional<Error> failure;  ///< it was waited for in vain
};
/// `epoch` is that of the first snapshot that holds the write. Without waiting a snapshot is asked
/// for; with it, it is waited for.
Awaitable<Durability> make_durable(Context& context, bool waits, std::uint64_t epoch);
/// Ends a call that changed something. Without waiting: {"durable":false,"epoch":N} is added to
/// `body` and a snapshot is asked for. With: waits for one and answers {"durable":true,"epoch":E},
/// or 503 snapshot_failed whose problem carries the members of `body`, because the change stays.
Awaitable<Answer> settle(Context& context, bool waits, std::uint64_t epoch, Response response,
                         boost::json::object body);

/// RFC 3339, or null for the epoch, which means "never".
boost::json::value time_or_null(StoreTime time);

}  // namespace webmon::api
