#include "lib/html/ignore_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/html/charset.hpp"
#include "lib/html/extract.hpp"

namespace webmon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

IgnoreRule css(std::string text) { return {.css = std::move(text), .attribute = {}, .regex = {}}; }
IgnoreRule regex(std::string text) {
  return {.css = {}, .attribute = {}, .regex = std::move(text)};
}
IgnoreRule attribute(std::string name, std::string of = {}) {
  return {.css = std::move(of), .attribute = std::move(name), .regex = {}};
}

constexpr std::string_view kUtf8 = "text/html; charset=utf-8";

Rest rest_of(const IgnoreRules& rules, std::string_view body, std::string_view type = kUtf8) {
  return rest_of_html(rules, body, type);
}
std::string text_of(const IgnoreRules& rules, std::string_view body) {
  return rest_of(rules, body).text;
}
std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

struct Case {
  const char* selector;
  const char* page;
  const char* rest;  ///< the element taken out by hand
};

TEST(IgnoreFilter, TakesOutElementsAsOneWouldByHand) {
  for (const auto& c : std::vector<Case>{
           {".ad", "<p>a<b class=ad>x</b>c</p>", "<p>ac</p>"},
           {".ad", "<div class=ad><div>x</div><p>y</div>z", "z"},
           {".ad", "<div class=ad><div class=ad>x</div></div>z", "z"},
           {".ad", "<ul><li>a<li class=ad>b<li>c</ul>", "<ul><li>a<li>c</ul>"},
           {".ad", "<ul><li>a<li class=ad>b</ul>c", "<ul><li>a</ul>c"},
           {".ad", "<p class=ad>a<p>b", "<p>b"},
           {".ad", "<p class=ad>a<div>b</div>", "<div>b</div>"},
           {".ad", "<div><span class=ad>x</div>y", "<div></div>y"},
           {".ad", "<body><div class=ad>x</body></html>", "<body></body></html>"},
           {"body", "<html><body>x</body></html>", "<html></html>"},
           {"html", "<!doctype html><html><body>x</body></html>", "<!doctype html>"},
           {"*", "<html><body>x</body></html>", ""},
           {"img", "a<img src=1>b<img src=2 />c", "abc"},
           {"br", "a</br>b<br>c", "a</br>bc"},
           {"script", "a<script>if (a<b) '</div>'</script>b", "ab"},
           {"script", "a<script><!--<script></script>--></script>b", "ab"},
           {"textarea", "a<textarea><p></div></textarea>b", "ab"},
           {"style", "<style>a</style><title>b</title>", "<title>b</title>"},
           {".ad", "a<b class=ad><!-- c --><i>x</b>d", "ad"},
           {".ad", "<!-- <p class=ad>no</p> -->a", "<!-- <p class=ad>no</p> -->a"},
           {".ad", "<script>'<p class=ad>'</script>a", "<script>'<p class=ad>'</script>a"},
           {"svg", "a<svg><circle/><title>t</title></svg>b", "ab"},
           {"circle", "a<svg><circle/><g></g></svg>b", "a<svg><g></g></svg>b"},
           {"div p", "<p>a</p><div><i><p>b</p></i></div>", "<p>a</p><div><i></i></div>"},
           {"div > p", "<div><p>a</p><i><p>b</p></i></div>", "<div><i><p>b</p></i></div>"},
           {"div>p>b", "<div><p><b>x</b>y</p></div>", "<div><p>y</p></div>"},
           {"#a .b > i", "<p id=a><b class=b><i>x</i></b>", "<p id=a><b class=b></b>"},
           {"ul > .x li", "<ul><li class=x>a<li>b</ul>", "<ul><li class=x>a<li>b</ul>"},
           {"b i", "<b><div></b><i>x</i></div>", "<b><div></b><i>x</i></div>"},
           {".ad", "<b>a<div class=ad>x</b>y</div>z", "<b>a</b>z"},
           {".ad", "<b class=ad>a<div>x</b>y</div>z", "y</div>z"},
           {"a.ad", "<a class=ad>x<a>y</a>", "<a>y</a>"},
           {".ad", "<table><tr><td class=ad>x<td>y</table>", "<table><tr><td>y</table>"},
           {"h1", "<h1>x</h2>y", "y"},
           {".ad", "</><div class=ad>x</div>y", "</>y"},
           {".ad", "a\r\n<p class=ad\r\nid=b>x\r\n</p>\r\nc", "a\r\n\r\nc"},
           {".ad", "<p class=ad>x", ""},
           {".ad", "x<p class=ad", "x<p class=ad"},
           {".ad", "<p class=ad><p id=", ""},
           {"p,i,b", "<p>a</p><i>b</i><b>c</b>d", "d"},
       }) {
    const auto rest = rest_of({css(c.selector)}, c.page);
    EXPECT_EQ(rest.text, c.rest) << c.selector << " of " << c.page;
    EXPECT_EQ(rest.ignored.bytes, std::string_view{c.page}.size() - rest.text.size());
    PageFeatures filtered, by_hand;
    extract_features({.text = rest.text, .encoding = rest.encoding}, filtered);
    if (rest.text.empty()) continue;
    extract_features(c.rest, kUtf8, by_hand);
    EXPECT_EQ(filtered.tags, by_hand.tags) << c.page;
    EXPECT_EQ(filtered.text, by_hand.text) << c.page;
    EXPECT_EQ(filtered.structure_simhash, by_hand.structure_simhash) << c.page;
  }
}

TEST(IgnoreFilter, TakesOutAttributes) {
  struct AttributeCase {
    IgnoreRule rule;
    const char* page;
    const char* rest;
  };
  for (const auto& c : std::vector<AttributeCase>{
           {attribute("nonce"), "<script nonce=a src=b>x</script>", "<script src=b>x</script>"},
           {attribute("nonce"), "<script src=b NONCE='a > b'>x", "<script src=b>x"},
           {attribute("nonce"), "<i nonce><b nonce=\"\">", "<i><b>"},
           {attribute("nonce"), "<i a=1\r\nnonce=2\r\nb=3>", "<i a=1\r\nb=3>"},
           {attribute("nonce"), "<i nonce=1 nonce=2>", "<i>"},
           {attribute("nonce"), "<i nonces=1 xnonce data-nonce=nonce>",
            "<i nonces=1 xnonce data-nonce=nonce>"},
           {attribute("nonce"), "<br a=b nonce=\"x\"/>", "<br a=b />"},
           {attribute("nonce"), "<br nonce=x/>", "<br>"},
           {attribute("b"), "<i a=\"1\"b=\"2\"c=\"3\">", "<i a=\"1\"c=\"3\">"},
           {attribute("b"), "<i a = 1 b = 2 c>", "<i a = 1 c>"},
           {attribute("b"), "<i =b b>", "<i =b>"},
           {attribute("b"), "<i b=>", "<i>"},
           {attribute("b"), "<i b=1>b=1</i b=1>", "<i>b=1</i b=1>"},
           {attribute("value", "input[name=csrf]"),
            "<input name=csrf value=1><input name=q value=2>",
            "<input name=csrf><input name=q value=2>"},
           {attribute("href", "nav a"), "<a href=1>x</a><nav><a href=2>y</a></nav>",
            "<a href=1>x</a><nav><a>y</a></nav>"},
       }) {
    EXPECT_EQ(text_of({c.rule}, c.page), c.rest) << c.page;
  }
  EXPECT_EQ(rest_of({attribute("a")}, "<i a=1 a=2><b a>").ignored.attributes, 3U);
}

TEST(IgnoreFilter, SeesAttributesBeyondThoseThatATagKeeps) {
  const std::string many = "<p" + repeat(" x", 1) + [] {
    std::string out;
    for (int i = 0; i < 300; ++i) out += " a" + std::to_string(i);
    return out;
  }();
  EXPECT_EQ(text_of({attribute("nonce")}, many + " nonce=1>"), many + ">");
}

TEST(IgnoreFilter, TakesOutWhatExpressionsMatch) {
  EXPECT_EQ(text_of({regex("[0-9]{2}:[0-9]{2}")}, "<p>at 12:30 and 13:45</p>"), "<p>at  and </p>");
  EXPECT_EQ(text_of({regex("(?s)<!-- ad.*?ad -->")}, "a<!-- ad -->x\n<b><!-- ad -->c"), "ac");
  EXPECT_EQ(text_of({regex("^a")}, "aaa"), "aa")
      << "what was taken out is no beginning of the text";
  EXPECT_EQ(text_of({regex("\\ba\\b")}, "a ba a"), " ba ");
  EXPECT_EQ(text_of({regex("x*")}, "axxb"), "axxb") << "it cannot be read, so it does nothing";
  const auto rest = rest_of({css(".ad"), regex("b+")}, "a<i class=ad>b</i>bbc");
  EXPECT_EQ(rest.text, "ac") << "after the elements";
  EXPECT_THAT(rest.ignored.counts, ElementsAre(1, 1));
  EXPECT_EQ(rest.ignored.matches, 1U);
}

TEST(IgnoreFilter, OfOtherTextsOnlyExpressionsAct) {
  const IgnoreRules rules{css("p"), attribute("a"), regex("\"now\":[0-9]+")};
  const auto rest = rest_of_text(rules, "{\"now\":123,\"p\":\"<p a=1>\xFF\"}");
  EXPECT_EQ(rest.text, "{,\"p\":\"<p a=1>\xFF\"}");
  EXPECT_THAT(rest.ignored.counts, ElementsAre(0, 0, 1));
}

TEST(IgnoreFilter, CountsPerRule) {
  const auto rest =
      rest_of({css("i"), css(".ad"), attribute("a"), css(".gone"), attribute("a", "p")},
              "<i class=ad>x</i><i>y</i><p a=1><b a=2>");
  EXPECT_THAT(rest.ignored.counts, ElementsAre(2, 1, 2, 0, 1));
  EXPECT_EQ(rest.ignored.elements, 2U);
  EXPECT_EQ(rest.ignored.attributes, 2U);
  EXPECT_EQ(rest.ignored.bytes, 17U + 8 + 4 + 4);
}

TEST(IgnoreFilter, LeavesAPageWithoutSuchPartsAsItIs) {
  const std::string page = "\n<P  Class = x>\xC3\xA4 &amp; <b></p><!-- --><br/></div>\r\n<";
  EXPECT_EQ(text_of({css(".ad"), attribute("nonce"), regex("nothing like it")}, page), page);
  EXPECT_EQ(rest_of({css(".ad")}, page).ignored.bytes, 0U);
}

TEST(IgnoreFilter, DecodesAsThePageIsReadWithoutThem) {
  const std::string latin = "<meta charset=windows-1252><p class=ad>x</p>gr\xFC\xDF dich";
  const auto rest = rest_of({css(".ad")}, latin, "text/html");
  EXPECT_EQ(rest.text, "<meta charset=windows-1252>gr\xC3\xBC\xC3\x9F dich");
  EXPECT_EQ(rest.encoding, "windows-1252");
  PageFeatures features;
  extract_features({.text = rest.text, .encoding = rest.encoding}, features);
  EXPECT_EQ(features.text, "gr\xC3\xBC\xC3\x9F dich") << "not decoded twice";
  EXPECT_EQ(features.charset, "windows-1252");
  const auto bad = rest_of({css(".ad")}, "a\xFF<p class=ad>x</p>");
  EXPECT_EQ(bad.text, "a\xEF\xBF\xBD");
  EXPECT_EQ(bad.decode_errors, 1U);
  EXPECT_EQ(text_of({regex("\\C")}, "\xC3\xA4"), "");
}

TEST(IgnoreFilter, IgnoresNoElementBeyondTheDepthThatIsKept) {
  const auto deep = repeat("<div>", 600) + "<p class=ad>x</p>";
  EXPECT_EQ(text_of({css(".ad")}, deep), deep);
  EXPECT_EQ(
      text_of({css(".ad")}, "<div class=ad>" + repeat("<div>", 600) + repeat("</div>", 601) + "x"),
      "x");
}

TEST(IgnoreFilter, IsBoundedOnHostilePages) {
  const auto begin = system_clock().mono();
  const IgnoreRules rules{css(".ad, div > div .x, [a*='y'] > b"), attribute("nonce"),
                          attribute("a", "i b"), regex("(?s)a(?:.*b)?"), regex("x+$")};
  for (const auto& page :
       {repeat("<div class=ad>", 5'000), repeat("<b><div class=ad></b>", 2'000),
        repeat("<a class=ad>", 5'000), repeat("</div>", 10'000), repeat("a", 100'000),
        repeat("<i nonce ", 20'000), "<p " + repeat("nonce=1 ", 40'000) + ">",
        repeat("<table class=ad><tr>", 10'000), repeat("<svg class=ad><title>", 10'000),
        "<p class='" + repeat("y ", 100'000) + "'>", repeat("<![CDATA[", 30'000),
        "<script>" + repeat("<!--<script>", 20'000), repeat("\r", 300'000)}) {
    const auto rest = rest_of(rules, page);
    EXPECT_LE(rest.text.size(), page.size());
    EXPECT_EQ(rest.text.size() + rest.ignored.bytes, page.size());
  }
  EXPECT_LT(system_clock().mono() - begin, seconds{60}) << "sanitizers and a loaded machine in it";
}

TEST(IgnoreFilter, HasABoundForMatches) {
  const auto rest = rest_of({regex("ab")}, repeat("abc", kMostIgnoredMatches + 10));
  EXPECT_EQ(rest.ignored.matches, kMostIgnoredMatches);
  EXPECT_TRUE(rest.ignored.is_cut);
  EXPECT_TRUE(rest.text.ends_with("cabc"));
  const auto all = rest_of({regex("ab")}, repeat("abc", kMostIgnoredMatches));
  EXPECT_FALSE(all.ignored.is_cut);
  EXPECT_EQ(all.text, repeat("c", kMostIgnoredMatches));
}

TEST(IgnoreFilter, FindsMatchesWhereverTheyStand) {
  const std::size_t window = 128U << 10U;
  for (const std::size_t at : {std::size_t{0}, window / 2 - 3, window / 2, window - 3, window - 1,
                               window, window + 1, 3 * window / 2 - 2}) {
    const auto page = repeat(".", at) + "<12345>" + repeat(".", window);
    EXPECT_EQ(text_of({regex("<[0-9]+>")}, page), repeat(".", at + window)) << at;
  }
  const auto longest = "<" + repeat("1", (64U << 10U) - 2) + ">";
  EXPECT_EQ(text_of({regex("<[0-9]+>")}, repeat(".", 100'000) + longest + repeat(".", 100'000)),
            repeat(".", 200'000));
}

TEST(IgnoreFilter, CutsAPageThatIsTooLong) {
  const auto rest = rest_of({regex("y")}, repeat("x", kMaxHtmlBytes) + "y");
  EXPECT_TRUE(rest.is_cut);
  EXPECT_EQ(rest.text.size(), kMaxHtmlBytes);
}

TEST(IgnoreRules, AreRefusedWithThePathOfWhatCannotBeRead) {
  struct BadCase {
    IgnoreRules rules;
    const char* want;
  };
  for (const auto& c : std::vector<BadCase>{
           {{css("p"), css("a:hover")}, "ignore[1].css: cannot be read from \":hover\" on"},
           {{attribute("a", "b >")}, "ignore[0].css: ends where more is needed"},
           {{regex("(a")}, "ignore[0].regex: is no regular expression: missing ): (a"},
           {{regex("(?=a)")}, "ignore[0].regex: is no regular expression"},
           {{regex("a*")}, "ignore[0].regex: matches the empty text"}}) {
    const auto checked = check_ignore_rules(c.rules);
    ASSERT_FALSE(checked) << c.want;
    EXPECT_EQ(checked.error().code, Errc::bad_input);
    EXPECT_THAT(checked.error().detail, HasSubstr(c.want));
  }
  EXPECT_TRUE(check_ignore_rules(IgnoreRules{css("p"), attribute("a", "b > c"), regex("a+")}));
  EXPECT_TRUE(check_ignore_rules(IgnoreRules(32, css("p"))));
}

TEST(IgnoreRules, DoWhatTheDocumentSays) {
  std::ifstream document{WEBMON_SOURCE_DIR "/docs/ignore.md"};
  std::size_t examples = 0;
  for (std::string line; std::getline(document, line);) {
    if (!line.starts_with("| `{")) continue;
    std::vector<std::string> cells;
    for (std::size_t at = line.find('`'); at != std::string::npos; at = line.find('`', at + 1)) {
      const std::size_t end = line.find('`', at + 1);
      cells.push_back(line.substr(at + 1, end - at - 1));
      at = end;
    }
    ASSERT_EQ(cells.size(), 3U) << line;
    AssetOptionsPatch patch;
    const auto read =
        read_option("ignore", boost::json::array{boost::json::parse(cells[0])}, patch);
    ASSERT_TRUE(read) << line;
    ASSERT_TRUE(check_ignore_rules(**patch.ignore)) << line;
    EXPECT_EQ(text_of(**patch.ignore, cells[1]), cells[2]) << line;
    ++examples;
  }
  EXPECT_EQ(examples, 6U);
}

TEST(IgnoreRules, ThatCannotBeReadDoNotStopTheOthers) {
  EXPECT_EQ(text_of({css("a:hover"), css("i")}, "<a>x</a><i>y</i>"), "<a>x</a>");
}

}  // namespace
}  // namespace webmon
