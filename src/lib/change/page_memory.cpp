#include "lib/change/page_memory.hpp"

#include <algorithm>
#include <cmath>

namespace webmon::change {
namespace {

std::uint32_t upper(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash >> 32U); }

/// Raises `shift` until what one observation adds fits.
void fit(std::uint8_t& shift, std::size_t members, std::size_t capacity) noexcept {
  while (shift < 7 && (members >> shift) > capacity) ++shift;
}

std::size_t distinct(std::vector<std::uint64_t> hashes) {
  std::ranges::sort(hashes);
  return hashes.size() - std::ranges::unique(hashes).size();
}

std::uint16_t saturated(std::uint32_t value) noexcept {
  return static_cast<std::uint16_t>(std::min(value, 65535U));
}

constexpr double kSameAgain = 0.9;  // of the pieces of a version that waits

constexpr double kMoreScore = 0.5;  // that it may have grown by

}  // namespace

std::vector<std::uint32_t> sorted_pieces(const PageTraits& traits) {
  std::vector<std::uint32_t> hashes;
  hashes.reserve(traits.pieces.size());
  for (const Piece& piece : traits.pieces) hashes.push_back(upper(piece.hash));
  std::ranges::sort(hashes);
  const auto rest = std::ranges::unique(hashes);
  hashes.erase(rest.begin(), rest.end());
  return hashes;
}

Version version_of(const PageTraits& traits) {
  Version version;
  for (std::size_t i = 0; i < kSizes; ++i) version.sizes[i] = static_cast<float>(traits.sizes[i]);
  for (std::size_t i = 0; i < version.tags.size(); ++i) version.tags[i] = saturated(traits.tags[i]);
  const auto all = sorted_pieces(traits);
  version.in_sketch = static_cast<std::uint8_t>(std::min(all.size(), Version::kSketch));
  std::copy_n(all.begin(), version.in_sketch, version.sketch.begin());
  version.has_end = traits.has_end;
  version.title = traits.title;
  return version;
}

double kept_share(const Version& version, std::span<const std::uint32_t> pieces) noexcept {
  if (version.in_sketch == 0) return 1;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < version.in_sketch; ++i) {
    kept += std::ranges::binary_search(pieces, version.sketch[i]) ? 1 : 0;
  }
  return static_cast<double>(kept) / version.in_sketch;
}

bool is_again(const PageTraits& traits, double score, const Waiting& waiting) {
  return traits.title == waiting.version.title &&
         score <= static_cast<double>(waiting.score) + kMoreScore &&
         kept_share(waiting.version, sorted_pieces(traits)) >= kSameAgain;
}

void Habit::add(double value) noexcept {
  constexpr float kWeight = 0.05F;
  mean += kWeight * (static_cast<float>(value) - mean);
  square += kWeight * (static_cast<float>(value * value) - square);
}
double Habit::sd() const noexcept {
  return std::sqrt(std::max(0.0, static_cast<double>(square) - static_cast<double>(mean) * mean));
}

void PageMemory::learn(const PageTraits& traits) {
  fit(piece_shift, traits.pieces.size(), pieces.capacity());
  fit(word_shift, distinct(traits.words), words.capacity());
  std::vector<std::uint64_t> hosts;
  for (const Name& name : traits.names) {
    if (name.role == Role::link) hosts.push_back(name.domain);
  }
  fit(link_shift, 2 * distinct(std::move(hosts)), links.capacity());
  for (const Piece& piece : traits.pieces) {
    if (keeps_piece(piece.hash)) pieces.add(piece.hash);
  }
  for (const std::uint64_t word : traits.words) {
    if (keeps_word(word)) words.add(word);
  }
  for (const Name& name : traits.names) {
    FadingSet& set = name.role == Role::link ? links : loads;
    set.add(name.host);
    set.add(name.domain);
  }
  for (const InlineScript& script : traits.scripts) loads.add(script.shape);
  pieces.age();
  words.age();
  links.age();
  loads.age();
  const Version version = version_of(traits);
  if (std::ranges::find(versions, version) == versions.end()) {
    versions.insert(versions.begin(), version);
    if (versions.size() > kVersions) versions.pop_back();
  }
  ++seen;
  waits = 0;
}

}  // namespace webmon::change
