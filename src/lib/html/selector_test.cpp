#include "lib/html/selector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/html/tokenizer.hpp"

namespace webmon::html {
namespace {

using ::testing::HasSubstr;

/// Whether `selector` is one that selects the start tag `markup`, alone in the page.
bool selects(std::string_view selector, std::string_view markup) {
  SelectorSet set;
  const auto added = set.add(selector, 7);
  EXPECT_TRUE(added) << selector << ": " << (added ? "" : added.error().detail);
  Tokenizer tokenizer;
  Token token;
  tokenizer.feed(markup);
  tokenizer.finish();
  EXPECT_TRUE(tokenizer.next(token)) << markup;
  ElementMark own;
  return set.match(token, {.is_new = false}, own) == 1U << 7U;
}

TEST(Selector, SelectsByTypeIdClassAndAttribute) {
  struct Case {
    const char* selector;
    const char* markup;
    bool want;
  };
  for (const auto& c : std::vector<Case>{
           {"div", "<div>", true},
           {"DIV", "<Div>", true},
           {"div", "<p>", false},
           {"*", "<x-y>", true},
           {"#a", "<p id=a>", true},
           {"#a", "<p id=A>", false},
           {"#a", "<p id='a '>", false},
           {"p#a.b", "<p id=a class='c b'>", true},
           {"p#a.b", "<p id=a class='c'>", false},
           {".b", "<p class=\"a\tb\nc\">", true},
           {".b", "<p class=ab>", false},
           {".b", "<p class=B>", false},
           {".b", "<p>", false},
           {".md\\:w-1\\/2", "<p class='md:w-1/2'>", true},
           {".\\31 0", "<p class=10>", true},
           {"[data-x]", "<p data-x>", true},
           {"[DATA-x]", "<p DATA-X=1>", true},
           {"[data-x]", "<p data-y>", false},
           {"[a=b]", "<p a=b>", true},
           {"[a=\"b c\"]", "<p a='b c'>", true},
           {"[a=b]", "<p a=bc>", false},
           {"[a=b]", "<p a=B>", false},
           {"[a=b i]", "<p a=B>", true},
           {"[ a = 'b' s ]", "<p a=b>", true},
           {"[a^=b]", "<p a=bc>", true},
           {"[a^=c]", "<p a=bc>", false},
           {"[a$=c]", "<p a=bc>", true},
           {"[a$=b]", "<p a=bc>", false},
           {"[a*=bc]", "<p a=abcd>", true},
           {"[a*=BC i]", "<p a=abcd>", true},
           {"[a*=ca]", "<p a=abcd>", false},
           {"[a*='']", "<p a=abcd>", false},
           {"[a^='']", "<p a=abcd>", false},
           {"[a~='']", "<p a=abcd>", false},
           {"[a='']", "<p a>", true},
           {"[a~=b]", "<p a='c b'>", true},
           {"[a~=b]", "<p a='cb'>", false},
           {"[a|=en]", "<p a=en-GB>", true},
           {"[a|=en]", "<p a=en>", true},
           {"[a|=en]", "<p a=eng>", false},
           {"i, b , p", "<b>", true},
           {"i, b , p", "<u>", false},
           {"[href='&']", "<a href='&amp;'>", true},
           {".gr\xC3\xBC\xC3\x9F", "<a class=gr\xC3\xBC\xC3\x9F>", true},
           {"  p  ", "<p>", true},
       }) {
    EXPECT_EQ(selects(c.selector, c.markup), c.want) << c.selector << " of " << c.markup;
  }
}

TEST(Selector, RefusesWhatItCannotMatchAndSaysWhatItCan) {
  struct Case {
    const char* selector;
    const char* want;
  };
  for (const auto& c : std::vector<Case>{
           {"", "ends where more is needed"},     {"a:hover", "from \":hover\" on"},
           {"a::before", "from \"::before\" on"}, {"p:not(.a)", "from \":not(.a)\" on"},
           {"a + b", "from \"+ b\" on"},          {"a ~ b", "from \"~ b\" on"},
           {"a,", "ends where more is needed"},   {", a", "from \", a\" on"},
           {"a >", "ends where more is needed"},  {"> a", "from \"> a\" on"},
           {"a > > b", "from \"> b\" on"},        {".", "ends where more is needed"},
           {"#", "ends where more is needed"},    {". a", "from \" a\" on"},
           {"[", "ends where more is needed"},    {"[a", "ends where more is needed"},
           {"[a=", "ends where more is needed"},  {"[a='b]", "from \"'b]\" on"},
           {"[a!=b]", "from \"!=b]\" on"},        {"[a=b x]", "from \"x]\" on"},
           {"svg|a", "from \"|a\" on"},           {"a{}", "from \"{}\" on"}}) {
    const auto parsed = parse_selectors(c.selector);
    ASSERT_FALSE(parsed) << c.selector;
    EXPECT_EQ(parsed.error().code, Errc::bad_input);
    EXPECT_THAT(parsed.error().detail, HasSubstr(c.want)) << c.selector;
    EXPECT_THAT(parsed.error().detail, HasSubstr("supported are types, *, #id")) << c.selector;
  }
}

TEST(Selector, HasABoundForAllListsTogether) {
  std::string parts = "a";
  for (int i = 1; i < 256; ++i) parts += ",a";
  SelectorSet set;
  ASSERT_TRUE(set.add(parts, 0));
  EXPECT_THAT(set.add("a", 1).error().detail, HasSubstr("more than 256 parts or 64 combinators"));
  std::string joined = "a";
  for (int i = 0; i < 64; ++i) joined += " a";
  SelectorSet other;
  ASSERT_TRUE(other.add(joined, 0));
  EXPECT_TRUE(other.add("b", 1));
  EXPECT_FALSE(other.add("b > b", 1));
}

}  // namespace
}  // namespace webmon::html
