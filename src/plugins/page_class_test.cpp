#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

/// A page as sites have them: a menu, some text, a footer.
std::string site(const std::string& title, const std::string& main, int paragraphs = 0) {
  std::string html = "<!doctype html><html><head><title>" + title +
                     "</title></head><body><nav><a href=/>Home</a> <a href=/shop>Shop</a></nav>" +
                     main;
  for (int i = 0; i < paragraphs; ++i) {
    html +=
        "<p>The harbour was rebuilt in 1871 and has been in use ever since, mostly by ferries.</p>";
  }
  return html + "<footer>Imprint</footer></body></html>";
}
constexpr int kLong = 60;  // paragraphs, more text than stands in place of a page

Report check(const Page& page, std::string_view state = {}, const Asset& asset = {}) {
  return run_plugin("page-class", page, state, asset).report;
}

struct Sample {
  const char* want;
  const char* what;
  std::string html;
  int status = 200;
  Headers headers = {};
};

Page page_of(const Sample& sample) {
  Page page = page_for_test(sample.html);
  page.status = sample.status;
  page.headers.insert(page.headers.end(), sample.headers.begin(), sample.headers.end());
  return page;
}

std::vector<Sample> samples() {
  const std::string no_text = "<html><body></body></html>";
  return {
      {"normal", "a shop", site("Boats and more", "<h1>Boats</h1>", 3)},
      {"normal", "a short page", site("Hello", "<p>It works, more or less.")},
      {"normal", "nothing but a script",
       "<html><body><div id=root></div><script src=/a.js></script>"},
      {"normal", "pictures without text", "<body><img src=/1.png>"},
      {"normal", "a long article on captchas",
       site("Captcha", "<p>How to prove you are human: complete the captcha.", kLong)},
      {"normal", "a short article on maintenance",
       site("Maintenance of boats", "<p>Oil the hull.")},
      {"normal", "a film of that name", site("404", "<p>A film of 2011 about sleep.")},
      {"normal", "a house for sale", site("Our house is for sale", "<p>Five rooms near the sea.")},
      {"normal", "a page with a search field", site("Search", "<input type=text name=q>")},
      {"normal", "a front page with a login in a corner",
       site("Harbour news", "<form><input type=password name=p></form>", 5)},
      {"normal", "a page that loads a captcha for its form",
       site("Contact us",
            "<form><textarea></textarea></form>"
            "<script src=https://www.google.com/recaptcha/api.js></script>")},
      {"normal", "numbers that contain 404", site("4040 fathoms", "<p>page not foundation")},

      {"error", "a database that is down",
       "<html><head><title>Database Error</title></head><body><h1>Error establishing a database "
       "connection</h1></body></html>"},
      {"error", "WordPress' own words",
       "<p>There has been a critical error on this website. <a href=https://x>Learn more</a>"},
      {"error", "a stack trace",
       "<pre>Traceback (most recent call last):\n  File \"/srv/app.py\", line 7, in index"},
      {"error", "a gateway's page",
       "<title>502 Bad Gateway</title><center><h1>502 Bad Gateway</h1>"},
      {"error", "a server without a site",
       "<title>Welcome to nginx!</title><h1>Welcome to nginx!</h1><p>Further configuration"},
      {"error", "any error status", site("Oops", "<p>Sorry."), 500},
      {"error", "a missing page", site("Not here", "<p>Sorry."), 404},

      {"soft404", "by its title", site("404 - Page not found", "<p>Try the search.")},
      {"soft404", "by its text",
       site("Harbour news",
            "<h1>Oh no</h1><p>The page you are looking for could not be found. "
            "We can't find the page.")},
      {"soft404", "in German", site("Seite nicht gefunden", "<p>Das tut uns leid.")},

      {"login", "a form",
       site("Log in - Harbour", "<form><input name=u><input type=\"password\" name=p></form>")},
      {"login", "without a title that says so",
       site("Harbour",
            "<form><input type=password></form><p>Please sign in to continue. "
            "<a href=/reset>Forgot your password?</a>")},
      {"login", "by status", site("Unauthorized", ""), 401},

      {"block_challenge",
       "Cloudflare's challenge",
       "<title>Just a moment...</title><p>Enable JavaScript and cookies to continue",
       403,
       {{"cf-mitigated", "challenge"}, {"server", "cloudflare"}}},
      {"block_challenge", "Cloudflare's block",
       "<title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1>", 403},
      {"block_challenge", "a firewall of status 200",
       "<title>Request Rejected</title>The requested URL was rejected. Please consult with your "
       "administrator. Your support ID is: 7"},
      {"block_challenge",
       "Akamai's",
       "<title>Access Denied</title>You don't have permission to access \"/\" on this server. "
       "Reference #18.2",
       403,
       {{"server", "AkamaiGHost"}}},
      {"block_challenge", "too many requests", site("Slow down", ""), 429},

      {"captcha", "a box to tick",
       "<title>Human verification</title><script src=https://hcaptcha.com/1/api.js></script>"},
      {"captcha", "a riddle",
       site("Harbour", "<p>Please verify you are human. <img src=/riddle.png>")},
      {"captcha", "a slider",
       "<title>harbour.example</title><iframe "
       "src=https://geo.captcha-delivery.com/captcha/?x></iframe>",
       403},

      {"parked", "for sale",
       "<title>harbour.example is for sale</title><h1>This domain is for sale</h1>"},
      {"parked", "by whose scripts it loads",
       "<title>harbour.example</title><script "
       "src=//www.google.com/adsense/domains/caf.js></script>"},
      {"parked", "expired", "<title>harbour.example</title><p>This domain has expired. Renew now."},

      {"maintenance", "WordPress' own words",
       "<title>Maintenance</title><p>Briefly unavailable for scheduled maintenance. Check back in "
       "a minute."},
      {"maintenance", "by status", site("Harbour", "<p>Soon."), 503, {{"retry-after", "600"}}},
      {"maintenance", "in German",
       site("Wartungsarbeiten",
            "<p>Wir sind bald zur\xc3\xbc"
            "ck.")},

      {"empty", "no bytes", ""},
      {"empty", "no text", no_text},
      {"empty", "white space", "\n \n"},
  };
}

TEST(PageClass, TellsSamplesApart) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(std::string{sample.want} + ": " + sample.what);
    const Report report = check(page_of(sample));
    EXPECT_EQ(fact(report, "class"), '"' + std::string{sample.want} + '"');
    EXPECT_GE(value_of(report, "confidence"),
              std::string_view{sample.want} == "normal" ? 0.3 : 0.7);
    EXPECT_LE(value_of(report, "confidence"), 1);
  }
}

TEST(PageClass, HasAVerdictForEachClass) {
  struct Case {
    const char* of;
    ReportState state;
  };
  for (const Case& c : {Case{"normal", ReportState::ok}, Case{"error", ReportState::crit},
                        Case{"soft404", ReportState::crit}, Case{"parked", ReportState::crit},
                        Case{"maintenance", ReportState::crit}, Case{"empty", ReportState::crit},
                        Case{"block_challenge", ReportState::inconclusive},
                        Case{"captcha", ReportState::inconclusive}}) {
    for (const Sample& sample : samples()) {
      if (std::string_view{sample.want} != c.of || sample.status >= 400) continue;
      SCOPED_TRACE(sample.what);
      const Report report = check(page_of(sample));
      EXPECT_EQ(report.state, c.state);
      if (c.state == ReportState::ok) {
        EXPECT_TRUE(report.findings.empty());
        continue;
      }
      EXPECT_EQ(report.reason, c.of);
      ASSERT_EQ(report.findings.size(), 1U);
      EXPECT_EQ(report.findings[0].seen, c.of);
      EXPECT_FALSE(report.facts.at("signals").as_array().empty());
    }
  }
}

TEST(PageClass, ALoginIsOutOfPlaceOnlyAfterThreeChecksThatShowedThePage) {
  const Page page = page_for_test(site("Members", "<h1>Berths</h1>", 3));
  const Page login = page_for_test(site("Log in", "<input type=password>"));
  EXPECT_EQ(check(login).state, ReportState::ok) << "it is what this asset shows";
  std::string state;
  for (int i = 0; i < 2; ++i) state = run_plugin("page-class", page, state).next_state;
  EXPECT_EQ(check(login, state).state, ReportState::ok);
  state = run_plugin("page-class", page, state).next_state;
  const auto output = run_plugin("page-class", login, state);
  EXPECT_EQ(output.report.state, ReportState::inconclusive);
  EXPECT_EQ(output.report.reason, "login");
  EXPECT_EQ(output.next_state, state) << "and stays so";
}

TEST(PageClass, ARedirectToALoginIsASignal) {
  Page page = page_for_test(site("Harbour", "<input type=password>"));
  EXPECT_EQ(fact(check(page), "class"), "\"normal\"");
  Hop hop = page.hops[0];
  hop.url.target = "/account/login?next=%2F";
  page.hops.push_back(hop);
  EXPECT_EQ(fact(check(page), "class"), "\"login\"");
  page.url.target = hop.url.target;
  EXPECT_EQ(fact(check(page), "class"), "\"normal\"") << "it was asked for";
}

TEST(PageClass, AcceptsWhatTheAssetSaysIsItsOwn) {
  const Page page = page_for_test("<title>Welcome to nginx!</title><h1>Welcome to nginx!</h1>");
  struct Case {
    const char* accept;
    ReportState want;
  };
  for (const Case& c :
       {Case{R"(["maintenance"])", ReportState::crit},
        Case{R"(["maintenance","error"])", ReportState::ok}, Case{"\"error\"", ReportState::crit},
        Case{"[7]", ReportState::crit}, Case{R"({"error":true})", ReportState::crit}}) {
    SCOPED_TRACE(c.accept);
    Asset asset;
    asset.plugins["page-class"] = boost::json::object{};
    asset.plugins["page-class"].as_object()["accept"] = boost::json::parse(c.accept);
    const Report report = check(page, {}, asset);
    EXPECT_EQ(report.state, c.want);
    EXPECT_EQ(fact(report, "class"), "\"error\"");
  }
}

TEST(PageClass, LeavesErrorStatusesToTheProbeAndFailuresAlone) {
  Page page = page_for_test(site("Oops", ""));
  page.status = 404;
  EXPECT_EQ(check(page).reason, "error_status");
  page.status = 399;
  EXPECT_EQ(check(page).state, ReportState::ok);
  page.outcome = Outcome::timeout;
  EXPECT_EQ(check(page).reason, "no_page");
}

TEST(PageClass, NoContentIsExpectedOfHeadAndOfStatusesWithoutBody) {
  Page page = page_for_test("");
  EXPECT_EQ(check(page).reason, "empty");
  Asset asset;
  asset.request.emplace().method = "HEAD";
  EXPECT_EQ(check(page, {}, asset).state, ReportState::ok);
  page.status = 204;
  EXPECT_EQ(check(page).state, ReportState::ok);
  Page json = page_for_test("{}", "application/json");
  EXPECT_EQ(check(json).state, ReportState::ok);
}

TEST(PageClass, NamesWhatStandsInFrontOfTheSite) {
  Page page = page_for_test(site("Boats", "", 3));
  EXPECT_EQ(fact(check(page), "waf_hint"), "(none)");
  page.headers.emplace_back("server", "cloudflare");
  EXPECT_EQ(fact(check(page), "waf_hint"), "\"cloudflare\"");
  EXPECT_EQ(check(page).state, ReportState::ok) << "a hint is no signal";
}

TEST(PageClass, TheOthersNeitherJudgeNorLearnWhatStandsInPlaceOfThePage) {
  const Page page = page_for_test(
      "<title>Just a moment...</title>Enable JavaScript and cookies to "
      "continue");
  for (const char* name : {"html-stats", "content-hash"}) {
    SCOPED_TRACE(name);
    const auto output = run_plugin(name, page, "kept");
    EXPECT_EQ(output.report.state, ReportState::skipped);
    EXPECT_EQ(output.report.reason, "page_class");
    EXPECT_EQ(output.next_state, "kept");
  }
}

TEST(PageClass, ABlockedProbeIsInDoubtAndNotDown) {
  Page page = page_for_test(
      "<title>Just a moment...</title>Enable JavaScript and cookies to "
      "continue");
  page.status = 403;
  const Report probe = run_plugin("http-probe", page).report;
  EXPECT_EQ(probe.state, ReportState::inconclusive);
  EXPECT_EQ(probe.reason, "blocked");
  Page other = page_for_test(site("Forbidden", "<p>No."));
  other.status = 403;
  EXPECT_EQ(run_plugin("http-probe", other).report.reason, "http_4xx");
}

TEST(PageClass, BoundsWhatItTakesFromAHostilePage) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "\xff\xc3 404 login captcha maintenance ";
  const Report report = check(page_for_test("<title>" + text + "</title><p>\xf0\x28" + text));
  EXPECT_LE(report.facts.if_contains("signals") ? report.facts.at("signals").as_array().size() : 0,
            12U);
}

}  // namespace
}  // namespace webmon::plugins
