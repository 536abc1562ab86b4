#include <gtest/gtest.h>

#include "lib/core/registrable_domain.hpp"
#include "plugins/page_for_test.hpp"
#include "plugins/rdap.hpp"
#include "plugins/side_for_test.hpp"

namespace webmon::plugins {
namespace {

// RFC 9224 §4
constexpr std::string_view kList = R"({
  "version": "1.0",
  "publication": "2024-01-07T10:11:12Z",
  "description": "Some text",
  "services": [
    [["net", "com"], ["https://registry.example.com/myrdap/"]],
    [["org", "mytld"], ["https://example.org/"]],
    [["xn--zckzah"],
     ["https://example.net/rdap/xn--zckzah/", "http://example.net/rdap/xn--zckzah/"]]
  ]
})";

// RFC 9083 §5.3 without its remarks, links, variants and keys; the entity is a registrar here.
constexpr std::string_view kDomain = R"({
  "objectClassName": "domain",
  "handle": "XXXX",
  "ldhName": "xn--fo-5ja.example",
  "unicodeName": "fóo.example",
  "status": ["locked", "transfer prohibited"],
  "publicIds": [{"type": "ENS_Auth ID", "identifier": "1234567890"}],
  "nameservers": [
    {"objectClassName": "nameserver", "handle": "XXXX", "ldhName": "NS2.example.com",
     "status": ["active"], "ipAddresses": {"v6": ["2001:db8::125"], "v4": ["192.0.2.3"]}},
    {"objectClassName": "nameserver", "handle": "XXXX", "ldhName": "ns1.example.com"}
  ],
  "port43": "whois.example.net",
  "events": [
    {"eventAction": "registration", "eventDate": "1990-12-31T23:59:59Z"},
    {"eventAction": "last changed", "eventDate": "1991-12-31T23:59:59Z"},
    {"eventAction": "expiration", "eventDate": "2016-12-31T23:59:59Z"}
  ],
  "entities": [
    {"objectClassName": "entity", "handle": "YYYY", "roles": ["registrant"]},
    {"objectClassName": "entity", "handle": "XXXX",
     "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Joe User"],
                              ["kind", {}, "text", "individual"]]],
     "roles": ["registrar"]}
  ]
})";

Page page_of(const char* host) {
  auto page = page_for_test("<p>text");
  page.url.host = host;
  return page;
}

/// The document's domain with other dates and states; `kNowMs` is 2026-09-21T14:13:20Z.
std::string domain(const std::string& expires, const std::string& status = "active",
                   const std::string& server = "ns1.example.com") {
  return R"({"objectClassName":"domain","status":[")" + status +
         R"("],"nameservers":[{"ldhName":")" + server +
         R"("}],"events":[{"eventAction":"expiration","eventDate":")" + expires + R"("}]})";
}

struct World {
  std::string answer = domain("2027-09-21T14:13:20Z");
  int status = 200;
  Asset asset = {};

  PluginOutput run(std::string_view state = {}, const char* host = "www.shop.com") const {
    const auto page = page_of(host);
    const Answers answers{"domain-expiry", page,
                          [&](Page& got) {
                            const bool is_list = got.url.host == "data.iana.org";
                            got.status = is_list ? 200 : status;
                            got.body = is_list ? std::string{kList} : answer;
                          },
                          asset};
    return run_plugin("domain-expiry", page, state, asset, answers.sides());
  }
};

TEST(RegistrableDomain, IsOneLabelMoreThanWhatRegistriesRun) {
  EXPECT_EQ(registrable_domain("www.shop.com"), "shop.com");
  EXPECT_EQ(registrable_domain("shop.com"), "shop.com");
  EXPECT_EQ(registrable_domain("a.b.shop.co.uk"), "shop.co.uk");
  EXPECT_EQ(registrable_domain("me.github.io"), "github.io") << "customers register nothing";
  EXPECT_EQ(registrable_domain("www.xn--fo-5ja.xn--p1ai"), "xn--fo-5ja.xn--p1ai");
  for (const char* none : {"", "com", "co.uk", "localhost", "nas.lan", "shop.example", "127.0.0.1",
                           "::1", "..", ".com"}) {
    EXPECT_EQ(registrable_domain(none), "") << none;
  }
}

TEST(Rdap, FindsTheServerOfTheLongestSuffix) {
  Page answer;
  answer.status = 200;
  answer.body = kList;
  const auto kept = kept_bootstrap(answer);
  EXPECT_EQ(kept,
            "42\ncom 0\nmytld 37\nnet 0\norg 37\nxn--zckzah 58\n"
            "https://registry.example.com/myrdap/\nhttps://example.org/\n"
            "https://example.net/rdap/xn--zckzah/\n");
  EXPECT_EQ(base_for("shop.com", kept), "https://registry.example.com/myrdap/");
  EXPECT_EQ(base_for("shop.net", kept), "https://registry.example.com/myrdap/");
  EXPECT_EQ(base_for("shop.mytld", kept), "https://example.org/");
  EXPECT_EQ(base_for("a.xn--zckzah", kept), "https://example.net/rdap/xn--zckzah/");
  for (const char* none : {"shop.de", "shop.comm", "shop.co", "shop.zz", "shop.aa", ""}) {
    EXPECT_EQ(base_for(none, kept), "") << none;
  }
  EXPECT_EQ(base_for("shop.co.uk", "14\nco.uk 11\nuk 0\nhttps://a/\nhttps://b/\n"), "https://b/");
  for (std::size_t size = 0; size < kept.size(); ++size) {
    EXPECT_LE(base_for("shop.com", kept.substr(0, size)).size(), 36U) << size;
  }
}

TEST(Rdap, AListIsBoundedAndReadWithCare) {
  const auto kept = [](std::string body, int status = 200) {
    Page answer;
    answer.status = status;
    answer.body = std::move(body);
    return kept_bootstrap(answer);
  };
  EXPECT_EQ(kept(std::string{kList}, 503), "");
  for (const char* none : {"", "[", "[]", "{}", R"({"services":7})", R"({"services":[7,[],[[]]]})",
                           R"({"services":[[["com"],["ftp://a/"]]]})",
                           R"({"services":[[["com"],["https://a/ b"]]]})"}) {
    EXPECT_EQ(kept(none), "") << none;
  }
  EXPECT_EQ(kept(R"({"services":[[["COM","a b",7],["http://a","https://b"]]]})"),
            "6\ncom 0\nhttps://b/\n");
  std::string many = R"({"services":[)";
  for (int i = 0; i < 5'000; ++i) {
    many += (i == 0 ? "" : ",") + std::string{R"([["t)"} + std::to_string(i) +
            R"("],["https://rdap.registry.example/"]])";
  }
  EXPECT_LE(kept(many + "]}").size(), kMaxSideAnswer);
  EXPECT_GT(kept(many + "]}").size(), kMaxSideAnswer / 2) << "but not nothing";
  EXPECT_EQ(base_for("shop.t7", kept(many + "]}")), "https://rdap.registry.example/");
}

TEST(Rdap, AListOfAsManyRegistriesAsThereAreFits) {
  Page answer;
  answer.status = 200;
  answer.body = R"({"services":[)";
  for (int i = 0; i < 600; ++i) {
    const auto n = std::to_string(1'000 + i);
    answer.body += (i == 0 ? "" : ",") + std::string{R"([["ab)"} + n + R"(","cd)" + n +
                   R"("],["https://rdap.registry-of-ab)" + n + R"(.example/rdap/"]])";
  }
  answer.body += "]}";
  const auto kept = kept_bootstrap(answer);
  EXPECT_NEAR(static_cast<double>(kept.size()), 43'000, 1'000);
  EXPECT_EQ(base_for("shop.ab1000", kept), "https://rdap.registry-of-ab1000.example/rdap/");
  EXPECT_EQ(base_for("shop.cd1599", kept), "https://rdap.registry-of-ab1599.example/rdap/");
}

TEST(Rdap, KeepsOfADomainWhatIsTold) {
  Page answer;
  answer.status = 200;
  answer.body = kDomain;
  EXPECT_EQ(kept_domain(answer),
            R"({"http":200,"registrar":"Joe User","created":"1990-12-31T23:59:59Z",)"
            R"("expires":"2016-12-31T23:59:59Z","status":["locked","transfer prohibited"],)"
            R"("ns":["ns1.example.com","ns2.example.com"]})");
  answer.body = R"({"objectClassName":"domain","entities":[{"roles":["registrar"],"handle":"9"}]})";
  EXPECT_NE(kept_domain(answer).find(R"("registrar":"9")"), std::string::npos);
  for (const char* none : {"", "<html>", "[]", R"({"objectClassName":"entity"})"}) {
    answer.body = none;
    EXPECT_EQ(kept_domain(answer), R"({"http":200})") << none;
  }
  for (const char* odd :
       {R"({"objectClassName":"domain","entities":[7,{"roles":["registrar"],"vcardArray":[7,8]}]})",
        R"({"objectClassName":"domain","entities":{},"events":[7],"nameservers":[7],"status":7})",
        R"({"objectClassName":"domain","entities":[{"roles":["registrar"],)"
        R"("vcardArray":["vcard",[[],["fn"],["fn",{},"text",[]]]]}]})"}) {
    answer.body = odd;
    EXPECT_TRUE(kept_domain(answer).ends_with(R"("status":[],"ns":[)") ||
                kept_domain(answer).find(R"("registrar":"")") != std::string::npos)
        << odd;
  }
}

TEST(Rdap, ReadsDatesAsRegistriesWriteThem) {
  const auto at = [](const char* text) {
    const auto time = rfc3339_date(text);
    return time ? to_rfc3339(*time) : "none";
  };
  EXPECT_EQ(at("2026-11-23T01:46:00Z"), "2026-11-23T01:46:00.000Z");
  EXPECT_EQ(at("2026-11-23T01:46:00.1234567Z"), "2026-11-23T01:46:00.000Z");
  EXPECT_EQ(at("2026-11-23T01:46:00+02:00"), "2026-11-22T23:46:00.000Z");
  EXPECT_EQ(at("2026-11-23T01:46:00.5-05:30"), "2026-11-23T07:16:00.000Z");
  for (const char* none : {"", "2026-11-23", "2026-11-23T01:46:00", "2026-11-23T01:46:00+2",
                           "2026-11-23T01:46:00+aa:bb", "2026-13-23T01:46:00Z"}) {
    EXPECT_EQ(at(none), "none") << none;
  }
}

TEST(DomainExpiry, AsksForTheListAndThenTheRegistry) {
  const auto page = page_of("www.shop.com");
  using Targets = std::vector<std::string>;
  EXPECT_EQ(wishes_of("domain-expiry", page), Targets{"https://data.iana.org/rdap/dns.json"});
  const Answers answers{"domain-expiry", page, [](Page& got) { got.body = kList; }};
  EXPECT_EQ(wishes_of("domain-expiry", page, {}, answers.sides()),
            (Targets{"https://data.iana.org/rdap/dns.json",
                     "https://registry.example.com/myrdap/domain/shop.com"}));
  Asset asset;
  asset.plugins["domain-expiry"] = {{"bootstrap", "http://list.example/"}};
  EXPECT_EQ(wishes_of("domain-expiry", page, asset), Targets{"http://list.example/"});
  EXPECT_EQ(wishes_of("domain-expiry", page_of("127.0.0.1")), Targets{});
}

TEST(DomainExpiry, TellsWhatTheRegistrySays) {
  World world;
  world.answer = kDomain;
  const auto report = world.run().report;
  EXPECT_EQ(fact(report, "registrar"), R"("Joe User")");
  EXPECT_EQ(fact(report, "created"), R"("1990-12-31T23:59:59Z")");
  EXPECT_EQ(fact(report, "expires"), R"("2016-12-31T23:59:59Z")");
  EXPECT_EQ(fact(report, "status"), R"(["locked","transfer prohibited"])");
  EXPECT_EQ(fact(report, "ns_changed"), "null");
  EXPECT_EQ(fact(report, "rdap_source"),
            R"("https://registry.example.com/myrdap/domain/shop.com")");
  EXPECT_EQ(report.state, ReportState::crit);
  EXPECT_EQ(report.reason, "domain_expired");
  EXPECT_LT(value_of(report, "days_left"), -3'500);
}

TEST(DomainExpiry, CountsTheDaysFromTheMomentOfTheCheck) {
  struct Case {
    const char* expires;
    double days;
    ReportState state;
  };
  for (const auto& c : {Case{"2027-09-21T14:13:20Z", 365, ReportState::ok},
                        Case{"2026-10-21T14:13:20Z", 30, ReportState::ok},
                        Case{"2026-10-21T02:13:20Z", 29.5, ReportState::warn},
                        Case{"2026-09-28T14:13:20Z", 7, ReportState::warn},
                        Case{"2026-09-28T02:13:20Z", 6.5, ReportState::crit},
                        Case{"2026-09-20T14:13:20Z", -1, ReportState::crit}}) {
    SCOPED_TRACE(c.expires);
    World world;
    world.answer = domain(c.expires);
    const auto report = world.run().report;
    EXPECT_DOUBLE_EQ(value_of(report, "days_left"), c.days);
    EXPECT_EQ(report.state, c.state);
    if (c.state != ReportState::ok) {
      EXPECT_EQ(report.reason, c.days < 0 ? "domain_expired" : "domain_expires_soon");
    }
  }
}

TEST(DomainExpiry, TheAssetMaySayWhatIsSoon) {
  World world;
  world.answer = domain("2026-10-21T02:13:20Z");  // 29.5 days
  world.asset.plugins["domain-expiry"] = {{"warn_days", 10}};
  EXPECT_EQ(world.run().report.state, ReportState::ok);
  world.asset.plugins["domain-expiry"] = {{"crit_days", 60}};
  EXPECT_EQ(world.run().report.state, ReportState::crit);
  world.asset.plugins["domain-expiry"] = {{"warn_days", "soon"}};
  EXPECT_EQ(world.run().report.state, ReportState::warn) << "the preset";
}

TEST(DomainExpiry, ARegistryThatDoesNotSayWhenIsNoTrouble) {
  World world;
  world.answer = domain("");
  const auto report = world.run().report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(find_value(report, "days_left"), nullptr);
}

TEST(DomainExpiry, StatesThatTakeTheDomainAwayAreCritical) {
  World world;
  for (const char* held : {"server hold", "clientHold", "pending delete", "redemption period"}) {
    world.answer = domain("2027-09-21T14:13:20Z", held);
    EXPECT_EQ(world.run().report.state, ReportState::crit) << held;
    EXPECT_EQ(world.run().report.reason, "domain_held") << held;
  }
  world.answer = domain("2027-09-21T14:13:20Z", "pending transfer");
  EXPECT_EQ(world.run().report.reason, "domain_moves");
  world.answer = domain("2027-09-21T14:13:20Z", "client transfer prohibited");
  EXPECT_EQ(world.run().report.state, ReportState::ok);
}

TEST(DomainExpiry, OtherNameServersAreAWarningOnce) {
  World world;
  const auto before = world.run().next_state;
  EXPECT_EQ(fact(world.run(before).report, "ns_changed"), "false");
  world.answer = domain("2027-09-21T14:13:20Z", "active", "ns1.other.example");
  const auto changed = world.run(before);
  EXPECT_EQ(changed.report.state, ReportState::warn);
  EXPECT_EQ(changed.report.reason, "name_servers_changed");
  EXPECT_EQ(fact(changed.report, "ns_changed"), "true");
  EXPECT_EQ(world.run(changed.next_state).report.state, ReportState::ok);
}

TEST(DomainExpiry, ADomainThatTheRegistryDoesNotKnowIsNewsOnlyIfItDid) {
  World world;
  const auto before = world.run().next_state;
  world.status = 404;
  EXPECT_EQ(world.run().report.reason, "not_registered");
  EXPECT_EQ(world.run().report.state, ReportState::skipped);
  const auto gone = world.run(before);
  EXPECT_EQ(gone.report.state, ReportState::warn);
  EXPECT_EQ(gone.report.reason, "registration_gone");
  EXPECT_EQ(gone.next_state, before);
}

TEST(DomainExpiry, SkipsWhatCannotBeToldAndForgetsNothing) {
  World world;
  EXPECT_EQ(world.run("12345678", "nas.lan").report.reason, "no_domain");
  EXPECT_EQ(world.run("12345678", "shop.de").report.reason, "no_rdap");
  for (const int status : {429, 503}) {
    world.status = status;
    const auto output = world.run("12345678");
    EXPECT_EQ(output.report.state, ReportState::skipped);
    EXPECT_EQ(output.report.reason, "no_answer");
    EXPECT_EQ(output.next_state, "12345678");
  }
  const auto page = page_of("shop.com");
  const auto none = Answers::none("domain-expiry", page);
  EXPECT_EQ(run_plugin("domain-expiry", page, {}, {}, none.sides()).report.reason, "no_answer");
}

}  // namespace
}  // namespace webmon::plugins
