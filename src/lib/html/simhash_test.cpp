#include "lib/html/simhash.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace webmon::html {
namespace {

/// The definition: in each place the majority.
std::uint64_t majority(const std::vector<std::uint64_t>& hashes) {
  std::uint64_t result = 0;
  for (unsigned place = 0; place < 64; ++place) {
    std::size_t votes = 0;
    for (const std::uint64_t hash : hashes) votes += hash >> place & 1U;
    if (votes > hashes.size() / 2) result |= std::uint64_t{1} << place;
  }
  return result;
}

TEST(SimHash, IsTheMajorityInEachPlaceForAnyNumberOfFeatures) {
  std::vector<std::uint64_t> hashes;
  for (const std::size_t count : {0, 1, 2, 3, 7, 8, 9, 15, 16, 100, 2039, 2040, 2041, 5000}) {
    hashes.clear();
    SimHash simhash;
    for (std::size_t i = 0; i < count; ++i) {
      hashes.push_back(mix(i * i + count));
      simhash.add(hashes.back());
    }
    EXPECT_EQ(simhash.value(), majority(hashes)) << count;
  }
}

TEST(SimHash, OfWordsDependsOnTheWordsAndNotOnTheirOrder) {
  EXPECT_EQ(simhash_of_words("one two three"), simhash_of_words("three one two"));
  EXPECT_NE(simhash_of_words("one two three"), simhash_of_words("one two four"));
  EXPECT_NE(simhash_of_words("abcdefgh"), simhash_of_words("abcdefghi"));
  EXPECT_NE(simhash_of_words("abcdefgh ijkl"), simhash_of_words("abcdefghijkl"));
  EXPECT_EQ(simhash_of_words(""), 0U);
}

}  // namespace
}  // namespace webmon::html
