/// One number for all that is unlike: a weighted sum of signs and of pairs of signs, fitted on
/// replayed pages (docs/detection.md). Pure.
#pragma once

#include <boost/container/static_vector.hpp>

#include "lib/change/sign.hpp"
#include "lib/change/sign_history.hpp"

namespace webmon::change {

/// From here on a page is called changed. In the units of the sum: natural logarithm of the odds
/// that the page was tampered with, among the observations it was fitted on.
inline constexpr double kAlert = 1.4;

struct Part {
  Sign sign;
  double value = 0;  ///< the excess of the sign; of alerts all of it
  double part = 0;   ///< of the score
  Usual usual{};     ///< what the sign was before; of alerts alone
};
inline constexpr std::size_t kMostParts = 8;
struct Score {
  double value = 0;
  boost::container::static_vector<Part, kMostParts> parts;  ///< those that carry it, largest first
};
Score score(const Unusual& unusual) noexcept;

/// Signs that a change of the site's own seldom shows; with one of them a change is not accepted
/// by being seen again.
bool has_attack_sign(const Evidence& evidence) noexcept;

}  // namespace webmon::change
