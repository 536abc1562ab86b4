#include "lib/change/page_memory.hpp"

#include <algorithm>
#include <cmath>

namespace webmon::change {
namespace {

/// Raises `shift` until what one observation adds fits.
void fit(std::uint8_t& shift, std::size_t members, std::size_t capacity) noexcept {
  while (shift < 7 && (members >> shift) > capacity) ++shift;
}

/// About how many different ones there are. Source: Whang, Vander-Zanden and Taylor 1990, "A
/// linear-time probabilistic counting algorithm".
template <class Range, class Hash>
std::size_t distinct(const Range& range, Hash hash) noexcept {
  constexpr std::size_t kBits = 1U << 15U;
  std::array<std::uint64_t, kBits / 64> seen{};
  std::size_t count = 0;
  for (const auto& one : range) {
    const std::size_t place = hash(one) % kBits;
    std::uint64_t& word = seen[place / 64];
    count += ~word >> place % 64 & 1U;
    word |= std::uint64_t{1} << place % 64;
  }
  const auto unseen = static_cast<double>(std::max<std::size_t>(kBits - count, 1));
  return static_cast<std::size_t>(std::lround(kBits * std::log(kBits / unseen)));
}

std::uint16_t saturated(std::uint32_t value) noexcept {
  return static_cast<std::uint16_t>(std::min(value, 65535U));
}

constexpr double kSameAgain = 0.9;       // of the pieces of a version that waits, on a still page
constexpr double kLeastSameAgain = 0.5;  // on one that always loses some

constexpr double kMoreScore = 0.5;  // that it may have grown by

}  // namespace

Version version_of(const PageTraits& traits) {
  Version version;
  for (std::size_t i = 0; i < kSizes; ++i) version.sizes[i] = static_cast<float>(traits.sizes[i]);
  for (std::size_t i = 0; i < version.tags.size(); ++i) version.tags[i] = saturated(traits.tags[i]);
  const auto& all = traits.sorted;
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

bool is_again(const PageTraits& traits, double score, const PageMemory& memory) {
  const Waiting& waiting = memory.waiting;
  const double usual_loss = static_cast<double>(memory.loss.mean) + 2 * memory.loss.sd();
  return traits.title == waiting.version.title &&
         score <= static_cast<double>(waiting.score) + kMoreScore &&
         kept_share(waiting.version, traits.sorted) >=
             std::max(kSameAgain - usual_loss, kLeastSameAgain);
}

void Habit::add(double value) noexcept {
  constexpr float kWeight = 0.05F;
  mean += kWeight * (static_cast<float>(value) - mean);
  square += kWeight * (static_cast<float>(value * value) - square);
}
double Habit::sd() const noexcept {
  return std::sqrt(std::max(0.0, static_cast<double>(square) - static_cast<double>(mean) * mean));
}

/// The words of a piece were learned with it, so that only those of pieces that are not young are
/// learned; all of them after a generation of words became the old one.
void PageMemory::learn_words(const PageTraits& traits) noexcept {
  const bool is_begun = !words.has_no_young();
  const auto add = [this](std::span<const std::uint64_t> some) {
    for (const std::uint64_t word : some) words.add(word, keeps_word(word));
  };
  const std::span<const std::uint64_t> all{traits.words};
  if (is_begun) {
    for (const Piece& piece : traits.pieces) {
      if (!pieces.is_young(piece.hash)) add(all.subspan(piece.first_word, piece.words));
    }
    add(all.subspan(traits.title_first, traits.title_words));
  } else {
    const auto itself = [](std::uint64_t hash) { return hash; };
    if (all.size() > words.capacity()) fit(word_shift, distinct(all, itself), words.capacity());
    add(all);
  }
  words.age();
}

void PageMemory::learn(const PageTraits& traits) noexcept {
  fit(piece_shift, traits.pieces.size(), pieces.capacity());
  learn_words(traits);
  const auto domain = [](const Name& name) { return name.role == Role::link ? name.domain : 0; };
  fit(link_shift, distinct(traits.names, domain), links.capacity());
  for (std::size_t i = 0; i < traits.pieces.size(); ++i) {
    const std::uint64_t hash = traits.pieces[i].hash;
    pieces.add(hash, i < kFirst || is_sampled(hash));
  }
  pieces.add(kFirstMark);
  for (const Name& name : traits.names) {
    if (name.role == Role::link)
      links.add(name.domain, keeps_link(name.domain));
    else
      loads.add(name.domain);
  }
  for (const InlineScript& script : traits.scripts) loads.add(script.shape);
  pieces.age();
  links.age();
  loads.age();
  const Version version = version_of(traits);
  if (std::ranges::find(versions, version) != versions.end()) return;
  if (versions.size() == kVersions) versions.pop_back();
  versions.insert(versions.begin(), version);
}

}  // namespace webmon::change
