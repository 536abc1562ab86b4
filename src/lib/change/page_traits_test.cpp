#include "lib/change/page_traits.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/core/hashing.hpp"
#include "lib/core/rng.hpp"
#include "lib/html/extract.hpp"

namespace webmon::change {
namespace {

constexpr std::uint64_t kSalt = 0x1234'5678'9ABC'DEF0;

Page page_of(const std::string& html) {
  Page page;
  page.url = *parse_url("https://shop.example/");
  page.body = html;
  extract_features(page.body, "text/html; charset=utf-8", page.features);
  return page;
}

/// Hashes of the words of `text`, told letter by letter.
std::vector<std::uint64_t> words_of(std::string_view text) {
  std::vector<std::uint64_t> words;
  std::uint64_t word = 0;
  bool was_letter = false;
  const auto put = [&](unsigned char c) {
    word = (word + c + 1) * 0x9E3779B97F4A7C15U ^ word >> 29U;
  };
  const auto end_word = [&] {
    if (word != 0) words.push_back(mix(word ^ kSalt));
    word = 0;
  };
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text[0]);
    const auto next = static_cast<unsigned char>(text.size() > 1 ? text[1] : 0);
    std::size_t bytes = 1;
    if (c > 0xE2 || (c == 0xE2 && next >= 0xBA)) {
      end_word();
      bytes = std::min<std::size_t>(3, text.size());
      for (const char one : text.substr(0, bytes)) put(static_cast<unsigned char>(one));
      end_word();
      was_letter = true;
    } else if (c >= 0x80 || (c >= 'a' && c <= 'z')) {
      put(c);
      was_letter = true;
    } else if (c >= 'A' && c <= 'Z') {
      put(static_cast<unsigned char>(c - 'A' + 'a'));
      was_letter = true;
    } else if (c >= '0' && c <= '9') {
      if (was_letter) put('0');
      was_letter = false;
    } else {
      end_word();
      was_letter = false;
    }
    text.remove_prefix(bytes);
  }
  end_word();
  return words;
}

std::uint64_t hash_of_words(const std::vector<std::uint64_t>& words) {
  std::uint64_t hash = kSalt;
  for (const std::uint64_t word : words) hash = mix(hash ^ word) + 1;
  return hash;
}

TEST(PageTraits, WordsAreHashedAsEverSinceMemoriesAreStored) {
  TraitsReader reader;
  const Page page = page_of("<p>Fresh bread, 25 rolls!</p>");
  const PageTraits& traits = reader.read(page, kSalt);
  ASSERT_EQ(traits.pieces.size(), 1U);
  EXPECT_EQ(traits.words, (std::vector<std::uint64_t>{0x5659A9C6CCFD2D9EU, 0x1558660E7B079F31U,
                                                      0x912187561BBB7DD1U}));
  EXPECT_EQ(traits.pieces[0].hash, 0xB1BD4A52B774524EU);
}

TEST(PageTraits, EveryTextIsSplitAsItWouldBeLetterByLetter) {
  constexpr std::string_view kParts[] = {
      "a", "Z",        "word", "longerwordthanmost", "7",  "42", " ",  ", ",
      "?", "\xC3\xA9", "-",    "\xE6\x9D\xB1",       ". ", "&",  "x1", "\xF0\x9F\x8D\x9E"};
  SeededRng rng{3};
  TraitsReader reader;
  for (int round = 0; round < 300; ++round) {
    std::string html = "<p>";
    for (auto parts = rng.next() % 60; parts > 0; --parts)
      html += kParts[rng.next() % std::size(kParts)];
    const Page page = page_of(html);
    const PageTraits& traits = reader.read(page, kSalt);
    for (const Piece& piece : traits.pieces) {
      const auto words = words_of(piece.text);
      EXPECT_EQ(piece.words, words.size()) << piece.text;
      EXPECT_EQ(piece.hash, hash_of_words(words)) << piece.text;
      const auto begin = traits.words.begin() + piece.first_word;
      EXPECT_TRUE(std::equal(words.begin(), words.end(), begin)) << piece.text;
    }
  }
}

TEST(PageTraits, OfVeryLongTextsTheFirstWordsAreKept) {
  std::string html = "<p>first<p>";
  for (int i = 0; i < 50'000; ++i) html += "word ";
  html += "<p>last";
  TraitsReader reader;
  const Page page = page_of(html);
  const PageTraits& traits = reader.read(page, kSalt);
  ASSERT_EQ(traits.pieces.size(), 3U);
  EXPECT_EQ(traits.words.size(), 40'000U);
  EXPECT_EQ(traits.pieces[1].words, 39'999U);
  EXPECT_EQ(traits.pieces[1].hash, hash_of_words(words_of(traits.pieces[1].text)));
  EXPECT_EQ(traits.pieces[2].words, 0U);
  EXPECT_EQ(traits.pieces[2].hash, hash_of_words(words_of("last")));
}

TEST(PageTraits, NothingIsLeftOfThePageBefore) {
  const Page large =
      page_of("<title>A title</title><p>One<p>Two<a href='//a.example/'>b</a><script>x()</script>");
  const Page small = page_of("<p>Three");
  TraitsReader used, fresh;
  used.read(large, kSalt);
  const PageTraits& got = used.read(small, kSalt);
  const PageTraits& want = fresh.read(small, kSalt);
  EXPECT_EQ(got.pieces.size(), want.pieces.size());
  EXPECT_EQ(got.words, want.words);
  EXPECT_EQ(got.sorted, want.sorted);
  EXPECT_TRUE(got.names.empty());
  EXPECT_TRUE(got.scripts.empty());
  EXPECT_EQ(got.sizes, want.sizes);
  EXPECT_EQ(got.tags, want.tags);
  EXPECT_EQ(got.title, want.title);
  EXPECT_EQ(got.title_words, 0U);
}

TEST(PageTraits, HostsOfOneDomainShareItsHash) {
  const Page page = page_of(
      "<a href='https://Www.Partner.co.uk/x'>a</a><a href='//cdn.partner.co.uk'>b</a>"
      "<a href='https://www.partner.co.uk'>c</a><a href='//nas.lan/'>d</a><a "
      "href='//youtu.be/1'>e</a>"
      "<a href='https://www.shop.example/'>own</a><a href='/own'>own</a>");
  TraitsReader reader;
  const PageTraits& traits = reader.read(page, kSalt);
  ASSERT_EQ(traits.names.size(), 5U);
  const auto& names = traits.names;
  EXPECT_EQ(names[0].domain, names[1].domain);
  EXPECT_EQ(names[0].linked_domain, names[0].domain);
  EXPECT_EQ(names[0].text, "Www.Partner.co.uk");
  EXPECT_NE(names[3].domain, names[0].domain);
  EXPECT_FALSE(names[3].is_common);
  EXPECT_TRUE(names[4].is_common);
  EXPECT_EQ(names[4].domain, 0x62ED98E61D7FA674U);
}

TEST(DomainCache, RemembersWhatTheListOfSuffixesSays) {
  DomainCache cache;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 3'000; ++i) {  // more than it holds
      const std::string name = "shop" + std::to_string(i);
      EXPECT_EQ(cache.find("WWW." + name + ".co.uk").domain(), name + ".co.uk");
    }
    EXPECT_EQ(cache.find("co.uk").domain(), "co.uk");
    EXPECT_EQ(cache.find("192.0.2.1").domain(), "192.0.2.1");
    EXPECT_EQ(cache.find(std::string(300, 'a')).name.size(), 255U);
  }
}

}  // namespace
}  // namespace webmon::change
