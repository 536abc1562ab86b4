#include "lib/core/page.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace webmon {
namespace {

TEST(TagIndex, FindsEveryNameAtItsPlace) {
  for (std::size_t i = 0; i < kTagNames.size(); ++i) EXPECT_EQ(tag_index(kTagNames[i]), i);
}

TEST(TagIndex, CountsUnknownNamesAsOther) {
  for (const auto* name : {"", "x", "blink", "figcaptions", "figcaptiox", "my-element", "A", "DIV",
                           "blockquotf", "h7", "divdivdivdivdivdivdiv"})
    EXPECT_EQ(tag_index(name), kOtherTag) << name;
  EXPECT_EQ(tag_index(std::string_view{"a\0", 2}), kOtherTag);
  EXPECT_EQ(tag_index(std::string_view{"\0a", 2}), kOtherTag);
}

TEST(TagNames, AreSortedAndUnique) {
  EXPECT_TRUE(std::ranges::is_sorted(kTagNames));
  EXPECT_EQ(std::set<std::string_view>(kTagNames.begin(), kTagNames.end()).size(),
            kTagNames.size());
}

TEST(Headers, GivesTheFirstOfSeveral) {
  const Headers headers{{"set-cookie", "a"}, {"server", "x"}, {"set-cookie", "b"}};
  ASSERT_NE(find_header(headers, "set-cookie"), nullptr);
  EXPECT_EQ(*find_header(headers, "set-cookie"), "a");
  EXPECT_EQ(find_header(headers, "date"), nullptr);
}

Page page_of(const char* type, std::string body) {
  Page page;
  if (type != nullptr) page.headers.emplace_back("content-type", type);
  page.body = std::move(body);
  return page;
}

TEST(MediaType, DropsParametersAndCase) {
  EXPECT_EQ(media_type(page_of("Text/HTML; charset=utf-8", "")), "text/html");
  EXPECT_EQ(media_type(page_of("  text/plain ;x", "")), "text/plain");
  EXPECT_EQ(media_type(page_of(";", "")), "");
  EXPECT_EQ(media_type(page_of(nullptr, "")), "");
}

TEST(IsHtml, GoesByTypeWhereThereIsOne) {
  EXPECT_TRUE(is_html(page_of("TEXT/html;charset=x", "")));
  EXPECT_TRUE(is_html(page_of("application/xhtml+xml", "")));
  EXPECT_FALSE(is_html(page_of("text/plain", "<html>")));
  EXPECT_FALSE(is_html(page_of("text/htmlx", "<html>")));
}

TEST(IsHtml, LooksAtTheFirstBytesWhereThereIsNone) {
  EXPECT_TRUE(is_html(page_of(nullptr, "\xEF\xBB\xBF \n<!DOCTYPE html><p>")));
  EXPECT_TRUE(is_html(page_of(nullptr, "<HTML >")));
  EXPECT_TRUE(is_html(page_of(nullptr, "<!-- x -->")));
  EXPECT_TRUE(is_html(page_of("", "<p>")));
  EXPECT_FALSE(is_html(page_of(nullptr, "<htmlx>")));
  EXPECT_FALSE(is_html(page_of(nullptr, "<html")));
  EXPECT_FALSE(is_html(page_of(nullptr, "{\"a\":1}")));
  EXPECT_FALSE(is_html(page_of(nullptr, "")));
}

TEST(Outcome, HasOneStableNameEach) {
  std::set<std::string_view> names;
  const int last = static_cast<int>(Outcome::inconclusive);
  for (int i = 0; i <= last; ++i) names.insert(to_string(static_cast<Outcome>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_EQ(to_string(Outcome::blocked_by_policy), "blocked_by_policy");
}

}  // namespace
}  // namespace webmon
