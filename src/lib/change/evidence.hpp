/// What about a page is unlike what is remembered of it, each as one number that grows with how
/// unlike. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/change/page_memory.hpp"

namespace webmon::change {

struct Observation {
  Evidence evidence{};
  double novel_share = 0, lost_share = 0;
  bool is_known = false;  ///< nothing of it is new
};
/// What one call after the other uses, so that it asks for no memory.
struct ObserverBuffers {
  std::vector<bool> is_novel;              ///< of each piece
  std::vector<std::uint64_t> novel_words;  ///< of all pieces
  std::vector<std::uint64_t> hashes;       ///< of what is being counted
};
Observation observe(const PageTraits& traits, const PageMemory& memory, ObserverBuffers& buffers);

}  // namespace webmon::change
