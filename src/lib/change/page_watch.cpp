#include "lib/change/page_watch.hpp"

#include <xxhash.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "lib/change/evidence.hpp"
#include "lib/change/memory_codec.hpp"
#include "lib/change/sensitivity.hpp"
#include "lib/core/hashing.hpp"
#include "lib/core/reference.hpp"
#include "lib/html/charset.hpp"
#include "lib/html/text_folder.hpp"

namespace webmon::change {
namespace {

std::uint32_t seconds_of(StoreTime time) noexcept {
  return static_cast<std::uint32_t>(std::max<std::int64_t>(to_ms(time), 0) / 1'000);
}

/// The asset's own, chosen when its first page was seen.
std::uint64_t salt_of(std::string_view bytes, const Page& page) {
  if (const auto head = decode_head(bytes)) return head->salt;
  return mix(static_cast<std::uint64_t>(to_ms(page.observed_at)) + 1);
}

/// Of a thread, for its memory: nothing that it finds depends on what was read before.
struct Workspace {
  TraitsReader reader;
  ObserverBuffers buffers;
};

PageMemory remembered(std::string_view bytes, const Page& page) {
  if (auto memory = decode(bytes)) return std::move(*memory);
  PageMemory memory;
  memory.salt = salt_of(bytes, page);
  memory.first = seconds_of(page.observed_at);
  return memory;
}

/// Of a change that is seen again: whether it is the page's own from now on.
bool has_become_its_own(const PageMemory& memory, const Evidence& evidence,
                        const Guidance& guidance) noexcept {
  const StoreTime last = std::max(guidance.approved, guidance.rejected);
  const bool is_decided = last != StoreTime{} && memory.waiting.since <= seconds_of(last);
  if (is_decided) return guidance.approved > guidance.rejected;
  return memory.waits + 1 >= kPersistence && !has_attack_sign(evidence);
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
  for (std::size_t i = 0; i < traits.pieces.size(); ++i) {
    const Piece& piece = traits.pieces[i];
    if (memory.knows_piece(piece.hash, i) || piece.words == 0) continue;
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

/// The score from which on it is an alert.
double alert_of(const MemoryHead& head, const Page& page, const Guidance& guidance) noexcept {
  constexpr double kYear = 365.25 * 86'400;
  const auto now = seconds_of(page.observed_at);
  if (!guidance.false_alerts_a_year || now <= head.first) return kAlert;
  const double years = (now - head.first) / kYear;
  const double changes = static_cast<double>(head.changes.mean) * head.seen / years;
  return changes > 0 ? alert_for(*guidance.false_alerts_a_year, changes) : kLeastAlert;
}

/// The same for the same bytes from the same place. Keyed, so that nobody can make two pages with
/// one.
std::uint64_t fingerprint_of(const Page& page, std::uint64_t salt) {
  const std::string* type = find_header(page.headers, "content-type");
  std::uint64_t key = hash_of(final_url(page).text, salt);
  if (type != nullptr) key = hash_of(*type, key);
  return XXH3_64bits_withSeed(page.body.data(), page.body.size(), key);
}

/// The same page as the last time, which is the rule: nothing is compared and little is counted.
std::optional<Verdict> watch_same(std::uint64_t fingerprint, std::string& bytes) {
  auto head = decode_head(bytes);
  if (!head || head->seen == 0 || head->waits > 0 || head->last != fingerprint) return {};
  Verdict verdict;
  verdict.seen = head->seen;
  verdict.is_settled = head->seen >= kWarmup;
  const auto set = [&](Sign sign, double value) {
    verdict.evidence[static_cast<std::size_t>(sign)] = value;
    verdict.unusual.excess[static_cast<std::size_t>(sign)] = value;
  };
  set(Sign::size_calm, 1);
  set(Sign::calm, 1);
  set(Sign::changes_often, static_cast<double>(head->changes.mean));
  if (verdict.is_settled) verdict.score = score(verdict.unusual);
  head->count(0, 0, false);
  replace_head(bytes, *head);
  return verdict;
}

}  // namespace

Verdict watch(const Page& page, std::string& bytes, const Guidance& guidance) {
  const std::uint64_t fingerprint = fingerprint_of(page, salt_of(bytes, page));
  if (auto same = watch_same(fingerprint, bytes)) return std::move(*same);
  PageMemory memory = remembered(bytes, page);
  thread_local Workspace workspace;
  const PageTraits& traits = workspace.reader.read(page, memory.salt);
  const Observation seen = observe(traits, memory, workspace.buffers);
  Verdict verdict;
  verdict.evidence = seen.evidence;
  verdict.alert = alert_of(memory, page, guidance);
  verdict.seen = memory.seen;
  verdict.is_settled = memory.seen >= kWarmup;
  verdict.unusual = memory.signs.unusual(memory.seen, seen.evidence);
  if (verdict.is_settled) verdict.score = score(verdict.unusual);
  const bool is_unusual = verdict.is_settled && verdict.score.value >= verdict.alert;
  const bool was_again =
      is_unusual && memory.waits > 0 && is_again(traits, verdict.score.value, memory);
  const bool is_accepted = !is_unusual || page.observed_at < guidance.expected_until ||
                           (was_again && has_become_its_own(memory, seen.evidence, guidance));
  verdict.is_alert = !is_accepted;
  if (is_accepted) {
    memory.learn(traits);
    memory.signs.add(memory.seen, seen.evidence);
    memory.count(seen.novel_share, seen.lost_share, !seen.is_known);
    memory.last = fingerprint;
  } else {
    for (Part& part : verdict.score.parts) {
      part.value = seen.evidence[static_cast<std::size_t>(part.sign)];
      part.usual = memory.signs.before(memory.seen, part.sign);
    }
    verdict.excerpt = clean(excerpt_of(traits, memory));
    const auto since = was_again ? memory.waiting.since : seconds_of(page.observed_at);
    memory.waiting = {version_of(traits), since, static_cast<float>(verdict.score.value)};
    memory.waits = static_cast<std::uint8_t>(was_again ? std::min(memory.waits + 1, 255) : 1);
  }
  encode(memory, bytes);
  return verdict;
}

}  // namespace webmon::change
