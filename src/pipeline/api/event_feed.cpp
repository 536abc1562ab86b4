#include "pipeline/api/event_feed.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <iterator>

#include "lib/core/log.hpp"
#include "pipeline/api/run_access.hpp"

namespace webmon::api {

namespace asio = boost::asio;

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds kPoll{200};
constexpr unsigned kPollsPerLook = 5;     ///< at the runs
constexpr unsigned kPollsPerSaying = 15;  ///< that somebody listens; well within kListeningLife
constexpr std::size_t kPage = 500;
constexpr std::size_t kMostRuns = 100;  ///< looked at
constexpr std::size_t kMostOpen = 20;   ///< counted, which is up to 64 reads each

Awaitable<void> say_listening(Context& context) {
  store::Batch batch;
  store::add_listening(batch, context.keys);
  const auto ignored = co_await context.redis.call(std::move(batch));
  static_cast<void>(ignored);  // said again soon
}

/// Those asked for by name first, then the newest that have not ended, or whose end was not told:
/// they were open at the last look, or have begun and ended since. `seen`: when the newest run of
/// the last look was made; nothing at the first.
std::vector<store::RunHeader> open_runs(const std::vector<store::RunHeader>& runs,
                                        const std::vector<RunId>& named,
                                        const std::map<RunId, std::string>& told,
                                        std::optional<StoreTime> seen) {
  std::vector<store::RunHeader> open;
  const auto is_named = [&](const auto& run) {
    return std::ranges::find(named, run.id) != named.end();
  };
  std::ranges::copy_if(runs, std::back_inserter(open), is_named);
  for (const auto& run : runs) {
    const bool is_new = seen && run.created > *seen;
    const bool is_open = to_ms(run.ended) == 0 || told.contains(run.id) || is_new;
    if (is_open && !is_named(run) && open.size() < kMostOpen) open.push_back(run);
  }
  return open;
}

}  // namespace

void EventFeed::Listener::add(std::string text) {
  if (is_cut_) return;
  is_cut_ = waiting_.size() >= kMostWaiting;
  if (!is_cut_) waiting_.push_back(std::move(text));
  wake_.cancel();
}

Awaitable<std::optional<std::string>> EventFeed::Listener::next(milliseconds most) {
  if (waiting_.empty() && !is_cut_) {
    wake_.expires_after(most);
    auto [ignored] = co_await wake_.async_wait(kAsTuple);
    static_cast<void>(ignored);
  }
  if (waiting_.empty()) co_return std::nullopt;
  auto text = std::move(waiting_.front());
  waiting_.pop_front();
  co_return text;
}

std::vector<std::shared_ptr<EventFeed::Listener>> EventFeed::listeners() {
  std::vector<std::shared_ptr<Listener>> alive;
  std::erase_if(listeners_, [&](const auto& listener) {
    auto held = listener.lock();
    if (held) alive.push_back(std::move(held));
    return listener.expired();
  });
  return alive;
}

bool EventFeed::is_full() { return listeners().size() >= kMostListeners; }

std::shared_ptr<EventFeed::Listener> EventFeed::listen(Context& context, EventFilter filter,
                                                       store::EventId after) {
  std::shared_ptr<Listener> listener{new Listener{context_, std::move(filter), after}};
  listeners_.push_back(listener);
  for (auto& [id, text] : told_runs_) text.clear();  // it hears of those under way
  if (!is_running_) {
    is_running_ = true;
    position_ = after;
    auto reader = run(context);
    auto ended = [this](const std::exception_ptr& error) {
      if (!error) return;
      log_error("the reader of events failed", {});
      is_running_ = false;  // the next listener starts it again
    };
    asio::co_spawn(context_, std::move(reader), std::move(ended));
  }
  return listener;
}

Awaitable<void> EventFeed::run(Context& context) {
  told_runs_.clear();
  seen_runs_.reset();
  for (unsigned turn = 0; !listeners().empty(); ++turn) {
    if (turn % kPollsPerSaying == 0) co_await say_listening(context);
    const bool has_more = co_await read_results(context);
    if (turn % kPollsPerLook == 0) co_await read_runs(context);
    if (has_more) continue;
    timer_.expires_after(kPoll);
    auto [ignored] = co_await timer_.async_wait(kAsTuple);
    static_cast<void>(ignored);
  }
  is_running_ = false;
}

Awaitable<Checked<EventFeed::Page>> EventFeed::read(Context& context, store::EventId id) {
  store::Batch batch;
  store::add_events(batch, context.keys, id, kPage);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  auto found = store::read_events(replies->front(), kPage);
  if (!found) co_return refuse(std::move(found.error()));
  Page page;
  page.last = found->last;
  page.is_full = found->is_full;
  if (found->events.empty()) co_return page;
  store::Batch heads;
  for (const auto& event : found->events) {
    store::add_asset_head(heads, context.keys, event.result.asset);
  }
  const auto answers = co_await ask(context, std::move(heads));
  if (!answers) co_return refuse(answers.error());
  for (std::size_t i = 0; i < found->events.size(); ++i) {
    ToldEvent told;
    told.event = std::move(found->events[i]);
    if (auto head = store::read_asset_head((*answers)[i]); head && *head) {
      told.url = std::move((*head)->asset.url.text);
      told.tags = std::move((*head)->asset.tags);
    }
    page.events.push_back(std::move(told));
  }
  co_return page;
}

/// True if there is more to be read at once. What fails is tried again at the next turn.
Awaitable<bool> EventFeed::read_results(Context& context) {
  const auto page = co_await read(context, position_);
  if (!page || !page->last) co_return false;
  const auto all = listeners();
  for (const auto& told : page->events) {
    for (const auto& listener : all) {
      if (told.event.id <= listener->after_) continue;
      if (auto text = text_of(told, listener->filter_)) listener->add(std::move(*text));
    }
  }
  position_ = *page->last;
  co_return page->is_full;
}

/// The newest runs and those that somebody asked for by name: what is new of those that have not
/// ended, and once the end.
Awaitable<void> EventFeed::read_runs(Context& context) {
  std::vector<RunId> named;
  bool is_asked_for = false;
  for (const auto& listener : listeners()) {
    if (listener->filter_.run) named.push_back(*listener->filter_.run);
    is_asked_for = is_asked_for || listener->filter_.runs;
  }
  if (!is_asked_for) co_return;
  const auto runs = co_await newest_runs(context, kMostRuns, named);
  if (!runs) co_return;
  const auto open = open_runs(*runs, named, told_runs_, seen_runs_);
  const auto bodies = co_await describe_runs(context, open);
  if (!bodies) co_return;
  const auto all = listeners();
  std::map<RunId, std::string> told;
  for (std::size_t i = 0; i < open.size(); ++i) {
    auto text = boost::json::serialize((*bodies)[i]);
    const auto before = told_runs_.find(open[i].id);
    if (before == told_runs_.end() || before->second != text) {
      for (const auto& listener : all) {
        if (wants_run(listener->filter_, open[i].id)) listener->add(run_text(text));
      }
    }
    told.emplace(open[i].id, std::move(text));
  }
  told_runs_ = std::move(told);
  if (!seen_runs_) seen_runs_ = StoreTime{};
  for (const auto& run : *runs) seen_runs_ = std::max(*seen_runs_, run.created);
}

}  // namespace webmon::api
