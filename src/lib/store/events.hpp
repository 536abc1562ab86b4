/// Results as events for those who follow the fleet. `finish` leaves an entry in the outbox of its
/// partition; the leading dispatcher moves all outboxes into one stream; the api's read that and
/// serve it to clients. Pure, pairs of add/read as in jobs.hpp. An event tells that something
/// happened; what is so is in the asset and the run. docs/redis.md, "Events".
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/asset.hpp"
#include "lib/core/clock.hpp"
#include "lib/core/id.hpp"
#include "lib/core/result.hpp"
#include "lib/store/keys.hpp"
#include "lib/store/reply.hpp"

namespace webmon::store {

inline constexpr std::size_t kMaxEvents = 100'000;  ///< in the stream; a little over is allowed
inline constexpr seconds kListeningLife{10};

/// Said by an api with clients that listen, again and again: until the life is over, results that
/// left the asset's state as it was are told too.
void add_listening(Batch& batch, const Keys& keys);
void add_is_listening(Batch& batch, const Keys& keys);
Result<bool> read_is_listening(const Reply& reply);

/// One committed observation.
struct ResultEvent {
  AssetId asset;
  JobId job;
  RunId run;  ///< nil: the scheduler's
  AssetState state = AssetState::unknown;
  AssetState previous = AssetState::unknown;
  StoreTime observed{};
  bool operator==(const ResultEvent&) const = default;
};
/// Of an entry as `finish` wrote it: "<asset> <job> <run or -> <state> <previous> <observed ms>".
/// Errors: bad_frame.
Result<ResultEvent> parse_result_event(std::string_view entry);

/// The oldest entries of an outbox, at most `limit`.
void add_outbox(Batch& batch, const Keys& keys, Partition partition, std::size_t limit);
Result<std::vector<std::string>> read_outbox(const Reply& reply);
/// Appends `entries`, the oldest of that outbox, to the stream and takes them out of the outbox. If
/// the dispatcher dies between reading and this, they are still there: an event may come twice.
void add_publish(Batch& batch, const Keys& keys, Partition partition,
                 const std::vector<std::string>& entries);
/// Keeps the stream at about kMaxEvents.
void add_trim_events(Batch& batch, const Keys& keys);

/// Of an entry of the stream: "<ms>-<number>". Ids order as the events do.
struct EventId {
  std::uint64_t ms = 0;
  std::uint64_t number = 0;
  auto operator<=>(const EventId&) const = default;
};
std::string to_string(const EventId& id);
/// Errors: bad_input.
Result<EventId> parse_event_id(std::string_view text);

struct Event {
  EventId id;
  ResultEvent result;
};
struct EventPage {
  std::vector<Event> events;    ///< without entries that this build cannot read
  std::optional<EventId> last;  ///< of all entries; nothing: there was none
  bool is_full = false;         ///< there may be more
};
/// At most `limit` events after that one (0-0: from the oldest), oldest first.
void add_events(Batch& batch, const Keys& keys, const EventId& after, std::size_t limit);
Result<EventPage> read_events(const Reply& reply, std::size_t limit);

/// What the stream holds and has held.
struct EventSpan {
  EventId last;                   ///< the newest ever; 0-0: there was none
  std::optional<EventId> oldest;  ///< of those it still holds
  bool has_dropped = false;       ///< there were older ones
};
void add_event_span(Batch& batch, const Keys& keys);
/// Also of the error that there is no stream yet.
Result<EventSpan> read_event_span(const Reply& reply);

}  // namespace webmon::store
