/// One page over time: each observation is compared with what is remembered, judged, and learned if
/// it is accepted. Pure. Threads: none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/change/score.hpp"
#include "lib/core/page.hpp"
#include "lib/core/result.hpp"
#include "lib/stats/detector.hpp"

namespace webmon::change {

inline constexpr std::uint8_t kPersistence =
    2;  ///< times in a row that make a change the page's own

/// What people have said of the page's changes; times are of the store's clock, 0 is never.
struct Guidance {
  StoreTime approved{};        ///< what waited then is the page's own, with signs of attack too
  StoreTime rejected{};        ///< what waited then is never accepted by being seen again
  StoreTime expected_until{};  ///< all that is seen before then is the page's own
  /// How many are wanted at most (sensitivity.hpp); nothing: kAlert holds.
  std::optional<double> false_alerts_a_year;
};

struct Verdict {
  Evidence evidence{};
  Unusual unusual;          ///< of it
  Score score;              ///< 0 and no parts until it is settled
  bool is_settled = false;  ///< false: too few observations, or no HTML
  bool is_alert = false;
  double alert = kAlert;   ///< the score from which on it would be one
  std::uint32_t seen = 0;  ///< accepted observations it was compared with
  std::string excerpt;  ///< the first thing that is new: a host, a piece of text; at most 200 bytes
};

/// Judges `page` against `memory` and learns it if it is accepted: during warm-up, where nothing is
/// unusual, where a change without signs of attack is seen kPersistence times in a row, and as
/// `guidance` says. `memory` is what the last call left there, or empty; at most
/// kMaxMemory bytes. A memory that does not read is begun anew.
Verdict watch(const Page& page, std::string& memory, const Guidance& guidance = {});

}  // namespace webmon::change
