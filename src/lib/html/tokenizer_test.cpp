#include "lib/html/tokenizer.hpp"

#include <gtest/gtest.h>

#include <string>

#include "lib/html/named_char_ref.hpp"
#include "lib/html/token_cases_for_test.hpp"

namespace webmon::html {
namespace {

constexpr const char* kCorpus = WEBMON_SOURCE_DIR "/src/lib/html/testdata/tokenizer.test";

std::vector<std::string> kinds_and_texts(Tokenizer& tokenizer) {
  std::vector<std::string> out;
  Token token;
  while (tokenizer.next(token)) {
    out.push_back("tsecd"[static_cast<std::size_t>(token.kind)] + (":" + std::string{token.text}));
  }
  return out;
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Tokenizer, GivesTokensAndErrorsOfTheCorpusInAnySplitAndEntersEveryState) {
  StateSet visited{};
  const auto cases = token_cases(read_tests(kCorpus));
  EXPECT_GT(cases.size(), 50U);
  for (const TokenCase& test : cases) EXPECT_EQ(check_token_case(test, &visited), "");
  for (std::size_t i = 0; i < kStateCount; ++i) {
    EXPECT_TRUE(visited[i]) << "nothing enters state 13.2.5." << i + 1;
  }
}

TEST(Tokenizer, TellsTextAsSoonAsItIsKnownAndNeverCutsACharacter) {
  Tokenizer tokenizer;
  tokenizer.feed("one \xE2\x82");
  EXPECT_EQ(kinds_and_texts(tokenizer), std::vector<std::string>{"t:one "});
  tokenizer.feed("\xAC<b");
  EXPECT_EQ(kinds_and_texts(tokenizer), std::vector<std::string>{"t:\xE2\x82\xAC"});
  tokenizer.feed(">x");
  EXPECT_EQ(kinds_and_texts(tokenizer), (std::vector<std::string>{"s:b", "t:x"}));
  tokenizer.finish();
  EXPECT_TRUE(kinds_and_texts(tokenizer).empty());
}

TEST(Tokenizer, PointsIntoTheChunkWhereNothingHasToBeRewritten) {
  const std::string page = "<div id=main>text<!--note--></div>";
  Tokenizer tokenizer;
  tokenizer.feed(page);
  Token token;
  const auto is_inside = [&](std::string_view view) {
    return view.data() >= page.data() && view.data() + view.size() <= page.data() + page.size();
  };
  int count = 0;
  for (; tokenizer.next(token); ++count) {
    EXPECT_TRUE(is_inside(token.text)) << token.text;
    for (const Attribute& attribute : token.attributes) EXPECT_TRUE(is_inside(attribute.value));
  }
  EXPECT_EQ(count, 4);
}

TEST(Tokenizer, KeepsAsManyAttributesAsItMayAndCountsTheOthers) {
  Tokenizer tokenizer{{.attributes = 3}};
  tokenizer.feed("<p a b c d e a>");
  Token token;
  ASSERT_TRUE(tokenizer.next(token));
  EXPECT_EQ(token.attributes.size(), 3U);
  EXPECT_EQ(token.dropped_attributes, 3U) << "not even compared";
  EXPECT_EQ(tokenizer.error_count(), 0U);
}

TEST(Tokenizer, CutsLongValuesBetweenCharacters) {
  Tokenizer tokenizer{{.attribute_value_bytes = 4}};
  tokenizer.feed("<p a='12\xE2\x82\xAC' b=12345 c='1234'>x");
  Token token;
  ASSERT_TRUE(tokenizer.next(token));
  ASSERT_EQ(token.attributes.size(), 3U);
  EXPECT_EQ(token.attributes[0].value, "12");
  EXPECT_EQ(token.attributes[1].value, "1234");
  EXPECT_EQ(token.attributes[2].value, "1234");
  ASSERT_TRUE(tokenizer.next(token));
  EXPECT_EQ(token.text, "x");
}

TEST(Tokenizer, EndsThePageAtTheLimitOfTokens) {
  Tokenizer tokenizer{{.tokens = 5}};
  const std::string page = repeat("<p>", 6);
  tokenizer.feed(page);
  EXPECT_EQ(kinds_and_texts(tokenizer).size(), 5U);
  EXPECT_TRUE(tokenizer.is_cut());
  tokenizer.feed("<p>");
  EXPECT_TRUE(kinds_and_texts(tokenizer).empty());
}

TEST(Tokenizer, ReadsALongTokenThatComesByteByByteInLinearTime) {
  Tokenizer tokenizer;
  Token token;
  std::size_t tokens = 0;
  const std::string page = "<!--" + std::string(200'000, 'x');
  for (const char c : page) {
    tokenizer.feed({&c, 1});
    while (tokenizer.next(token)) ++tokens;
  }
  EXPECT_EQ(tokens, 0U);
  tokenizer.finish();
  ASSERT_TRUE(tokenizer.next(token));
  EXPECT_EQ(token.text.size(), 200'000U);
  EXPECT_EQ(tokenizer.error_count(), 1U) << "eof-in-comment, once";
}

TEST(Tokenizer, SwitchesBackToDataBehindTheEndTagOfAScript) {
  Tokenizer tokenizer;
  tokenizer.feed("<script>a<b></scr</script><b>");
  Token token;
  ASSERT_TRUE(tokenizer.next(token));
  tokenizer.switch_to(State::kScriptData, "script");
  EXPECT_EQ(kinds_and_texts(tokenizer),
            (std::vector<std::string>{"t:a", "t:<", "t:b>", "t:<", "t:/scr", "e:script", "s:b"}));
}

TEST(NamedCharRef, FindsTheLongestNameAndSaysWhetherMoreMayCome) {
  const auto longest = [](std::string_view text) {
    const NamedMatch match = match_named(text);
    return match.longest == nullptr ? std::string_view{} : match.longest->name;
  };
  EXPECT_EQ(longest("notin; x"), "notin;");
  EXPECT_EQ(longest("notit;"), "not");
  EXPECT_EQ(longest("CounterClockwiseContourIntegral;"), "CounterClockwiseContourIntegral;");
  EXPECT_EQ(longest("nosuch;"), "");
  EXPECT_EQ(longest("\xC3\xA9"), "");
  EXPECT_TRUE(match_named("not").is_open);
  EXPECT_TRUE(match_named("").is_open);
  EXPECT_TRUE(match_named("AM").is_open);
  EXPECT_FALSE(match_named("amp;").is_open);
  EXPECT_FALSE(match_named("zzz").is_open);
}

}  // namespace
}  // namespace webmon::html
