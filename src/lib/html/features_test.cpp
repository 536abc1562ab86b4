// What PageFeatures say of a page beyond the counts, which extract_test.cpp has.
#include <gtest/gtest.h>

#include <bit>
#include <string>

#include "lib/html/extract.hpp"

namespace webmon {
namespace {

PageFeatures extract(std::string_view body) {
  PageFeatures features;
  extract_features(body, "text/html; charset=utf-8", features);
  return features;
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Features, RunsOfTextEndAtBlocksAndLinksAndLinksKnowTheirs) {
  const PageFeatures f = extract(
      "<body>First <b>bold</b> words<p>see <a href=/x>this <i>page</i></a> now</p><a "
      "href=/icon><img "
      "src=i></a><h2>Heading</h2><div hidden><a href=/spam>spam</a></div>last</body></html>");
  std::string runs;
  for (const TextRun& run : f.text_runs) {
    runs += "[" + f.text.substr(run.begin, run.size) + (run.is_hidden ? "|hidden" : "") +
            (run.is_heading ? "|heading" : "") + "]";
  }
  EXPECT_EQ(runs,
            "[First bold words][ see ][this page][ now][Heading|heading][spam|hidden][ last]");
  ASSERT_EQ(f.links.size(), 3U);
  EXPECT_EQ(f.links[0].text_run, 2U);
  EXPECT_EQ(f.links[1].text_run, kNoTextRun) << "an image alone";
  EXPECT_EQ(f.links[2].text_run, 5U);
  EXPECT_TRUE(f.has_end);
  EXPECT_FALSE(extract("<p>cut").has_end);
}

TEST(Features, DescribeThePage) {
  const PageFeatures f = extract(
      "<!DOCTYPE html><html lang=' en '><head><base href='https://a.example/b/'><base href=x>"
      "<meta charset=utf-8><meta name=Description content=' What it &amp; is '>"
      "<meta property='og:title' content=T><meta itemprop=price content=5>"
      "<meta http-equiv=Refresh content='5; URL=\"/next\"'>"
      "<link rel='Canonical' href='https://a.example/'>"
      "<link rel=alternate hreflang=de href=/de><link rel=alternate hreflang=fr href=/fr>"
      "<link rel='preload stylesheet' href=s.css integrity=sha384-x>"
      "<script type='application/ld+json'>{\"@type\": \"Product\", \"o\": {\"@type\" : [\"A\", "
      "\"B\"]}}</script></head>");
  EXPECT_TRUE(f.has_doctype);
  EXPECT_EQ(f.lang, "en");
  EXPECT_EQ(f.base_href, "https://a.example/b/");
  EXPECT_EQ(f.meta("description"), "What it & is");
  EXPECT_EQ(f.meta("og:title"), "T");
  EXPECT_EQ(f.meta("price"), "5");
  EXPECT_EQ(f.meta("keywords"), "");
  ASSERT_EQ(f.metas.size(), 4U);
  EXPECT_TRUE(f.metas[3].is_http_equiv);
  EXPECT_TRUE(f.refresh.is_present);
  EXPECT_EQ(f.refresh.delay_s, 5U);
  EXPECT_EQ(f.refresh.url, "/next");
  EXPECT_EQ(f.canonical, "https://a.example/");
  EXPECT_EQ(f.hreflangs, 2U);
  ASSERT_EQ(f.link_elements.size(), 4U);
  EXPECT_EQ(f.link_elements[3].rel, "preload stylesheet");
  EXPECT_EQ(f.link_elements[3].integrity, "sha384-x");
  EXPECT_EQ(f.json_ld_types, (std::vector<std::string_view>{"Product", "A", "B"}));
}

TEST(Features, ReadMetaRefreshAsBrowsersDo) {
  struct Case {
    std::string_view content;
    bool is_present;
    std::uint32_t delay_s;
    std::string_view url;
  };
  for (const Case& c : std::vector<Case>{{"0", true, 0, ""},
                                         {" 3.7;url=a b", true, 3, "a b"},
                                         {"1,url = 'x'y", true, 1, "x"},
                                         {"2 /z", true, 2, "/z"},
                                         {".5; urls", true, 0, "urls"},
                                         {"99999999999;x", true, 1'000'000'009, "x"},
                                         {"", false, 0, ""},
                                         {"x", false, 0, ""},
                                         {"1x", false, 0, ""}}) {
    SCOPED_TRACE(c.content);
    const PageFeatures f =
        extract("<meta http-equiv=refresh content=\"" + std::string{c.content} + "\">");
    EXPECT_EQ(f.refresh.is_present, c.is_present);
    EXPECT_EQ(f.refresh.delay_s, c.delay_s);
    EXPECT_EQ(f.refresh.url, c.url);
  }
}

TEST(Features, KeepHeadingsWithTheirFoldedText) {
  const PageFeatures f = extract("<h1> One\n<b>t</b>wo </h1>x<h3>Three</h3><h2><script>s</script>");
  ASSERT_EQ(f.headings.size(), 2U) << "one that is never closed is none";
  EXPECT_EQ(f.headings[0].level, 1);
  EXPECT_EQ(f.headings[0].text, "One two");
  EXPECT_EQ(f.headings[1].level, 3);
  EXPECT_EQ(f.headings[1].text, "Three");
}

TEST(Features, TellScriptsApart) {
  const PageFeatures f = extract(
      "<script src=' /a.js ' integrity=sha256-x></script><script>if (a<b) c&amp;d</script>"
      "<script type=module>if (a<b) c&amp;d</script><script>other</script><script></script>"
      "<svg><script>drawn</script></svg>");
  ASSERT_EQ(f.scripts.size(), 6U);
  EXPECT_EQ(f.external_scripts, 1U);
  EXPECT_EQ(f.scripts[0].src, "/a.js");
  EXPECT_EQ(f.scripts[0].integrity, "sha256-x");
  EXPECT_EQ(f.scripts[1].text, "if (a<b) c&amp;d");
  EXPECT_EQ(f.scripts[1].text_bytes, 16U);
  EXPECT_NE(f.scripts[1].text_hash, 0U);
  EXPECT_EQ(f.scripts[1].text_hash, f.scripts[2].text_hash);
  EXPECT_EQ(f.scripts[2].type, "module");
  EXPECT_NE(f.scripts[1].text_hash, f.scripts[3].text_hash);
  EXPECT_EQ(f.scripts[4].text_hash, 0U);
  EXPECT_EQ(f.scripts[5].text, "drawn");
  EXPECT_EQ(f.inline_script_bytes, 16U + 16 + 5 + 5);
  EXPECT_EQ(f.text, "");
}

TEST(Features, DescribeFrames) {
  const PageFeatures f = extract(
      "<iframe src=a sandbox='allow-scripts' width=0></iframe><iframe srcdoc='<p>x'></iframe>"
      "<div hidden><object data=b></object></div><embed src=c><frame src=d>");
  ASSERT_EQ(f.frames.size(), 5U);
  EXPECT_EQ(f.frame_sources, 2U);
  EXPECT_EQ(f.frames[0].sandbox, "allow-scripts");
  EXPECT_TRUE(f.frames[0].has_sandbox && f.frames[0].is_pixel && f.frames[0].is_hidden);
  EXPECT_TRUE(f.frames[1].has_srcdoc && !f.frames[1].has_sandbox);
  EXPECT_EQ(f.frames[1].srcdoc_bytes, 4U);
  EXPECT_EQ(f.frames[2].kind, FrameKind::object);
  EXPECT_EQ(f.frames[2].src, "b");
  EXPECT_TRUE(f.frames[2].is_hidden) << "the <div> around it is";
  EXPECT_EQ(f.frames[3].kind, FrameKind::embed);
  EXPECT_FALSE(f.frames[3].is_hidden);
  EXPECT_EQ(f.frames[4].kind, FrameKind::frame);
}

TEST(Features, GiveFieldsToTheirForms) {
  const PageFeatures f = extract(
      "<input name=q><form action=/login method=POST autocomplete=off><input type=PassWord name=p>"
      "<form action=no><select id=s></select><textarea name=t autocomplete=cc-number></textarea>"
      "<button></button></form><form><input type=hidden></form>");
  ASSERT_EQ(f.forms.size(), 2U) << "forms do not nest";
  EXPECT_EQ(f.forms[0].action, "/login");
  EXPECT_EQ(f.forms[0].method, "POST");
  EXPECT_TRUE(f.forms[0].has_autocomplete_off);
  ASSERT_EQ(f.fields.size(), 6U);
  EXPECT_EQ(f.fields[0].form, kNoForm);
  EXPECT_EQ(f.fields[0].type, "text");
  EXPECT_EQ(f.fields[1].form, 0U);
  EXPECT_EQ(f.fields[1].type, "password");
  EXPECT_EQ(f.fields[2].type, "select");
  EXPECT_EQ(f.fields[2].name, "s");
  EXPECT_EQ(f.fields[3].autocomplete, "cc-number");
  EXPECT_EQ(f.fields[4].type, "submit");
  EXPECT_EQ(f.fields[5].form, 1U);
  EXPECT_EQ(f.tag("form"), 3U);
}

TEST(Features, KnowWhatIsHidden) {
  const PageFeatures f = extract(
      "<p>seen</p><div style='display: none'>one <p>two <a href=spam>three</a></p></div>"
      "<a href=x>four</a><li hidden>five<li>six");
  EXPECT_EQ(f.text, "seen one two three four five six");
  EXPECT_EQ(f.hidden_text, "one two threefive");
  EXPECT_EQ(f.hidden_elements, 2U);
  ASSERT_EQ(f.links.size(), 2U);
  EXPECT_TRUE(f.links[0].is_hidden);
  EXPECT_FALSE(f.links[1].is_hidden);
}

TEST(Features, ListWhatWouldBeLoadedInsecurely) {
  const PageFeatures f = extract(
      "<img src=http://a/1><script src=HTTP://a/2></script><a href=http://a/></a>"
      "<link rel=stylesheet href=http://a/3><link rel=icon href=http://a/4>"
      "<link rel=canonical href=http://a/><form action=http://a/5></form><video src=http://a/6>"
      "<iframe src=https://a/></iframe>");
  ASSERT_EQ(f.insecure.size(), 6U);
  EXPECT_EQ(f.insecure_total, 6U);
  const std::vector<bool> active = {false, true, true, false, true, false};
  for (std::size_t i = 0; i < active.size(); ++i) {
    EXPECT_EQ(f.insecure[i].is_active, active[i]) << f.insecure[i].url;
  }
  EXPECT_EQ(f.insecure[0].tag, "img");
}

TEST(Features, ReadTextOfElementsWithoutMarkup) {
  EXPECT_EQ(extract("<textarea>a <b>&lt;</textarea>").text, "a <b><");
  EXPECT_EQ(extract("<xmp><b>&lt;</xmp>").text, "<b>&lt;");
  EXPECT_EQ(extract("<plaintext><b></plaintext>").text, "<b></plaintext>");
  EXPECT_EQ(extract("<iframe><b>x</iframe>y").text, "y");
  EXPECT_EQ(extract("<iframe><b>x</iframe>y").tag("b"), 0U);
  EXPECT_EQ(extract("<noscript><b>x</noscript>y").tag("b"), 1U) << "scripting is off";
  EXPECT_EQ(extract("<style>a</style>b").inline_style_bytes, 1U);
  EXPECT_EQ(extract("<svg><title>a</title><![CDATA[<b>]]></svg><![CDATA[<i>]]>").text, "<b> ]]>");
}

TEST(Features, HashTextsAlikeWhereTheyAreAlike) {
  const std::string words = repeat("the quick brown fox jumps over the lazy dog again ", 20);
  const auto text = [](std::string_view body) { return extract(body).text_simhash; };
  EXPECT_EQ(text("<p>" + words), text("<div><b>" + words)) << "of the text alone";
  EXPECT_LE(std::popcount(text(words + "one more") ^ text(words)), 8);
  EXPECT_GE(std::popcount(text(repeat("nothing of all that is here ", 20)) ^ text(words)), 16);
  EXPECT_EQ(text("<p>"), 0U);
  const std::string rows = repeat("<li><a href=x>y</a><b>z</b></li>", 50);
  const auto structure = [](std::string_view body) { return extract(body).structure_simhash; };
  EXPECT_EQ(structure("<ul>" + rows), structure("<ul>" + rows + "text"));
  EXPECT_LE(std::popcount(structure("<ul>" + rows + rows) ^ structure("<ul>" + rows)), 8);
  EXPECT_GE(std::popcount(structure(repeat("<table><tr><td><p>", 50)) ^ structure(rows)), 12);
}

TEST(Features, BoundEveryList) {
  const PageFeatures f = extract(
      repeat("<img src=http://a><meta name=a><link rel=b><h1>c</h1><iframe></iframe>", 5000) +
      repeat("<form><input></form>", 2000) + "<script type=application/ld+json>" +
      repeat("\"@type\":\"x\",", 100) + "</script>" +
      repeat("<script>" + std::string(100'000, 'x') + "</script>", 10));
  EXPECT_EQ(f.images.size(), kMaxImages);
  EXPECT_EQ(f.metas.size(), kMaxMetas);
  EXPECT_EQ(f.link_elements.size(), kMaxLinkElements);
  EXPECT_EQ(f.headings.size(), kMaxHeadings);
  EXPECT_EQ(f.frames.size(), kMaxFrames);
  EXPECT_EQ(f.insecure.size(), kMaxInsecureReferences);
  EXPECT_EQ(f.insecure_total, 5000U);
  EXPECT_EQ(f.forms.size(), kMaxForms);
  EXPECT_EQ(f.fields.size(), kMaxFields);
  EXPECT_EQ(f.json_ld_types.size(), kMaxJsonLdTypes);
  std::size_t script_bytes = 0;
  for (const Script& script : f.scripts) script_bytes += script.text.size();
  EXPECT_EQ(script_bytes, kMaxInlineScriptText);
  EXPECT_EQ(f.scripts.back().text_bytes, 100'000U);
  EXPECT_EQ(f.inline_script_bytes, 1'001'200U);
}

TEST(Features, LiveInCopiesToo) {
  PageFeatures copy;
  {
    const PageFeatures f = extract("<a href='https://example.org/a/long/enough/reference'>x</a>");
    copy = f;
  }
  ASSERT_EQ(copy.links.size(), 1U);
  EXPECT_EQ(copy.links[0].href, "https://example.org/a/long/enough/reference");
}

}  // namespace
}  // namespace webmon
