/// What about a page is unlike what is remembered of it, each as one number that grows with how
/// unlike. Pure.
#pragma once

#include "lib/change/page_memory.hpp"

namespace webmon::change {

struct Observation {
  Evidence evidence{};
  double novel_share = 0, lost_share = 0;
  bool is_known = false;  ///< nothing of it is new
};
Observation observe(const PageTraits& traits, const PageMemory& memory);

}  // namespace webmon::change
