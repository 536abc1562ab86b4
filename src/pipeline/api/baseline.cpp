// assets/{id}/baseline: what a page is compared with, which change waits for a decision, and the
// decisions: approve, reject, expect.
#include "lib/change/memory_codec.hpp"
#include "lib/stats/model.hpp"
#include "lib/store/fleet.hpp"
#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/handlers.hpp"
#include "pipeline/api/schemas.hpp"

namespace webmon::api {

constinit const std::string_view kBaselineSchemas = R"({
  "WaitingChange": {"properties": {
    "since": "Time", "times": {"type": "integer", "minimum": 1,
                               "description": "in a row that it was seen"},
    "score": "number"}},
  "Baseline": {"extends": ["Learned"], "properties": {
    "accepted": {"type": "integer", "minimum": 0,
                 "description": "observations that the page is compared with"},
    "compared": {"type": "boolean", "description": "false: too few yet, or no HTML"},
    "changes": {"type": "number", "description": "share of the recent observations that had something new"},
    "waiting": {"anyOf": ["WaitingChange", {"type": "null"}],
                "description": "a change that is not the page's own yet"},
    "approved": "Time?", "rejected": "Time?", "expected_until": "Time?"}},
  "BaselineDecision": {"optional": ["for_s"], "properties": {
    "action": {"enum": ["approve", "reject", "expect"]},
    "for_s": {"type": "integer", "minimum": 0, "maximum": 604800,
              "description": "of expect: for how long; 0: no more"}}},
  "BaselineDecided": {"extends": ["Baseline", "Settled"]}
})";

namespace {

namespace json = boost::json;

constexpr int kRetries = 3;  ///< of a decision that another change overtook
constexpr std::int64_t kMostSeconds = 604'800;

struct Decision {
  enum class Action : std::uint8_t { approve, reject, expect } action = Action::approve;
  seconds lasting{0};
};

struct Known {
  store::AssetHead head;
  std::optional<change::PageMemory> memory;  ///< nothing: the page was never compared
};

Checked<Decision> read_decision(const Request& request) {
  const auto body = read_body(request);
  if (!body) return refuse(body.error());
  Decision decision;
  const auto bad = [](std::string why) { return refuse(422, "bad_input", std::move(why)); };
  bool has_time = false;
  std::string_view action;
  for (const auto& [key, value] : *body) {
    if (key == "action" && value.is_string()) {
      action = {value.get_string().data(), value.get_string().size()};
    } else if (key == "for_s" && value.is_int64() && value.get_int64() >= 0 &&
               value.get_int64() <= kMostSeconds) {
      decision.lasting = seconds{value.get_int64()};
      has_time = true;
    } else if (key == "for_s") {
      return bad("for_s: must be 0 to 604800 seconds");
    } else {
      return bad(std::string{key} + (key == "action" ? ": must be a string" : ": unknown field"));
    }
  }
  using enum Decision::Action;
  if (action == "approve") {
    decision.action = approve;
  } else if (action == "reject") {
    decision.action = reject;
  } else if (action == "expect") {
    decision.action = expect;
  } else {
    return bad("action: must be approve, reject or expect");
  }
  if (has_time != (decision.action == expect)) {
    return bad(has_time ? "for_s: only of expect" : "for_s: needed, how long changes are expected");
  }
  return decision;
}

Awaitable<Checked<Known>> load(Context& context, const Request& request) {
  auto head = co_await load_asset(context, request);
  if (!head) co_return refuse(std::move(head.error()));
  store::Batch batch;
  batch.add({"GET", context.keys.model(head->asset.id)});
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto blob = store::as_text(replies->front());
  if (!blob) co_return refuse(blob.error());
  const auto model = Model::decode(*blob);
  if (!model) co_return refuse(model.error());
  Known known;
  known.head = std::move(*head);
  known.memory = change::decode(model->page_memory());
  co_return known;
}

json::value waiting_body(const Known& known) {
  if (!known.memory || known.memory->waits == 0) return nullptr;
  const auto& waiting = known.memory->waiting;
  return json::object{{"since", to_rfc3339(store_time_ms(std::int64_t{waiting.since} * 1'000))},
                      {"times", known.memory->waits},
                      {"score", waiting.score}};
}

json::object body_of(const Known& known) {
  const auto& head = known.head;
  const auto& baseline = head.asset.baseline;
  const std::uint32_t accepted = known.memory ? known.memory->seen : 0;
  return {{"asset", head.asset.id.text()},
          {"state", to_string(head.state)},
          {"observed", time_or_null(head.observed)},
          {"n", head.n},
          {"rev", head.rev},
          {"accepted", accepted},
          {"compared", accepted >= kWarmup},
          {"changes", known.memory ? known.memory->changes.mean : 0},
          {"waiting", waiting_body(known)},
          {"approved", time_or_null(baseline.approved)},
          {"rejected", time_or_null(baseline.rejected)},
          {"expected_until", time_or_null(baseline.expected_until)}};
}

void decide(const Decision& decision, StoreTime now, Asset& asset) {
  switch (decision.action) {
    case Decision::Action::approve:
      asset.baseline.approved = now;
      break;
    case Decision::Action::reject:
      asset.baseline.rejected = now;
      break;
    case Decision::Action::expect:
      asset.baseline.expected_until =
          decision.lasting.count() == 0 ? StoreTime{} : now + decision.lasting;
  }
  asset.updated = now;
}

/// The epoch that holds the decision; 0: another change was quicker.
Awaitable<Checked<std::uint64_t>> write(Context& context, const Asset& before, const Asset& after) {
  store::Batch batch;
  store::add_asset_update(batch, context.keys, before, after);
  store::add_snap_state(batch, context.keys);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto updated = store::read_asset_update((*replies)[0]);
  if (!updated) co_return refuse(updated.error());
  if (updated->kind == store::Updated::Kind::stale) co_return 0;
  if (updated->kind != store::Updated::Kind::updated) {
    co_return refuse(404, "not_found", "the asset was removed meanwhile");
  }
  co_return covering_epoch((*replies)[1]);
}

}  // namespace

Awaitable<Answer> get_baseline(Context& context, const Request& request) {
  const auto known = co_await load(context, request);
  if (!known) co_return refuse(known.error());
  const auto body = body_of(*known);
  co_return json_response(200, body);
}

Awaitable<Answer> decide_baseline(Context& context, const Request& request) {
  const auto waits = wants_snapshot(request);
  if (!waits) co_return refuse(waits.error());
  const auto decision = read_decision(request);
  if (!decision) co_return refuse(decision.error());
  for (int tries = 0; tries < kRetries; ++tries) {
    auto known = co_await load(context, request);
    if (!known) co_return refuse(known.error());
    const bool is_waiting = known->memory && known->memory->waits > 0;
    if (decision->action != Decision::Action::expect && !is_waiting) {
      co_return refuse(409, "conflict", "no change waits: the page was last seen as it is known");
    }
    const auto now = co_await store_now(context);
    if (!now) co_return refuse(now.error());
    const auto before = known->head.asset;
    decide(*decision, *now, known->head.asset);
    const auto epoch = co_await write(context, before, known->head.asset);
    if (!epoch) co_return refuse(epoch.error());
    if (*epoch == 0) continue;
    Response response;
    auto body = body_of(*known);
    co_return co_await settle(context, *waits, *epoch, std::move(response), std::move(body));
  }
  co_return refuse(409, "conflict", "the asset is being changed by others; try again");
}

}  // namespace webmon::api
