/// Who listens to events, and the one reader that serves them all: while there is anybody it tails
/// the stream of events in Redis, looks once a second at the runs that have not ended, and hands
/// each event to those who want it. A listener that takes too slowly is cut off; it can resume.
/// Threads: the io_context's. Ownership: destroy after the io_context has stopped.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "lib/store/events.hpp"
#include "lib/store/runs.hpp"
#include "pipeline/api/event_text.hpp"

namespace webmon::api {

class EventFeed {
 public:
  static constexpr std::size_t kMostListeners = 64;
  static constexpr std::size_t kMostWaiting = 500;  ///< events of one listener

  explicit EventFeed(boost::asio::io_context& context) : context_{context}, timer_{context} {}

  class Listener {
   public:
    /// The text of the next event; nothing if there is none within `most`, or it was cut off.
    Awaitable<std::optional<std::string>> next(milliseconds most);
    /// More came than it took. What came before is still there.
    bool is_cut() const noexcept { return is_cut_ && waiting_.empty(); }

   private:
    friend class EventFeed;
    Listener(boost::asio::io_context& context, EventFilter filter, store::EventId after)
        : filter_{std::move(filter)}, after_{after}, wake_{context} {}
    void add(std::string text);
    EventFilter filter_;
    store::EventId after_;  ///< it knows all until there
    std::deque<std::string> waiting_;
    bool is_cut_ = false;
    boost::asio::steady_timer wake_;
  };

  bool is_full();
  /// Whether the reader can go on for somebody who knows all events until `id`: if not, it has
  /// passed that, and what is between must be read first.
  bool can_join(store::EventId id) const noexcept { return !is_running_ || position_ <= id; }
  /// Only if can_join(after). It is dropped with the last pointer to it.
  std::shared_ptr<Listener> listen(Context& context, EventFilter filter, store::EventId after);

  /// Events of the stream after `id`, with what is told of their assets.
  struct Page {
    std::vector<ToldEvent> events;
    std::optional<store::EventId> last;  ///< to go on from; nothing: nothing is there
    bool is_full = false;                ///< there may be more
  };
  static Awaitable<Checked<Page>> read(Context& context, store::EventId id);

 private:
  Awaitable<void> run(Context& context);
  Awaitable<bool> read_results(Context& context);
  Awaitable<void> read_runs(Context& context);
  std::vector<std::shared_ptr<Listener>> listeners();

  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;
  std::vector<std::weak_ptr<Listener>> listeners_;
  bool is_running_ = false;
  store::EventId position_;                 ///< all until there was handed out
  std::map<RunId, std::string> told_runs_;  ///< what was last said of each
  std::optional<StoreTime> seen_runs_;      ///< when the newest run of the last look was made
};

}  // namespace webmon::api
