#include "lib/html/content_model.hpp"

#include <gtest/gtest.h>

#include <string>

#include "lib/html/tokenizer.hpp"

namespace webmon::html {
namespace {

/// The depth behind each tag of `page`, in digits: "<p>" is "1".
std::string depths(std::string_view page) {
  Tokenizer tokenizer;
  ContentModel model;
  Token token;
  std::string out;
  tokenizer.feed(page);
  while (tokenizer.next(token)) {
    const auto tag = static_cast<TagId>(tag_index(token.text));
    State state = State::kData;
    if (token.kind == TokenKind::start_tag) state = model.start(token, tag, false);
    if (token.kind == TokenKind::end_tag) model.end(token.text, tag);
    if (state != State::kData) tokenizer.switch_to(state, token.text);
    tokenizer.allow_cdata(model.allows_cdata());
    if (token.kind != TokenKind::text) out += static_cast<char>('0' + model.depth());
  }
  return out;
}

TEST(ContentModel, EndsWhatHtmlEndsWithoutATag) {
  struct Case {
    std::string_view page;
    std::string_view want;
  };
  for (const Case& c :
       std::vector<Case>{{"<p><p><div><p></div>", "11120"},
                         {"<p><b><p>", "121"},
                         {"<p><button><p>", "123"},
                         {"<ul><li><li><ul><li></ul><li></ul>", "12234220"},
                         {"<li><div><li>", "121"},
                         {"<dl><dt><dd><dt></dl>", "12220"},
                         {"<h1><h2></h1>", "110"},
                         {"<select><option><option><optgroup><option></select>", "122230"},
                         {"<table><tr><td><td><tr><td></table>", "1233230"},
                         {"<table><tbody><tr><td><tbody><caption><tr>", "1234222"},
                         {"<table><tr><td><table><tr></table></td></tr></table>", "123453210"},
                         {"<tr><td>", "00"},
                         {"<html><head><title></title><body><body></body></html>", "12322222"},
                         {"<html><head><meta><div>", "1222"},
                         {"<br><img><hr></br>", "0000"},
                         {"<ruby><rb><rt><rp></ruby>", "12220"},
                         {"<a><b><a>", "121"},
                         {"<form><form></form>", "110"},
                         {"<b><div></b></div>", "1210"},
                         {"<b><i></b></i>", "1200"},
                         {"<table><tr><td></div></p></table>", "123330"},
                         {"<div><x-a></x-b></x-a></div>", "12210"},
                         {"</p></i></x>", "000"}}) {
    SCOPED_TRACE(c.page);
    EXPECT_EQ(depths(c.page), c.want);
  }
}

TEST(ContentModel, KnowsWhereSvgAndMathEnd) {
  struct Case {
    std::string_view page;
    std::string_view want;
  };
  for (const Case& c :
       std::vector<Case>{{"<svg><path/><g><a/></g></svg><br/>", "1122100"},
                         {"<svg/><math/>", "00"},
                         {"<svg><title><b></b></title><style></style></svg>", "12321210"},
                         {"<svg><g><div>", "121"},
                         {"<svg><foreignObject><p><svg>", "1234"},
                         {"<math><mi><b></mi></math>", "12310"},
                         {"<math><annotation-xml><b>", "121"},
                         {"<math><annotation-xml encoding='text/HTML'><b>", "123"},
                         {"<svg><font><font color=x>", "121"},
                         {"<svg></p>", "10"}}) {
    SCOPED_TRACE(c.page);
    EXPECT_EQ(depths(c.page), c.want);
  }
}

TEST(ContentModel, CountsOnBeyondWhatItRemembers) {
  ContentModel model;
  Token token;
  token.text = "div";
  for (int i = 0; i < 1000; ++i) model.start(token, tag_id("div"), false);
  EXPECT_EQ(model.depth(), 1000U);
  for (int i = 0; i < 1000; ++i) model.end("div", tag_id("div"));
  EXPECT_EQ(model.depth(), 0U);
}

TEST(ContentModel, KnowsWhatIsHiddenAndUnseen) {
  ContentModel model;
  Token token;
  token.text = "div";
  model.start(token, tag_id("div"), true);
  token.text = "noscript";
  model.start(token, tag_id("noscript"), false);
  EXPECT_TRUE(model.is_hidden());
  EXPECT_TRUE(model.is_unseen());
  model.end("div", tag_id("div"));
  EXPECT_FALSE(model.is_hidden());
  EXPECT_FALSE(model.is_unseen());
}

}  // namespace
}  // namespace webmon::html
