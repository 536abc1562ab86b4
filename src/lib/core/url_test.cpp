#include "lib/core/url.hpp"

#include <gtest/gtest.h>

namespace webmon {
namespace {

std::string normal(std::string_view text, bool guess = false) {
  const auto url = parse_url(text, guess);
  return url ? url->text : "error: " + url.error().detail;
}

TEST(Url, NormalisesEverySpellingToOneText) {
  struct Case {
    const char* in;
    const char* want;
  };
  const Case cases[] = {
      {"http://example.com", "http://example.com/"},
      {"HTTP://EXAMPLE.com/Path", "http://example.com/Path"},
      {"https://example.com:443/", "https://example.com/"},
      {"http://example.com:80/a", "http://example.com/a"},
      {"http://example.com:0080/a", "http://example.com/a"},
      {"http://example.com:/a", "http://example.com/a"},
      {"http://example.com:443/", "http://example.com:443/"},
      {"https://example.com:8443/x?y=1", "https://example.com:8443/x?y=1"},
      {"http://example.com./a", "http://example.com/a"},
      {"http://example.com/a/./b/../c", "http://example.com/a/c"},
      {"http://example.com/../../x", "http://example.com/x"},
      {"http://example.com?q=1", "http://example.com/?q=1"},
      {"http://example.com/a#part", "http://example.com/a"},
      {"http://example.com#part", "http://example.com/"},
      {"http://example.com/%7Ea%2fb", "http://example.com/%7Ea%2fb"},
      {"http://example.com/a\"b<c>", "http://example.com/a%22b%3Cc%3E"},
      {"http://example.com/caf\xC3\xA9?\xC3\xBC", "http://example.com/caf%C3%A9?%C3%BC"},
      {"http://b\xC3\xBC"
       "cher.example/",
       "http://xn--bcher-kva.example/"},
      {"http://B\xC3\x9C"
       "CHER.example:8080/x",
       "http://xn--bcher-kva.example:8080/x"},
      {"http://stra\xC3\x9F"
       "e.example/",
       "http://xn--strae-oqa.example/"},
      {"http://\xE4\xBE\x8B\xE3\x81\x88.jp/", "http://xn--r8jz45g.jp/"},
      {"http://[2001:DB8:0:0::1]/", "http://[2001:db8::1]/"},
      {"http://[::1]:8080/", "http://[::1]:8080/"},
      {"http://127.1/", "http://127.0.0.1/"},
      {"http://0x7f.0.0.1/", "http://127.0.0.1/"},
      {"http://2130706433/", "http://127.0.0.1/"},
      {"http://\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1/", "http://127.0.0.1/"},
      {"http://under_score.example/", "http://under_score.example/"},
      {"http://example.com/a?x=http://other/", "http://example.com/a?x=http://other/"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.in);
    EXPECT_EQ(normal(c.in), c.want);
    EXPECT_EQ(normal(normal(c.in)), c.want) << "a second pass must change nothing";
  }
}

TEST(Url, RefusesWhatItMustNotFetchAndSaysWhy) {
  struct Case {
    std::string in;
    const char* why;
  };
  const Case cases[] = {
      {"", "empty"},
      {"example.com", "no scheme"},
      {"//example.com/", "no scheme"},
      {"/path", "no scheme"},
      {"ftp://example.com/", "'ftp' is not watched"},
      {"file:///etc/passwd", "'file' is not watched"},
      {"javascript:alert(1)", "no scheme"},
      {"gopher://example.com/", "'gopher' is not watched"},
      {"http://", "no host"},
      {"http:///path", "no host"},
      {"http://:80/", "no host"},
      {"http://?q", "no host"},
      {"http:/example.com", "no scheme"},
      {"http://user@example.com/", "user name"},
      {"http://user:secret@example.com/", "user name"},
      {"http://@example.com/", "user name"},
      {"http://example.com/a b", "%20"},
      {" http://example.com/", "%20"},
      {"http://example.com/\n", "control"},
      {"http://example.com/\r\nHost: x", "control"},
      {std::string("http://example.com/\0x", 21), "control"},
      {std::string("http://exam\0ple.com/", 20), "control"},
      {"http://example.com/\x7f", "control"},
      {"http://example.com\\@evil.example/", "backslash"},
      {"http://example.com:0/", "port 0"},
      {"http://example.com:65536/", "port"},
      {"http://example.com:-1/", "port"},
      {"http://example.com:80a/", "port"},
      {"http://[fe80::1%25eth0]/", "zone"},
      {"http://%31%32%37.0.0.1/", "escape"},
      {"http://[::1/", "IPv6"},
      {"http://[zz]/", "IPv6"},
      {"http://a..b/", "empty label"},
      {"http://.example.com/", "empty label"},
      {"http://exa!mple.com/", "host"},
      {"http://1.2.3.4.5/", "IPv4"},
      {"http://256.1.1.1/", "IPv4"},
      {"http://" + std::string(64, 'a') + ".com/", "63"},
      {"http://example.com/" + std::string(2048, 'a'), "2048"},
      {"http://example.com/" + std::string(1000, '"'), "2048"},
      {"http://\xFF\xFE.example/", "international"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.in);
    const auto url = parse_url(c.in);
    ASSERT_FALSE(url) << url->text;
    EXPECT_EQ(url.error().code, Errc::bad_input);
    EXPECT_NE(url.error().detail.find(c.why), std::string::npos) << url.error().detail;
  }
}

TEST(Url, NeverRepeatsAPasswordInItsError) {
  const auto url = parse_url("http://user:hunter2@example.com/");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().detail.find("hunter2"), std::string::npos);
}

TEST(Url, TakesItsPartsApart) {
  const auto url = parse_url("https://Example.com:8443/a/b?c=d#e");
  ASSERT_TRUE(url) << url.error().detail;
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_TRUE(url->is_https);
  EXPECT_EQ(url->target, "/a/b?c=d");
  EXPECT_EQ(origin_of(*url), "https://example.com:8443");
}

TEST(Url, KeepsIpv6HostsWithoutBrackets) {
  const auto url = parse_url("http://[2001:db8::1]:81/");
  ASSERT_TRUE(url) << url.error().detail;
  EXPECT_EQ(url->host, "2001:db8::1");
  EXPECT_EQ(origin_of(*url), "http://[2001:db8::1]:81");
}

TEST(Url, AcceptsExactlyTheLongestUrl) {
  const std::string base = "http://example.com/";
  EXPECT_TRUE(parse_url(base + std::string(2048 - base.size(), 'a')));
  EXPECT_FALSE(parse_url(base + std::string(2049 - base.size(), 'a')));
}

TEST(Url, GuessesHttpOnlyWhenAsked) {
  EXPECT_EQ(normal("example.com/a", true), "http://example.com/a");
  EXPECT_EQ(normal("localhost:8080", true), "http://localhost:8080/");
  EXPECT_EQ(normal("ftp.example.com", true), "http://ftp.example.com/");
  EXPECT_EQ(normal("example.com/?u=https://x/", true), "http://example.com/?u=https://x/");
  EXPECT_EQ(normal("https://example.com", true), "https://example.com/");
  EXPECT_FALSE(parse_url("ftp://example.com", true));
  EXPECT_FALSE(parse_url("mailto:someone@example.com", true));
}

TEST(Url, ResolvesReferencesAsRfc3986Says) {  // RFC 3986 §5.4
  struct Case {
    const char* reference;
    const char* want;
  };
  const Case cases[] = {
      {"g", "http://a.example/b/c/g"},
      {"./g", "http://a.example/b/c/g"},
      {"g/", "http://a.example/b/c/g/"},
      {"/g", "http://a.example/g"},
      {"//g.example", "http://g.example/"},
      {"?y", "http://a.example/b/c/d;p?y"},
      {"g?y", "http://a.example/b/c/g?y"},
      {"#s", "http://a.example/b/c/d;p?q"},
      {"g#s", "http://a.example/b/c/g"},
      {";x", "http://a.example/b/c/;x"},
      {"", "http://a.example/b/c/d;p?q"},
      {".", "http://a.example/b/c/"},
      {"..", "http://a.example/b/"},
      {"../g", "http://a.example/b/g"},
      {"../..", "http://a.example/"},
      {"../../g", "http://a.example/g"},
      {"../../../g", "http://a.example/g"},
      {"/./g", "http://a.example/g"},
      {"/../g", "http://a.example/g"},
      {"g.", "http://a.example/b/c/g."},
      {"./../g", "http://a.example/b/g"},
      {"g;x=1/../y", "http://a.example/b/c/y"},
      {"g?y/./x", "http://a.example/b/c/g?y/./x"},
      {"g?y/../x", "http://a.example/b/c/g?y/../x"},
      {"g?u=http://x/", "http://a.example/b/c/g?u=http://x/"},
      {"https://other.example", "https://other.example/"},
      {"  /trimmed ", "http://a.example/trimmed"},
      {"/with space", "http://a.example/with%20space"},
      {"/caf\xC3\xA9", "http://a.example/caf%C3%A9"},
  };
  const auto base = parse_url("http://a.example/b/c/d;p?q");
  ASSERT_TRUE(base);
  for (const auto& c : cases) {
    SCOPED_TRACE(c.reference);
    const auto url = resolve_url(*base, c.reference);
    ASSERT_TRUE(url) << url.error().detail;
    EXPECT_EQ(url->text, c.want);
  }
}

TEST(Url, RefusesReferencesThatLeaveTheWeb) {
  const auto base = parse_url("https://a.example/");
  ASSERT_TRUE(base);
  for (const auto* reference :
       {"javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "ftp://a.example/",
        "//user:pw@b.example/", "http://a b/", "/\\evil.example", "mailto:x@y.example"}) {
    SCOPED_TRACE(reference);
    EXPECT_FALSE(resolve_url(*base, reference));
  }
}

TEST(Url, KeepsTheSchemeOfTheBaseForSchemelessReferences) {
  const auto base = parse_url("https://a.example/x");
  ASSERT_TRUE(base);
  const auto url = resolve_url(*base, "//b.example/y");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->text, "https://b.example/y");
}

}  // namespace
}  // namespace webmon
