/// What is remembered of a page that was accepted as itself: which pieces of text, words and names
/// it has shown, what its last versions looked like, how much it uses to change. Pure.
#pragma once

#include <array>
#include <boost/container/static_vector.hpp>
#include <cstdint>
#include <span>

#include "lib/change/fading_set.hpp"
#include "lib/change/page_traits.hpp"
#include "lib/change/sign_history.hpp"

namespace webmon::change {

/// One version of the page, to measure later ones against.
struct Version {
  static constexpr std::size_t kSketch = 30;
  std::array<float, kSizes> sizes{};
  std::array<std::uint16_t, 32> tags{};
  /// The smallest hashes of its pieces, ascending; all of them if there are fewer than kSketch.
  std::array<std::uint32_t, kSketch> sketch{};
  std::uint8_t in_sketch = 0;
  bool has_end = false;
  std::uint32_t title = 0;
  bool operator==(const Version&) const = default;
};
Version version_of(const PageTraits& traits);
/// 0 to 1: which part of `version`'s sketch is among `pieces` (PageTraits::sorted).
double kept_share(const Version& version, std::span<const std::uint32_t> pieces) noexcept;

/// A version that was seen and not accepted.
struct Waiting {
  Version version;
  std::uint32_t since = 0;  ///< seconds of the store's clock
  float score = 0;
  bool operator==(const Waiting&) const = default;
};
/// Exponentially weighted mean and mean square.
struct Habit {
  float mean = 0, square = 0;
  void add(double value) noexcept;
  double sd() const noexcept;
  bool operator==(const Habit&) const = default;
};

/// What is read and written even where the page is the same as before.
struct MemoryHead {
  std::uint64_t salt = 0;
  std::uint64_t last = 0;   ///< fingerprint of the page accepted last
  std::uint32_t seen = 0;   ///< observations accepted
  std::uint32_t first = 0;  ///< seconds of the store's clock, when the first of them was made
  std::uint8_t piece_shift = 0, word_shift = 0, link_shift = 0;  ///< one of 2^shift is remembered
  std::uint8_t waits = 0;  ///< how often in a row `waiting` was seen; 0: nothing waits
  Habit novelty, loss, changes;
  bool operator==(const MemoryHead&) const = default;

  /// One more was accepted: how much of it was new, how much was lost, whether anything was new.
  void count(double novel_share, double lost_share, bool is_changed) noexcept {
    ++seen;
    waits = 0;
    novelty.add(novel_share);
    loss.add(lost_share);
    changes.add(is_changed ? 1 : 0);
  }
};

struct PageMemory : MemoryHead {
  static constexpr std::size_t kVersions = 4;

  FadingSet<1024, 3> pieces;
  FadingSet<1024, 2> words;
  FadingSet<256, 4> links;
  FadingSet<128, 4> loads;
  boost::container::static_vector<Version, kVersions>
      versions;  ///< the last accepted that differ, newest first
  Waiting waiting;
  SignHistory signs;

  /// Of a large page not every piece is remembered, but all that come first: who defaces a page
  /// writes at its top. `place` counts from 0.
  static constexpr std::size_t kFirst = 8;
  static constexpr std::uint64_t kFirstMark = 0x66697273'7420'6F6E;  // in `pieces`: they are there

  bool is_sampled(std::uint64_t hash) const noexcept {
    return (hash >> 56U & ((1U << piece_shift) - 1)) == 0;
  }
  bool keeps_word(std::uint64_t hash) const noexcept {
    return (hash >> 56U & ((1U << word_shift) - 1)) == 0;
  }
  bool knows_piece(std::uint64_t hash, std::size_t place) const noexcept {
    const bool is_kept = is_sampled(hash) || (place < kFirst && pieces.contains(kFirstMark));
    return !is_kept || pieces.contains(hash);
  }
  bool knows_word(std::uint64_t hash) const noexcept {
    return !keeps_word(hash) || words.contains(hash);
  }
  bool keeps_link(std::uint64_t domain) const noexcept {
    return (domain >> 56U & ((1U << link_shift) - 1)) == 0;
  }
  bool knows_link(const Name& name) const noexcept {
    return !keeps_link(name.domain) || links.contains(name.domain);
  }
  /// Whether the page has linked to its domain, as far as that is remembered.
  bool has_linked_to(const Name& name) const noexcept {
    return keeps_link(name.linked_domain) && links.contains(name.linked_domain);
  }
  bool knows_load(const Name& name) const noexcept { return loads.contains(name.domain); }
  /// Everything of the page but the head.
  void learn(const PageTraits& traits) noexcept;

 private:
  void learn_words(const PageTraits& traits) noexcept;
};
/// Whether what is seen, with `score`, is what waits, but for small things and what the page uses
/// to lose from one time to the next: nothing that makes it more unlike what is known has come on
/// top.
bool is_again(const PageTraits& traits, double score, const PageMemory& memory);

}  // namespace webmon::change
