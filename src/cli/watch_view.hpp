/// What `webmon watch` shows: answers of the API and the dispatcher in, lines of a terminal out.
/// Pure.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "cli/progress.hpp"
#include "lib/core/clock.hpp"

namespace webmon::cli {

/// What was seen at one moment. Parts that could not be asked are null.
struct WatchSeen {
  boost::json::value fleet;       ///< GET fleet
  boost::json::array runs;        ///< the newest of GET runs
  boost::json::array troubled;    ///< assets that are not all right
  boost::json::value dispatcher;  ///< reply to STATUS
  std::string trouble;            ///< why the API could not be asked; else empty
};

struct StateChange {
  std::string observed, url, from, to;
};

/// Changes of state, as far as they show in the assets that are not all right.
class ChangeLog {
 public:
  static constexpr std::size_t kKept = 200;
  /// `troubled` at `when` ("01:49:00"). The first one only says how things are.
  void look(const boost::json::array& troubled, const std::string& when);
  /// Newest first.
  const std::deque<StateChange>& changes() const noexcept { return changes_; }

 private:
  struct Known {
    std::string url, state;
  };
  std::map<std::string, Known> known_;  ///< by id
  std::deque<StateChange> changes_;
};

struct WatchView {
  std::string server, when;
  WatchSeen seen;
  ChangeLog log;
  Pace checks;
  bool is_paused = false;
  std::size_t scroll = 0;  ///< changes passed over

  /// Takes in what was seen at `now`; `clock` is the same as a time of day.
  void take(WatchSeen&& what, MonoTime now, const std::string& clock);
  /// As many lines as `height`, none over `width` columns; `height` 0: as many as it takes.
  std::vector<std::string> render(std::size_t width, std::size_t height, bool has_colour) const;
};

}  // namespace webmon::cli
