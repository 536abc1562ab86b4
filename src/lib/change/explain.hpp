/// The signs and the verdict in words, for people. Pure.
#pragma once

#include "lib/change/page_watch.hpp"
#include "lib/core/report.hpp"

namespace webmon::change {

/// The finding for an alert: code `excessive_change`; crit where a sign of attack is among what is
/// new, else warn. Its evidence has each sign's value and part of the score, and the excerpt.
Finding explain(const Verdict& verdict);

}  // namespace webmon::change
