// GET events: results and the progress of runs as they come, as server-sent events.
#include "pipeline/api/event_feed.hpp"
#include "pipeline/api/handlers.hpp"

namespace webmon::api {
namespace {

constexpr milliseconds kHeartbeat{15'000};
constexpr milliseconds kLook{1'000};  ///< whether the server stops
constexpr std::string_view kComment = ":\n\n";

struct Start {
  EventFilter filter;
  store::EventId after;   ///< the last event that the client has
  std::string_view lost;  ///< why events are missing; empty: none is
};

Checked<std::optional<store::EventId>> read_last_event_id(const Request& request) {
  const auto text = request.header("last-event-id");
  if (!text || text->empty()) return std::optional<store::EventId>{};
  const auto id = store::parse_event_id(*text);
  if (!id) return refuse(400, "bad_query", "Last-Event-ID: " + id.error().detail);
  return std::optional{*id};
}

/// Pure. `last`: of the client, if it resumes.
Start start_at(EventFilter filter, std::optional<store::EventId> last,
               const store::EventSpan& span) {
  Start start;
  start.filter = std::move(filter);
  start.after = span.last;
  if (!last) return start;
  if (span.last < *last) {
    start.lost = "restarted";  // Redis came back from before that event
    return start;
  }
  start.after = *last;
  if (span.has_dropped && (!span.oldest || *last < *span.oldest)) start.lost = "dropped";
  return start;
}

/// What came while the client was away, until the reader can go on for it. Nothing: it is gone, or
/// Redis is.
Awaitable<std::optional<store::EventId>> catch_up(Context& context, const Start& start,
                                                  BodySink& sink) {
  auto after = start.after;
  while (true) {
    const auto page = co_await EventFeed::read(context, after);
    if (!page) co_return std::nullopt;
    for (const auto& told : page->events) {
      const auto text = text_of(told, start.filter);
      if (text && !co_await sink.write(*text)) co_return std::nullopt;
    }
    if (page->last) after = *page->last;
    if (!page->is_full && context.events.can_join(after)) co_return after;
  }
}

Awaitable<bool> follow(Context& context, const Start& start, BodySink& sink) {
  // With an id, so that a client without any event yet can resume too.
  const auto opening = "retry: 2000\nid: " + to_string(start.after) + "\n\n";
  if (!co_await sink.write(opening)) co_return false;
  const auto lost = start.lost.empty() ? std::string{} : lost_text(start.lost);
  if (!co_await sink.write(lost)) co_return false;
  const auto after = co_await catch_up(context, start, sink);
  if (!after) co_return false;
  const auto listener = context.events.listen(context, start.filter, *after);
  auto quiet_since = context.clock.mono();
  while (!sink.is_ending()) {
    const auto text = co_await listener->next(kLook);
    if (listener->is_cut() && !text) {
      const auto cut = lost_text("slow");
      co_return co_await sink.write(cut);
    }
    const auto now = context.clock.mono();
    if (!text && now - quiet_since < kHeartbeat) continue;
    if (!co_await sink.write(text ? std::string_view{*text} : kComment)) co_return false;
    quiet_since = now;
  }
  co_return true;
}

}  // namespace

Awaitable<Answer> get_events(Context& context, const Request& request) {
  auto filter = read_event_filter(request);
  if (!filter) co_return refuse(std::move(filter.error()));
  const auto last = read_last_event_id(request);
  if (!last) co_return refuse(last.error());
  if (context.events.is_full()) {
    Problem problem;
    problem.status = 503;
    problem.code = "too_many_listeners";
    problem.detail = std::to_string(EventFeed::kMostListeners) + " clients follow events already";
    problem.headers.emplace_back("Retry-After", "10");
    co_return refuse(std::move(problem));
  }
  store::Batch batch;
  store::add_event_span(batch, context.keys);
  const auto replies = co_await context.redis.call(std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto span = store::read_event_span(replies->front());
  if (!span) co_return refuse(span.error());
  Response response;
  response.content_type = "text/event-stream";
  auto start = start_at(std::move(*filter), *last, *span);
  response.stream = [&context, start = std::move(start)](BodySink& sink) {
    return follow(context, start, sink);
  };
  co_return response;
}

}  // namespace webmon::api
