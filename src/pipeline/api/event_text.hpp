/// Events as their readers see them: which ones a client wants, and their text in the form of
/// server-sent events (WHATWG HTML, 9.2). Pure.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "lib/store/events.hpp"
#include "pipeline/api/context.hpp"

namespace webmon::api {

/// An event with what its filters look at; `url` and `tags` are empty if the asset is gone.
struct ToldEvent {
  store::Event event;
  std::string url;
  std::vector<std::string> tags;
};

struct EventFilter {
  bool results = true;  ///< each committed check
  bool states = true;   ///< those that left another state of the asset
  bool runs = true;
  std::optional<RunId> run;
  std::optional<AssetId> asset;
  std::optional<std::string> tag;
};
/// From the query parameters `types`, `run`, `asset`, `tag`. 400 bad_query.
Checked<EventFilter> read_event_filter(const Request& request);

/// What the client is told of it: nothing if it does not want it.
std::optional<std::string> text_of(const ToldEvent& told, const EventFilter& filter);
/// `body` is that of GET runs/{id}.
bool wants_run(const EventFilter& filter, RunId run) noexcept;
std::string run_text(std::string_view body);
/// A `lost` event: `why` events are missing.
std::string lost_text(std::string_view why);

}  // namespace webmon::api
