#include "lib/html/extract.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "lib/core/clock.hpp"

namespace webmon {
namespace {

PageFeatures extract(std::string_view body, std::string_view type = "text/html; charset=utf-8") {
  PageFeatures features;
  extract_features(body, type, features);
  return features;
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

constexpr std::string_view kPage = R"html(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title> A  small
 page </title>
<style>p { color: red }</style>
<script src="/app.js" async></script>
<script>let unseen = "<p>no</p>";</script></head>
<body onload="go()"><!-- a comment -->
<h1>Hello,&nbsp;<b>wor</b>ld</h1><p>One<p>Two<br>three &amp; four
<a href="/x?a=1&amp;b=2" rel="nofollow">link</a> <a name="here">anchor</a>
<iframe src="https://ads.example/" width="1" height="1"></iframe>
<div hidden>h</div><div style="color: red; DISPLAY : none">i</div><div style="width:0">j</div>
<noscript>please enable</noscript><template><p>tpl</p></template>
<form><input type="hidden" name="a"><input name=b onclick='x()'></form>
<img src="a.png"></body></html>)html";

TEST(Extract, CountsTagsAttributesAndComments) {
  const PageFeatures f = extract(kPage);
  EXPECT_TRUE(f.is_present);
  EXPECT_EQ(f.tag("html"), 1U);
  EXPECT_EQ(f.tag("body"), 1U);
  EXPECT_EQ(f.tag("p"), 3U);
  EXPECT_EQ(f.tag("a"), 2U);
  EXPECT_EQ(f.tag("script"), 2U);
  EXPECT_EQ(f.tag("iframe"), 1U);
  EXPECT_EQ(f.tag("form"), 1U);
  EXPECT_EQ(f.tag("input"), 2U);
  EXPECT_EQ(f.tag("img"), 1U);
  EXPECT_EQ(f.tag("h1"), 1U);
  EXPECT_EQ(f.comments, 1U);
  EXPECT_EQ(f.event_handlers, 2U);
  EXPECT_EQ(f.attributes, 19U);
  EXPECT_EQ(f.tags_total, 26U);
  EXPECT_EQ(f.max_depth, 4U) << "html body h1 b";
}

TEST(Extract, FoldsVisibleTextAndLeavesOutWhatNobodySees) {
  const PageFeatures f = extract(kPage);
  EXPECT_EQ(f.text, "Hello, world One Two three & four link anchor h i j");
  EXPECT_EQ(f.words, 12U);
  EXPECT_EQ(f.text_bytes, f.text.size());
  EXPECT_EQ(f.title, "A small page");
  EXPECT_EQ(f.inline_script_bytes, std::string_view{R"(let unseen = "<p>no</p>";)"}.size());
}

TEST(Extract, KeepsReferencesAsWritten) {
  const PageFeatures f = extract(kPage);
  ASSERT_EQ(f.links.size(), 1U);
  EXPECT_EQ(f.links[0].href, "/x?a=1&b=2");
  EXPECT_EQ(f.links[0].rel, "nofollow");
  EXPECT_EQ(f.external_scripts, 1U);
  EXPECT_EQ(f.frame_sources, 1U);
}

TEST(Extract, CountsHiddenElementsByAttributeStyleAndPixelFrames) {
  EXPECT_EQ(extract(kPage).hidden_elements, 3U);
  struct Case {
    std::string_view html;
    std::uint32_t want;
  };
  for (const Case& c : std::vector<Case>{{"<p hidden>x</p>", 1},
                                         {"<p style='visibility: HIDDEN'>x</p>", 1},
                                         {"<p style='overflow-x:visible'>x</p>", 0},
                                         {"<iframe width=0>", 1},
                                         {"<iframe width=10>", 0},
                                         {"<iframe width='1%' height='100'>", 0},
                                         {"<iframe style='position:absolute; width: 1px'>", 1},
                                         {"<iframe style='width:100%;height:0.5em'>", 0},
                                         {"<iframe style='max-width:1px'>", 0},
                                         {"<img width=1 height=1>", 0},
                                         {"<input type=hidden>", 0}}) {
    SCOPED_TRACE(c.html);
    EXPECT_EQ(extract(c.html).hidden_elements, c.want);
  }
}

TEST(Extract, CountsWhatIsWrittenAndImpliesNothing) {
  EXPECT_FALSE(extract("").is_present);
  const PageFeatures f = extract("just text");
  EXPECT_TRUE(f.is_present);
  EXPECT_EQ(f.text, "just text");
  EXPECT_EQ(f.tags_total, 0U);
  EXPECT_EQ(extract("<body><body>").tag("body"), 2U);
}

TEST(Extract, OverwritesWhatWasThereBefore) {
  PageFeatures f = extract(kPage);
  extract_features("<p>a</p>", "text/html", f);
  EXPECT_EQ(f.tag("p"), 1U);
  EXPECT_EQ(f.tag("a"), 0U);
  EXPECT_TRUE(f.links.empty());
  extract_features("", "text/html", f);
  EXPECT_FALSE(f.is_present);
  EXPECT_EQ(f.tags_total, 0U);
}

TEST(Extract, ReadsCharsetFromBomThenHeaderThenMeta) {
  EXPECT_EQ(extract("<p>caf\xE9", "text/html; charset=ISO-8859-1").text, "caf\xC3\xA9");
  EXPECT_EQ(extract("<p>caf\xC3\xA9", "text/html; charset=UTF-8").text, "caf\xC3\xA9");
  EXPECT_EQ(extract("<p>caf\xC3\xA9", "text/html").text, "caf\xC3\xA9") << "guessed";
  EXPECT_EQ(extract("<p>caf\xE9", "text/html").text, "caf\xC3\xA9") << "guessed";
  EXPECT_EQ(extract("<meta charset=iso-8859-2><p>\xB1", "text/html").text, "\xC4\x85");
  EXPECT_EQ(extract("<meta charset=iso-8859-2><p>\xC4\x85", "text/html; charset=utf-8").text,
            "\xC4\x85")
      << "the header wins";
  EXPECT_EQ(extract("\xEF\xBB\xBF<p>caf\xC3\xA9", "text/html; charset=iso-8859-1").text,
            "caf\xC3\xA9")
      << "the byte order mark wins";
  const std::string utf16{"\xFF\xFE<\0p\0>\0a\0b\0", 12};
  EXPECT_EQ(extract(utf16, "text/html").text, "ab");
  EXPECT_EQ(extract("<p>ab", "text/html; charset=no-such-thing").text, "ab");
}

TEST(Extract, GoesOnAfterBytesThatAreNotInTheirEncoding) {
  for (const std::string_view type :
       {"text/html; charset=utf-8", "text/html; charset=shift_jis", "text/html",
        "text/html; charset=windows-1252", "text/html; charset=utf-16"}) {
    SCOPED_TRACE(type);
    const std::string bad = "<p>one</p>" + repeat("\xFF\xFE\x81\xC3(", 100) +
                            repeat("<p>x</p>", 2000) + "<iframe src=evil></iframe>";
    const PageFeatures f = extract(bad, type);
    if (type.ends_with("utf-16")) continue;  // then nothing of it is HTML; it only must not crash
    EXPECT_EQ(f.tag("iframe"), 1U);
    EXPECT_GE(f.tag("p"), 2001U);
  }
  const std::string meta = "<meta charset=shift_jis><p>a</p>\x81\xFF\xFF" +
                           repeat("<p>x</p>", 2000) + "<iframe></iframe>";
  EXPECT_EQ(extract(meta, "text/html").tag("iframe"), 1U);
}

TEST(Extract, GoesOnAfterNulBytes) {
  const std::string body{"<p>a\0b</p><iframe></iframe>", 27};
  const PageFeatures f = extract(body);
  EXPECT_EQ(f.tag("iframe"), 1U);
  EXPECT_GE(f.parse_errors, 1U);
  EXPECT_EQ(extract(std::string{"<scr\0ipt>x</p><p>", 17}).tag("script"), 0U);
  EXPECT_TRUE(extract(std::string(100'000, '\0')).is_present);
}

TEST(Extract, CountsDepthWithoutRecursion) {
  const std::string body = repeat("<div>", 100'000) + "deep" + repeat("</div>", 100'000);
  const PageFeatures f = extract(body);
  EXPECT_EQ(f.tag("div"), 100'000U);
  EXPECT_EQ(f.max_depth, 100'000U);
  EXPECT_EQ(f.text, "deep");
}

TEST(Extract, SurvivesUnclosedAndTruncatedMarkup) {
  for (const std::string_view body : {"<",           "<a",
                                      "<a href",     "<a href=",
                                      "<a href=\"",  "<a href='x",
                                      "<!--",        "<!-- x",
                                      "<!",          "<!d",
                                      "<script>",    "<script>x</scr",
                                      "<style><!--", "</",
                                      "</p",         "&",
                                      "&#",          "&#x110000;",
                                      "&amp",        "<?php",
                                      "<![CDATA[x",  "<p><b><i>text",
                                      "]]>",         "<title>x",
                                      "<a <b <c>",   "\xEF\xBB\xBF",
                                      "\xFF\xFE",    "\xFE\xFF<"}) {
    SCOPED_TRACE(body);
    const PageFeatures f = extract(body, "text/html");
    EXPECT_LE(f.words, 4U);
  }
}

TEST(Extract, ReadsAnAttributeOfOneMegabyte) {
  const std::string body =
      "<div data-state=\"" + repeat("{ &quot;a b&quot; } ", 60'000) + "\">x</div><iframe></iframe>";
  const PageFeatures f = extract(body);
  EXPECT_EQ(f.tag("iframe"), 1U);
  EXPECT_EQ(f.attributes, 1U);
  const PageFeatures link = extract("<a href='" + std::string(1'000'000, 'x') + "'>y</a>");
  ASSERT_EQ(link.links.size(), 1U);
  EXPECT_EQ(link.links[0].href.size(), 2048U);
}

// Linear, whatever the page. The bound is generous: sanitizers, two cores, other builds.
TEST(Extract, SpendsBoundedTimeOnPagesMadeToBeSlow) {
  std::string many_attributes = "<p";
  for (int i = 0; i < 400'000; ++i) many_attributes += " a" + std::to_string(i);
  many_attributes += ">";
  std::string large_tags;
  for (int tag = 0; tag < 1000; ++tag) {
    large_tags += "<p";
    for (int i = 0; i < 250; ++i) large_tags += " a" + std::to_string(i);
    large_tags += ">";
  }
  struct Case {
    std::string_view name;
    std::string body;
  };
  const std::vector<Case> cases = {
      {"many attributes", many_attributes},
      {"large tags", large_tags},
      {"quoted attributes", "<p" + repeat("a=\"\"b=''", 200'000) + ">"},
      {"stray end tags", repeat("<b>", 300'000) + repeat("</i>", 300'000)},
      {"stray unknown end tags", repeat("<x-a>", 200'000) + repeat("</x-b>", 200'000)},
      {"formatting across blocks", repeat("<b><div></b>", 100'000)},
      {"open paragraphs", repeat("<p><button>", 100'000)},
      {"open quotes", repeat("<a b=\"<a b='", 200'000)},
      {"open comments", repeat("<!--", 500'000)},
      {"open tags", repeat("<a", 500'000)},
      {"open scripts", repeat("<script><!--<script", 100'000)},
      {"entities", repeat("&amp;&nosuch;&#0;", 100'000)},
      {"ampersands in a value", "<p a='" + repeat("&a", 500'000) + "'>"},
      {"long unknown entity", "&" + std::string(1'000'000, 'a') + ";"},
      {"doctypes", repeat("<!doctype a public 'b' 'c'>", 50'000)},
      {"nested forms", repeat("<form><table><tr><td>", 50'000)},
      {"nested svg", repeat("<svg><title><div>", 50'000)},
      {"NUL", std::string(1'000'000, '\0')},
      {"bytes of no encoding", repeat("\xFF\xC3<p>", 200'000)},
      {"bodies", repeat("<div>", 50'000) + repeat("<body a=b>", 100'000)}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto start = system_clock().mono();
    extract(c.body, "text/html");
    const std::chrono::duration<double> took = system_clock().mono() - start;
    RecordProperty(std::string{c.name}, std::to_string(took.count()));
    EXPECT_LT(took.count(), 5.0);
  }
}

TEST(Extract, EndsAtItsLimitsAndSaysSo) {
  EXPECT_FALSE(extract(repeat("<p>", 1000)).is_cut);
  const PageFeatures tokens = extract(repeat("<p>", std::size_t{kMaxHtmlTokens} + 10));
  EXPECT_TRUE(tokens.is_cut);
  EXPECT_EQ(tokens.tag("p"), kMaxHtmlTokens);
  const PageFeatures bytes = extract(std::string(kMaxHtmlBytes, ' ') + "<p>");
  EXPECT_TRUE(bytes.is_cut);
  EXPECT_EQ(bytes.tag("p"), 0U);
  const PageFeatures value = extract("<a href=x title='" + std::string(100'000'000, 'x') + "'>");
  EXPECT_TRUE(value.is_cut);
  EXPECT_EQ(value.tag("a"), 0U) << "its '>' is beyond what is read";
  EXPECT_EQ(extract("<p" + repeat(" a=b", 1) + ">").attributes, 1U);
}

TEST(Extract, BoundsWhatItKeeps) {
  const PageFeatures f = extract(repeat("<a href=x>word </a><script src=y></script>", 100'000));
  EXPECT_EQ(f.links.size(), 4096U);
  EXPECT_EQ(f.scripts.size(), 512U);
  EXPECT_EQ(f.tag("a"), 100'000U);
  EXPECT_EQ(f.words, 100'000U);
  const PageFeatures text = extract("<p>" + repeat("0123456789 ", 300'000));
  EXPECT_LE(text.text.size(), 1U << 20U);
  EXPECT_EQ(text.text_bytes, 300'000U * 11 - 1);
  EXPECT_EQ(extract("<title>" + std::string(9000, 'x')).title.size(), 0U) << "one word of 9,000";
}

TEST(Extract, NeitherLoadsNorExpandsEntities) {
  const PageFeatures f = extract(
      "<!DOCTYPE html [<!ENTITY a SYSTEM \"file:///etc/passwd\"><!ENTITY b \"&a;&a;\">]><p>&a;&b;");
  EXPECT_EQ(f.text.find("root"), std::string::npos);
  EXPECT_TRUE(f.is_present);
}

TEST(Extract, GivesTheSameFeaturesOnEveryThread) {
  const PageFeatures want = extract(kPage);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const PageFeatures f = extract(kPage);
        if (f.tags != want.tags || f.text != want.text || f.parse_errors != want.parse_errors) {
          ++wrong[t];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(Extract, ReadsRealPages) {
  const std::filesystem::path root = "/usr/share/doc/python3.11/html/library";
  if (!std::filesystem::exists(root)) GTEST_SKIP() << "python3.11-doc is not installed";
  int pages = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (entry.path().extension() != ".html" || pages >= 25) continue;
    std::ifstream file{entry.path(), std::ios::binary};
    const std::string body{std::istreambuf_iterator<char>{file}, {}};
    SCOPED_TRACE(entry.path().string());
    const PageFeatures f = extract(body);
    ++pages;
    EXPECT_EQ(f.tag("html"), 1U);
    EXPECT_EQ(f.tag("body"), 1U);
    EXPECT_NE(f.title.find("Python 3.11"), std::string::npos);
    EXPECT_GT(f.words, 100U);
    EXPECT_GT(f.links.size(), 20U);
    EXPECT_GT(f.max_depth, 5U);
    EXPECT_LT(f.max_depth, 100U);
    EXPECT_LT(f.text_bytes, body.size());
  }
  EXPECT_GT(pages, 5);
}

}  // namespace
}  // namespace webmon
