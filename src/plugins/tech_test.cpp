#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

using ::testing::HasSubstr;

PluginOutput check(const std::string& head, std::string_view state = {}, Headers headers = {}) {
  Page page = page_for_test("<head>" + head + "</head><p>x");
  page.headers.insert(page.headers.end(), headers.begin(), headers.end());
  return run_plugin("tech", page, state);
}
std::string script(const std::string& src) { return "<script src='" + src + "'></script>"; }

/// "name version" of all products, in order.
std::string names(const Report& report) {
  std::string text;
  const auto* products = report.facts.if_contains("products");
  if (products == nullptr) return text;
  for (const auto& one : products->as_array()) {
    text += std::string{one.at("name").as_string()} + " " +
            std::string{one.at("version").as_string()} + ";";
  }
  return text;
}

TEST(Tech, ReadsHeaders) {
  EXPECT_EQ(names(check("", {}, {{"server", "Apache/2.4.57 (Debian) OpenSSL/3.0.11"}}).report),
            "apache 2.4.57;openssl 3.0.11;");
  EXPECT_EQ(names(check("", {}, {{"server", "nginx"}, {"x-powered-by", "PHP/8.2.7"}}).report),
            "nginx ;php 8.2.7;");
  EXPECT_EQ(names(check("", {}, {{"server", "(((("}}).report), "");
}

TEST(Tech, ReadsGeneratorCookiesAndUrls) {
  const Report report =
      check("<meta name=generator content='WordPress 6.4.2'>" +
                script("/wp-content/plugins/contact-form-7/a.js") +
                script("https://code.jquery.com/jquery-3.6.0.min.js") +
                "<link rel=stylesheet href=https://cdn.example/bootstrap@5.3.2/b.css>",
            {}, {{"set-cookie", "PHPSESSID=1"}})
          .report;
  EXPECT_EQ(names(report), "php ;wordpress 6.4.2;jquery 3.6.0;bootstrap 5.3.2;");
  EXPECT_EQ(fact(report, "generator"), "\"WordPress 6.4.2\"");
  EXPECT_EQ(fact(report, "wordpress_plugins"), R"(["contact-form-7"])");
  EXPECT_THAT(fact(report, "products"), HasSubstr("\"source\":\"generator\""));
}

TEST(Tech, FindsVersionsInNamesAndFolders) {
  EXPECT_EQ(names(check(script("/ajax/libs/jquery/3.6.0/jquery.min.js")).report), "jquery 3.6.0;");
  EXPECT_EQ(names(check(script("/jquery-ui.js")).report), "");
  EXPECT_EQ(names(check(script("/myreaction-1.js")).report), "");
}

TEST(Tech, KnowsLibrariesByTheirWholeName) {
  EXPECT_EQ(names(check(script("/libs/angular-ui-bootstrap/1.1.2/ui-bootstrap-1.1.2.js")).report),
            "");
  EXPECT_EQ(names(check(script("/libs/angularjs/1.8.0/angular.min.js")).report), "angular 1.8.0;");
  EXPECT_EQ(names(check(script("/libs/moment.js/2.29.4/moment.min.js")).report), "moment 2.29.4;");
}

TEST(Tech, FindsTheVersionInAGenerator) {
  const auto product = [](const std::string& generator) {
    return names(check("<meta name=generator content='" + generator + "'>").report);
  };
  EXPECT_EQ(product("HTML Tidy for Linux/x86 (vers 11 February 2007), see www.w3.org"),
            "html tidy for linux/x86 ;");
  EXPECT_EQ(product("Doxygen 1.9.1"), "doxygen 1.9.1;");
  EXPECT_EQ(product("Docutils 0.19: https://docutils.sourceforge.io/"), "docutils 0.19;");
  EXPECT_EQ(product("DokuWiki v2.1"), "dokuwiki 2.1;");
  EXPECT_EQ(product("TYPO3 CMS"), "typo3 cms ;");
  EXPECT_EQ(product("Joomla! - Open Source Content Management"),
            "joomla! - open source content management ;");
  EXPECT_EQ(product("42"), "");
}

TEST(Tech, MentionsWhatChanged) {
  const Headers old{{"server", "nginx/1.22.1"}};
  const auto state = check("", {}, old).next_state;
  EXPECT_TRUE(check("", state, old).report.findings.empty());
  const Report newer = check("", state, {{"server", "nginx/1.24.0"}}).report;
  EXPECT_EQ(newer.state, ReportState::ok);
  EXPECT_EQ(fact(newer, "version_changed"), R"(["nginx 1.22.1 to 1.24.0"])");
  EXPECT_EQ(newer.findings.at(0).code, "technology_changed");
  const Report other = check("", state, {{"server", "Caddy"}}).report;
  EXPECT_EQ(other.findings.at(0).message, "caddy is new, nginx is gone");
}

TEST(Tech, NothingIsTold) {
  const auto output = check("");
  EXPECT_EQ(output.report.state, ReportState::ok);
  EXPECT_TRUE(output.report.facts.empty());
  EXPECT_TRUE(check("", "odd\n\t\nstate").report.facts.empty());
}

TEST(Tech, BoundsAHostilePage) {
  std::string many = "<meta name=generator content='" + std::string(5000, '\xff') + "'>";
  Headers headers;
  for (int i = 0; i < 300; ++i) {
    many += script("/wp-content/plugins/p" + std::to_string(i) + std::string(200, 'x') + "/");
    headers.emplace_back("server", "a\t" + std::to_string(i) + "/1 b\xff/2");
  }
  const auto output = check(many, {}, headers);
  EXPECT_LE(output.report.facts.at("products").as_array().size(), 16U);
  check(many, output.next_state, headers);
}

}  // namespace
}  // namespace webmon::plugins
