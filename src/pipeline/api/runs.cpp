// POST runs: how jobs are pushed.
#include <algorithm>
#include <unordered_set>

#include "lib/store/assets.hpp"
#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/handlers.hpp"
#include "pipeline/api/schemas.hpp"

namespace webmon::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxAssets = 10'000;
constexpr std::size_t kBatch = 500;
constexpr std::size_t kMaxKeyBytes = 255;

struct RunBody {
  std::string what;
  std::vector<AssetId> ids;   ///< for "ids"
  store::AssetFilter filter;  ///< for "tag" and "all"
  std::string fingerprint;
};

Checked<std::vector<AssetId>> read_ids(const json::value& value) {
  if (!value.is_array()) return refuse(422, "bad_input", "assets: must be a list of ids");
  const auto& list = value.get_array();
  if (list.empty() || list.size() > kMaxAssets) {
    return refuse(422, "bad_input", "assets: 1 to 10000 ids");
  }
  std::vector<AssetId> ids;
  std::unordered_set<AssetId> seen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto path = "assets[" + std::to_string(i) + "]: ";
    if (!list[i].is_string()) return refuse(422, "bad_input", path + "must be an id");
    const auto id = parse_id<AssetId>(std::string_view{list[i].get_string()});
    if (!id) return refuse(422, "bad_input", path + id.error().detail);
    if (seen.insert(*id).second) ids.push_back(*id);
  }
  return ids;
}

Checked<RunBody> read_run(const Request& request) {
  const auto body = read_body(request);
  if (!body) return refuse(body.error());
  if (body->size() != 1) {
    return refuse(422, "bad_input", "exactly one of assets, tag and all is needed");
  }
  RunBody run;
  run.fingerprint = derive_id<RunId>(json::serialize(*body), 0).text();
  const auto& [name, value] = *body->begin();
  if (name == "assets") {
    auto ids = read_ids(value);
    if (!ids) return refuse(std::move(ids.error()));
    run.ids = std::move(*ids);
    run.what = "ids";
  } else if (name == "tag") {
    if (!value.is_string()) return refuse(422, "bad_input", "tag: must be text");
    run.filter.tag = std::string{value.get_string()};
    if (!is_tag(*run.filter.tag)) {
      return refuse(422, "bad_input", "tag: 1 to 64 of a-z 0-9 . _ -");
    }
    run.what = "tag:" + *run.filter.tag;
  } else if (name == "all") {
    if (!value.is_bool() || !value.get_bool()) {
      return refuse(422, "bad_input", "all: can only be true");
    }
    run.what = "all";
  } else {
    return refuse(422, "bad_input", std::string{name} + ": unknown field");
  }
  return run;
}

Checked<std::string> read_key(const Request& request) {
  const auto key = request.header("idempotency-key");
  if (!key) return std::string{};
  const auto is_bad = [](char c) { return c < 0x20 || c > 0x7e; };
  if (key->empty() || key->size() > kMaxKeyBytes || std::ranges::any_of(*key, is_bad)) {
    return refuse(400, "bad_idempotency_key",
                  "Idempotency-Key: 1 to 255 printable ASCII characters");
  }
  return std::string{*key};
}

/// Explicit ids run even if the asset is disabled; unknown ones are skipped.
struct Known {
  std::vector<Target> targets;
  std::uint64_t unknown = 0;
};
Awaitable<Checked<Known>> look_up(Context& context, const std::vector<AssetId>& ids) {
  Known known;
  for (std::size_t at = 0; at < ids.size(); at += kBatch) {
    store::Batch batch;
    const auto end = std::min(ids.size(), at + kBatch);
    for (auto i = at; i < end; ++i) store::add_asset_head(batch, context.keys, ids[i]);
    const auto replies = co_await ask(context, std::move(batch));
    if (!replies) co_return refuse(replies.error());
    for (const auto& reply : *replies) {
      const auto head = store::read_asset_head(reply);
      if (!head) co_return refuse(head.error());
      if (!*head) {
        ++known.unknown;
        continue;
      }
      Target target;
      target.asset = (*head)->asset.id;
      target.host = (*head)->asset.url.host;
      known.targets.push_back(std::move(target));
    }
  }
  co_return known;
}

Awaitable<Result<RunStarted>> start(Context& context, RunRequest run,
                                    std::shared_ptr<std::unique_ptr<AssetSource>> source) {
  using Started = Result<RunStarted>;
  auto* jobs = &context.jobs;
  std::function<void(std::function<void(Started)>)> begin =
      [jobs, run = std::move(run), source](std::function<void(Started)> done) {
        jobs->start_run(run, std::move(*source), std::move(done));
      };
  co_return co_await wait_for<Started>(std::move(begin));
}

}  // namespace

constinit const std::string_view kRunStartSchemas = R"({
  "RunNew": {"oneOf": [
    {"properties": {"assets": {"type": "array", "items": "Id", "minItems": 1, "maxItems": 10000}}},
    {"properties": {"tag": "Tag"}},
    {"properties": {"all": {"const": true}}}]},
  "RunStarted": {"extends": ["Settled"], "properties": {
    "id": "Id",
    "jobs": {"type": "array", "items": "Id", "maxItems": 10000},
    "submitted": "count",
    "skipped": "count",
    "repeated": {"type": "boolean", "description": "the run of this Idempotency-Key was there"}}}
})";

Awaitable<Answer> create_run(Context& context, const Request& request) {
  const auto waits = wants_snapshot(request);
  if (!waits) co_return refuse(waits.error());
  auto key = read_key(request);
  if (!key) co_return refuse(key.error());
  auto body = read_run(request);
  if (!body) co_return refuse(body.error());

  std::uint64_t unknown = 0;
  auto source = std::make_shared<std::unique_ptr<AssetSource>>();
  if (body->ids.empty()) {
    *source = filter_source(context.redis, context.keys, body->filter);
  } else {
    auto known = co_await look_up(context, body->ids);
    if (!known) co_return refuse(known.error());
    if (known->targets.empty()) {
      co_return refuse(404, "not_found", "none of these assets exists");
    }
    unknown = known->unknown;
    *source = fixed_source(std::move(known->targets));
  }
  RunRequest run;
  run.what = std::move(body->what);
  run.key = std::move(*key);
  run.fingerprint = std::move(body->fingerprint);
  auto started = co_await start(context, std::move(run), std::move(source));
  if (!started) co_return refuse(std::move(started.error()));
  if (started->kind == RunStarted::Kind::mismatch) {
    co_return refuse(422, "idempotency_mismatch", "this Idempotency-Key came with another request");
  }
  if (started->kind == RunStarted::Kind::retired) {
    co_return refuse(409, "run_retired", "the run of this Idempotency-Key has ended and is gone");
  }

  json::object answer;
  answer["id"] = started->id.text();
  json::array jobs;
  jobs.reserve(started->jobs.size());
  for (const auto& job : started->jobs) jobs.push_back(json::value(job.text()));
  answer["jobs"] = std::move(jobs);
  answer["submitted"] = started->submitted;
  answer["skipped"] = started->skipped + unknown;
  answer["repeated"] = started->kind == RunStarted::Kind::repeated;
  Response response;
  response.status = 202;
  response.headers.emplace_back("Location", "/api/v1/runs/" + started->id.text());
  co_return co_await settle(context, *waits, started->epoch, std::move(response),
                            std::move(answer));
}

}  // namespace webmon::api
