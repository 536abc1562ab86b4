#include <gtest/gtest.h>

#include "plugins/icon_hash.hpp"
#include "plugins/page_for_test.hpp"
#include "plugins/side_for_test.hpp"

namespace webmon::plugins {
namespace {

// The smallest GIF: 35 bytes.
const std::string kGif{"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;", 35};

TEST(IconHash, IsThatOfTheReferenceImplementations) {
  EXPECT_EQ(murmur3(""), 0);
  EXPECT_EQ(murmur3("hello"), 613'153'351);  // SMHasher
  EXPECT_EQ(murmur3("foo"), -156'908'512);   // the examples of Python's mmh3
}

TEST(IconHash, EncodesInLinesAsMimeDoes) {
  EXPECT_EQ(mime_base64(""), "");
  EXPECT_EQ(mime_base64("abc"), "YWJj\n");
  EXPECT_EQ(mime_base64("ab"), "YWI=\n");
  EXPECT_EQ(mime_base64(std::string(57, 'a')).size(), 77U) << "one full line";
  EXPECT_EQ(mime_base64(std::string(58, 'a')).substr(76), "\nYQ==\n");
}

TEST(IconHash, KnownIconsAreInOrderSoThatTheyAreFound) {
  EXPECT_TRUE(std::ranges::is_sorted(kKnownIcons, {}, &KnownIcon::hash));
  for (const auto& icon : kKnownIcons) EXPECT_EQ(product_of_icon(icon.hash), icon.product);
  EXPECT_EQ(product_of_icon(1), "");
}

TEST(Favicon, AsksForTheIconThatThePageNames) {
  const auto wish = [](const char* head) {
    return wishes_of("favicon", page_for_test(std::string{"<title>t</title>"} + head));
  };
  using Targets = std::vector<std::string>;
  EXPECT_EQ(wish(""), (Targets{"http://site.example/favicon.ico"}));
  EXPECT_EQ(wish("<link rel=icon href=/i.png>"), (Targets{"http://site.example/i.png"}));
  EXPECT_EQ(wish("<link rel='Shortcut Icon' href='//cdn.example/i.png'>"),
            (Targets{"http://cdn.example/i.png"}));
  EXPECT_EQ(wish("<base href='/a/b/'><link rel=icon href=i.png>"),
            (Targets{"http://site.example/a/b/i.png"}));
  EXPECT_EQ(wish("<link rel=icon href='ftp://x/'>"), (Targets{"http://site.example/favicon.ico"}));
  EXPECT_EQ(wish("<link rel=icon href='data:image/png,x'>"), Targets{});
}

TEST(Favicon, SaysWhatTheIconIs) {
  const auto page = page_for_test("<p>text");
  const Answers answers{"favicon", page, [](Page& answer) { answer.body = kGif; }};
  const auto report = run_plugin("favicon", page, {}, {}, answers.sides()).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(fact(report, "url"), R"("http://site.example/favicon.ico")");
  EXPECT_EQ(fact(report, "mmh3"), std::to_string(icon_hash(kGif)));
  EXPECT_EQ(fact(report, "sha256").size(), 66U);
  EXPECT_EQ(value_of(report, "icon_bytes"), 35);
}

TEST(Favicon, ChangesOnce) {
  const auto page = page_for_test("<p>text");
  const Answers first{"favicon", page, [](Page& answer) { answer.body = kGif; }};
  const Answers other{"favicon", page, [](Page& answer) { answer.body = kGif + "x"; }};
  auto output = run_plugin("favicon", page, {}, {}, first.sides());
  output = run_plugin("favicon", page, output.next_state, {}, first.sides());
  EXPECT_EQ(output.report.state, ReportState::ok);
  EXPECT_EQ(fact(output.report, "changed"), "false");
  output = run_plugin("favicon", page, output.next_state, {}, other.sides());
  EXPECT_EQ(output.report.state, ReportState::warn);
  EXPECT_EQ(output.report.reason, "icon_changed");
  output = run_plugin("favicon", page, output.next_state, {}, other.sides());
  EXPECT_EQ(output.report.state, ReportState::ok);
}

TEST(Favicon, WhatIsNoImageIsNoIcon) {
  const auto page = page_for_test("<p>text");
  for (const auto& [status, body] : {std::pair{404, kGif}, {200, std::string{"<p>not found"}}}) {
    const Answers answers{"favicon", page, [&](Page& answer) {
                            answer.status = status;
                            answer.body = body;
                          }};
    const auto output = run_plugin("favicon", page, "before", {}, answers.sides());
    EXPECT_EQ(output.report.reason, "no_icon");
    EXPECT_EQ(output.next_state, "before") << "a failure in between is no change";
  }
}

TEST(Favicon, WithoutAnAnswerNothingIsSaid) {
  const auto page = page_for_test("<p>text");
  EXPECT_EQ(run_plugin("favicon", page).report.reason, "no_answer");
  EXPECT_EQ(
      run_plugin("favicon", page, {}, {}, Answers::none("favicon", page).sides()).report.reason,
      "no_answer");
}

}  // namespace
}  // namespace webmon::plugins
