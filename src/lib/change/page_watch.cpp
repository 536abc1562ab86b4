#include "lib/change/page_watch.hpp"

#include <algorithm>
#include <utility>

#include "lib/change/memory_codec.hpp"
#include "lib/core/hashing.hpp"
#include "lib/html/charset.hpp"
#include "lib/html/text_folder.hpp"

namespace webmon::change {
namespace {

constexpr double kSameAgain = 0.9;  // of the pieces of a version that waits

PageMemory remembered(std::string_view bytes, const Page& page) {
  if (auto memory = decode(bytes)) return std::move(*memory);
  PageMemory memory;
  memory.salt = mix(static_cast<std::uint64_t>(to_ms(page.observed_at)) + 1);
  return memory;
}

/// Whether the change is the one that was seen the last time.
bool is_again(const PageTraits& traits, const PageMemory& memory) {
  if (memory.waits == 0) return false;
  return kept_share(memory.waiting, sorted_pieces(traits)) >= kSameAgain &&
         memory.waiting.title == traits.title;
}

/// The first new thing, for people.
std::string excerpt_of(const PageTraits& traits, const PageMemory& memory) {
  std::string text;
  for (const Name& name : traits.names) {
    const bool is_known =
        name.role == Role::link ? memory.knows_link(name) : memory.knows_load(name);
    if (is_known || (name.role == Role::link && name.is_common)) continue;
    text = name.text;
    break;
  }
  for (const Piece& piece : traits.pieces) {
    if (memory.knows_piece(piece.hash) || piece.words == 0) continue;
    if (!text.empty()) text += "; ";
    text += piece.text;
    break;
  }
  return text;
}

/// Bytes from the page as text for people.
std::string clean(std::string_view text) {
  constexpr std::size_t kMost = 200;
  return std::string{html::utf8_prefix(html::to_valid_utf8(text.substr(0, 2 * kMost)), kMost)};
}

}  // namespace

Verdict watch(const Page& page, std::string& bytes) {
  PageMemory memory = remembered(bytes, page);
  const PageTraits traits = read_traits(page, memory.salt);
  const Observation seen = observe(traits, memory);
  Verdict verdict;
  verdict.evidence = seen.evidence;
  verdict.is_settled = memory.seen >= kWarmup;
  if (verdict.is_settled) verdict.score = score(seen.evidence);
  const bool is_unusual = verdict.is_settled && verdict.score.value >= kAlert;
  const bool was_again = is_unusual && is_again(traits, memory);
  const bool is_accepted = !is_unusual || (was_again && memory.waits + 1 >= kPersistence &&
                                           !has_attack_sign(seen.evidence));
  verdict.is_alert = !is_accepted;
  if (is_accepted) {
    memory.novelty.add(seen.novel_share);
    memory.loss.add(seen.lost_share);
    memory.changes.add(seen.is_known ? 0 : 1);
    memory.learn(traits);
  } else {
    verdict.excerpt = clean(excerpt_of(traits, memory));
    memory.waits = static_cast<std::uint8_t>(was_again ? std::min(memory.waits + 1, 255) : 1);
    memory.waiting = version_of(traits);
  }
  bytes = encode(memory);
  return verdict;
}

}  // namespace webmon::change
