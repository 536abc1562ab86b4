#include "pipeline/api/context.hpp"

#include <algorithm>
#include <charconv>

#include "lib/store/fleet.hpp"
#include "pipeline/api/json_body.hpp"
#include "pipeline/api/operation.hpp"

namespace webmon::api {

tl::unexpected<Problem> refuse(Error error) { return tl::unexpected<Problem>(problem_of(error)); }

tl::unexpected<Problem> refuse(Problem problem) {
  return tl::unexpected<Problem>(std::move(problem));
}

tl::unexpected<Problem> refuse(int status, std::string_view code, std::string detail) {
  Problem problem;
  problem.status = status;
  problem.code = code;
  problem.detail = std::move(detail);
  return tl::unexpected<Problem>(std::move(problem));
}

Awaitable<Checked<std::vector<store::Reply>>> ask(Context& context, store::Batch batch) {
  const auto size = batch.size();
  auto replies = co_await context.redis.call(std::move(batch));
  if (!replies) co_return refuse(std::move(replies.error()));
  if (replies->size() != size) co_return refuse(500, "internal", "Redis: replies do not match");
  for (const auto& reply : *replies) {
    if (reply.is_error()) co_return refuse(store::error_of(reply));
  }
  co_return std::move(*replies);
}

bool has_media_type(const Request& request, std::string_view name) {
  auto type = request.header("content-type").value_or("");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  const auto is_same = [](char a, char b) { return (a | 0x20) == (b | 0x20) || a == b; };
  return std::ranges::equal(type, name, is_same);
}

Checked<boost::json::object> read_body(const Request& request) {
  if (!has_media_type(request, "application/json") &&
      !has_media_type(request, "application/merge-patch+json")) {
    return refuse(415, "unsupported_media_type", "send the body as Content-Type: application/json");
  }
  auto body = parse_json_object(request.body);
  if (!body) return refuse(400, "bad_json", std::move(body.error().detail));
  return std::move(*body);
}

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Checked<std::size_t> read_limit(const Request& request) {
  constexpr std::size_t kDefault = 100;
  constexpr std::size_t kMost = 1'000;
  const auto text = request.parameter("limit");
  if (!text) return kDefault;
  const auto number = parse_number(*text);
  if (!number || *number < 1 || *number > kMost) {
    return refuse(400, "bad_limit", "limit must be a number from 1 to 1000");
  }
  return static_cast<std::size_t>(*number);
}

Checked<std::optional<bool>> read_bool(const Request& request, const std::string& name) {
  const auto word = request.parameter(name);
  if (!word) return std::optional<bool>{};
  if (*word == "true" || *word == "false") return std::optional{*word == "true"};
  return refuse(400, "bad_query", name + " must be true or false");
}

Checked<void> allow_parameters(const Request& request, std::string_view names) {
  for (std::size_t i = 0; i < request.query.size(); ++i) {
    const auto& name = request.query[i].first;
    bool is_known = false, may_repeat = false;
    for_each_word(names, [&](std::string_view word) {
      is_known = is_known || name == parameter_name(word);
      may_repeat = may_repeat || (is_repeatable(word) && name == parameter_name(word));
    });
    if (!is_known) {
      return refuse(400, "bad_query", "unknown query parameter \"" + name + "\"");
    }
    if (may_repeat) continue;
    for (std::size_t j = 0; j < i; ++j) {
      if (request.query[j].first == name) {
        return refuse(400, "bad_query", "query parameter \"" + name + "\" occurs twice");
      }
    }
  }
  return {};
}

Checked<bool> wants_snapshot(const Request& request) {
  const auto wait = request.parameter("wait");
  if (!wait) return false;
  if (*wait == "snapshot") return true;
  return refuse(400, "bad_query", "wait can only be \"snapshot\"");
}

namespace {

constexpr int kMostSnapshots = 3;

/// The epoch of a snapshot that holds the write which was promised `epoch`. If Redis died between
/// the write and the snapshot, the snapshot holds older data: the session has repeated the write
/// by the time it answers anything, so the one after that holds it.
Awaitable<Result<std::uint64_t>> cover(Context& context, std::uint64_t epoch) {
  for (int i = 0; i < kMostSnapshots; ++i) {
    const auto covered = co_await context.control.snapshot_now(context.limits.snapshot_timeout);
    if (!covered) co_return covered;
    store::Batch batch;
    store::add_snap_state(batch, context.keys);
    const auto replies = co_await ask(context, std::move(batch));
    if (!replies) co_return fail(Errc::store_down, replies.error().detail);
    const auto snap = store::read_snap_state(replies->front());
    if (!snap) co_return fail(snap.error());
    if (!is_lost(*snap, epoch)) co_return covered;
    epoch = snap->epoch + 1;
  }
  co_return fail(Errc::store_down, "Redis was restarted again and again");
}

}  // namespace

Awaitable<Durability> make_durable(Context& context, bool waits, std::uint64_t epoch) {
  Durability durability;
  durability.epoch = epoch;
  if (!waits) {
    context.control.snapshot_soon();
    co_return durability;
  }
  const auto covered = co_await cover(context, epoch);
  durability.is_durable = covered.has_value();
  if (covered) {
    durability.epoch = *covered;
  } else {
    durability.failure = covered.error();
  }
  co_return durability;
}

Awaitable<Answer> settle(Context& context, bool waits, std::uint64_t epoch, Response response,
                         boost::json::object body) {
  const auto durability = co_await make_durable(context, waits, epoch);
  body["durable"] = durability.is_durable;
  body["epoch"] = durability.epoch;
  if (durability.failure) {
    Problem problem;
    problem.status = 503;
    problem.code = "snapshot_failed";
    problem.detail = "the change was made and stays, but no snapshot covers it yet: " +
                     durability.failure->detail;
    problem.headers = {{"Retry-After", "2"}};
    problem.extra = std::move(body);
    co_return refuse(std::move(problem));
  }
  auto with_body = json_response(response.status, body);
  with_body.headers = std::move(response.headers);
  co_return with_body;
}

boost::json::value time_or_null(StoreTime time) {
  if (time == StoreTime{}) return nullptr;
  return boost::json::value(to_rfc3339(time));
}

}  // namespace webmon::api
