#include "lib/core/reference.hpp"

#include <gtest/gtest.h>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

TEST(Reference, IsReadAsBrowsersDo) {
  using Kind = Reference::Kind;
  struct Case {
    const char* text;
    Kind kind;
    const char* host;
  };
  for (const Case& c :
       {Case{"", Kind::relative, ""}, Case{"/a/b", Kind::relative, ""},
        Case{"a:b/c", Kind::other, ""}, Case{"?a=http://x/", Kind::relative, ""},
        Case{"#top", Kind::relative, ""}, Case{"page.html", Kind::relative, ""},
        Case{"http://a.example/x", Kind::web, "a.example"},
        Case{"HTTPS://A.Example:8443?x", Kind::web, "A.Example"},
        Case{"//a.example/x", Kind::web, "a.example"},
        Case{"\\\\a.example\\x", Kind::web, "a.example"},
        Case{"https:/a.example/", Kind::web, "a.example"},
        Case{"https:a.example", Kind::relative, ""},
        Case{"https:////a.example#x", Kind::web, "a.example"},
        Case{"http://own.example@a.example/", Kind::web, "a.example"},
        Case{"http://[2001:db8::1]:80/", Kind::web, "[2001:db8::1]"},
        Case{"http:///", Kind::relative, ""}, Case{"mailto:x@a.example", Kind::other, ""},
        Case{"JavaScript:void(0)", Kind::other, ""}, Case{"data:text/html,x", Kind::other, ""}}) {
    SCOPED_TRACE(c.text);
    const Reference reference = read_reference(c.text);
    EXPECT_EQ(reference.kind, c.kind);
    EXPECT_EQ(reference.host, c.host);
  }
}

TEST(Reference, OwnHostsAreThePagesAndThoseBelowIt) {
  EXPECT_TRUE(is_own_host("a.example", "a.example"));
  EXPECT_TRUE(is_own_host("A.Example", "www.a.example"));
  EXPECT_TRUE(is_own_host("cdn.a.example", "www.a.example"));
  EXPECT_FALSE(is_own_host("evila.example", "a.example"));
  EXPECT_FALSE(is_own_host("a.example.evil.example", "a.example"));
  EXPECT_FALSE(is_own_host("example", "a.example"));
}

TEST(Reference, HasAnOriginByThePageOrItsBase) {
  Page page = page_for_test("<p>x");
  page.url = page.hops[0].url = url_for_test(true);
  const auto origin = [&](const char* text) { return origin_of(read_reference(text), page); };
  const auto foreign = [&](const char* text) { return is_foreign(read_reference(text), page); };
  EXPECT_EQ(origin("/x"), "https://site.example");
  EXPECT_EQ(origin("//B.example/x"), "https://b.example");
  EXPECT_EQ(origin("http://b.example:81/x"), "http://b.example");
  EXPECT_EQ(origin("mailto:a@b"), "");
  EXPECT_FALSE(foreign("/x"));
  EXPECT_FALSE(foreign("mailto:a@b"));
  EXPECT_TRUE(foreign("//b.example/x"));
  page.features.base_href = "https://cdn.other/";
  EXPECT_EQ(origin("/x"), "https://cdn.other");
  EXPECT_TRUE(foreign("/x"));
}

}  // namespace
}  // namespace webmon::plugins
