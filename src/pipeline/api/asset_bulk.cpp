// POST assets:bulk: NDJSON in, NDJSON out, both streamed, so that its size costs no memory.
#include <array>
#include <unordered_set>

#include "lib/store/fleet.hpp"
#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/bulk_upsert.hpp"
#include "pipeline/api/handlers.hpp"
#include "pipeline/api/json_body.hpp"
#include "pipeline/api/line_reader.hpp"

namespace webmon::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kLineBytes = 64 * 1'024;
constexpr std::size_t kBatchLines = 256;
constexpr std::size_t kBatchBytes = 1U << 20U;  ///< of lines
constexpr std::uint64_t kListedErrors = 1'000;  ///< more are only counted
constexpr milliseconds kProgressEvery{1'000};
constexpr milliseconds kSnapshotRetry{30'000};

/// What an export has and Webmon decides: an import leaves it out.
constexpr std::array<std::string_view, 12> kOurs = {"id",      "version",  "created", "updated",
                                                    "state",   "observed", "n",       "rev",
                                                    "durable", "epoch",    "metrics", "reports"};

Checked<AssetPatch> read_line(std::string_view text) {
  auto body = parse_json_object(text);
  if (!body) return refuse(400, "bad_json", std::move(body.error().detail));
  for (const auto name : kOurs) body->erase(name);
  auto patch = read_asset_patch(*body);
  if (!patch) return refuse(std::move(patch.error()));
  if (!patch->url) return refuse(422, "bad_input", "url: an asset needs one");
  return std::move(*patch);
}

Problem problem(std::string_view code, std::string_view detail) {
  Problem made;
  made.code = code;
  made.detail = detail;
  return made;
}

/// Why a body was not read to its end.
Problem problem_of(BodySource::Kind kind) {
  switch (kind) {
    case BodySource::Kind::too_slow:
      return problem("request_timeout", "the lines came too slowly; send the rest again");
    case BodySource::Kind::too_large:
      return problem("too_large", "more than 1 GiB in one call; send the rest in another");
    case BodySource::Kind::stopping:
      return problem("stopping", "the server stops; send the rest again once it is back");
    default:
      return problem("bad_request", "the body ended in its middle");
  }
}

struct Tally {
  std::uint64_t lines = 0;  ///< that were not blank
  std::uint64_t created = 0;
  std::uint64_t changed = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t errors = 0;

  json::object to_json() const {
    return {{"lines", lines},
            {"created", created},
            {"changed", changed},
            {"unchanged", unchanged},
            {"errors", errors}};
  }
};

class Bulk {
 public:
  Bulk(Context& context, BodySource& source, BodySink& sink, bool waits)
      : context_{context}, source_{source}, sink_{sink}, waits_{waits} {}

  /// True: the answer is complete, which the import need not be.
  Awaitable<bool> run() {
    next_progress_ = context_.clock.mono() + kProgressEvery;
    auto part = co_await source_.next();
    while (part.kind == BodySource::Kind::bytes) {
      lines_.feed(part.bytes);
      co_await take_lines();
      if (!can_go_on()) break;
      part = co_await source_.next();
    }
    if (part.kind == BodySource::Kind::end) {
      lines_.end();
      co_await take_lines();
    } else if (can_go_on()) {
      failure_ = problem_of(part.kind);
    }
    co_await flush();  // what was read is made, whatever became of the client
    co_return co_await finish();
  }

 private:
  bool can_go_on() const noexcept { return !failure_ && !is_client_gone_; }

  Awaitable<void> take_lines() {
    while (can_go_on()) {
      const auto line = lines_.next();
      if (!line) break;
      ++tally_.lines;
      if (line->is_too_long) {
        auto over = problem("too_large", "the line is over 65536 bytes");
        co_await report(line->number, std::move(over));
        continue;
      }
      auto patch = read_line(line->text);
      if (!patch) {
        co_await report(line->number, std::move(patch.error()));
        continue;
      }
      const auto number = line->number;
      const auto size = line->text.size();
      if (is_full(*patch, size)) co_await flush();
      if (!can_go_on()) {
        --tally_.lines;
        break;
      }
      add(number, size, std::move(*patch));
    }
  }

  /// Two lines with one URL must come one after the other.
  bool is_full(const AssetPatch& patch, std::size_t size) const {
    return patches_.size() == kBatchLines || batch_bytes_ + size > kBatchBytes ||
           urls_.contains(patch.url->text);
  }
  void add(std::uint64_t line, std::size_t size, AssetPatch patch) {
    urls_.insert(patch.url->text);
    batch_bytes_ += size;
    numbers_.push_back(line);
    patches_.push_back(std::move(patch));
  }

  Awaitable<void> flush() {
    if (patches_.empty()) co_return;
    const auto patches = std::exchange(patches_, {});
    const auto numbers = std::exchange(numbers_, {});
    urls_.clear();
    batch_bytes_ = 0;
    co_await make_room();
    const auto results = co_await upsert(context_, patches);
    if (!results) {
      tally_.lines -= patches.size();  // nobody knows which were made
      failure_ = results.error();
      co_return;
    }
    for (std::size_t i = 0; i < results->size(); ++i) {
      const auto& result = (*results)[i];
      if (!result) {
        co_await report(numbers[i], result.error());
      } else {
        ++(*result == Upserted::created   ? tally_.created
           : *result == Upserted::changed ? tally_.changed
                                          : tally_.unchanged);
      }
    }
    co_await show_progress();
  }

  /// The journal forgets what a snapshot holds; without one it would have to drop what none holds.
  Awaitable<void> make_room() {
    const auto now = context_.clock.mono();
    if (!context_.redis.is_journal_half_full() || now < next_snapshot_) co_return;
    const auto taken = co_await context_.control.snapshot_now(context_.limits.snapshot_timeout);
    if (!taken) next_snapshot_ = context_.clock.mono() + kSnapshotRetry;
  }

  Awaitable<void> show_progress() {
    const auto now = context_.clock.mono();
    if (now < next_progress_) co_return;
    next_progress_ = now + kProgressEvery;
    context_.control.snapshot_soon();
    json::object event{{"progress", tally_.to_json()}};
    co_await write(std::move(event));
  }

  Awaitable<void> report(std::uint64_t line, Problem why) {
    ++tally_.errors;
    if (tally_.errors > kListedErrors) co_return;
    json::object event{{"line", line}, {"code", why.code}, {"detail", why.detail}};
    co_await write(std::move(event));
  }

  Awaitable<bool> finish() {
    auto result = tally_.to_json();
    result["complete"] = !failure_;
    if (failure_) {
      result["code"] = failure_->code;
      result["detail"] = failure_->detail;
    }
    result["durable"] = false;
    result["epoch"] = nullptr;
    store::Batch batch;
    store::add_snap_state(batch, context_.keys);
    const auto replies = co_await ask(context_, std::move(batch));
    if (const auto epoch = replies ? covering_epoch(replies->front()) : Checked<std::uint64_t>{0};
        epoch && *epoch > 0) {
      const bool waits = waits_ && !is_client_gone_;
      const auto durability = co_await make_durable(context_, waits, *epoch);
      result["durable"] = durability.is_durable;
      result["epoch"] = durability.epoch;
      if (durability.failure && !failure_) {
        result["code"] = "snapshot_failed";
        result["detail"] =
            "all lines were made, but no snapshot covers them yet: " + durability.failure->detail;
      }
    }
    json::object event{{"result", std::move(result)}};
    co_await write(std::move(event));
    co_return !is_client_gone_;
  }

  Awaitable<void> write(json::object event) {
    const auto line = json::serialize(event) + '\n';
    if (!co_await sink_.write(line)) is_client_gone_ = true;
  }

  Context& context_;
  BodySource& source_;
  BodySink& sink_;
  bool waits_;
  LineReader lines_{kLineBytes};
  std::vector<AssetPatch> patches_;
  std::vector<std::uint64_t> numbers_;  ///< of their lines
  std::unordered_set<std::string> urls_;
  std::size_t batch_bytes_ = 0;
  Tally tally_;
  std::optional<Problem> failure_;
  bool is_client_gone_ = false;
  MonoTime next_progress_{};
  MonoTime next_snapshot_{};
};

Awaitable<bool> run(Context* context, std::shared_ptr<BodySource> source, BodySink* sink,
                    bool waits) {
  Bulk bulk{*context, *source, *sink, waits};
  co_return co_await bulk.run();
}

}  // namespace

Awaitable<Answer> bulk_assets(Context& context, const Request& request) {
  const auto waits = wants_snapshot(request);
  if (!waits) co_return refuse(waits.error());
  if (!has_media_type(request, "application/x-ndjson")) {
    co_return refuse(415, "unsupported_media_type",
                     "send one asset a line, as Content-Type: application/x-ndjson");
  }
  Response response;
  response.content_type = "application/x-ndjson";
  response.stream = [&context, source = request.source, waits = *waits](BodySink& sink) {
    return run(&context, source, &sink, waits);
  };
  co_return response;
}

}  // namespace webmon::api
