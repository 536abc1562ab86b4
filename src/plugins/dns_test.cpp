#include <gtest/gtest.h>

#include "plugins/page_for_test.hpp"
#include "plugins/side_for_test.hpp"

namespace webmon::plugins {
namespace {

/// What lib/fetch/records.hpp writes, with these members changed or added.
std::string kept(boost::json::object changes = {}) {
  auto all = boost::json::parse(
                 R"({"rcode":"NOERROR","dnssec":false,"cname_chain":["edge.cdn.example"],)"
                 R"("a":["192.0.2.1"],"aaaa":[],"ns":["ns1.site.example","ns2.site.example"],)"
                 R"("mx":["10 mx.site.example"],"caa":["0 issue \"ca.example\""],)"
                 R"("zone":"site.example","soa_serial":7,"txt_hash":"00ff","ttl_min":60,)"
                 R"("lookup_ms":12.5})")
                 .as_object();
  for (const auto& [name, value] : changes) all[name] = value;
  return boost::json::serialize(all);
}

PluginOutput run_dns(const std::string& answer, std::string_view state = {}, bool is_ok = true,
                     bool is_fresh = true) {
  const SideResult side{.kind = SideRequest::Kind::dns,
                        .target = "site.example",
                        .answer = answer,
                        .is_ok = is_ok,
                        .is_fresh = is_fresh};
  return run_plugin("dns", page_for_test("<p>text"), state, {}, {&side, 1});
}

std::string after(int checks) {
  std::string state;
  for (int i = 0; i < checks; ++i) state = run_dns(kept(), state).next_state;
  return state;
}

TEST(Dns, AsksForNamesThatNameServersCanKnow) {
  auto page = page_for_test("<p>text");
  const auto wish = [&](const char* host) {
    page.url.host = host;
    return wishes_of("dns", page);
  };
  using Targets = std::vector<std::string>;
  EXPECT_EQ(wish("site.example"), Targets{"site.example"});
  EXPECT_EQ(wish("site.example."), Targets{"site.example"});
  for (const char* none : {"localhost", "127.0.0.1", "[::1]", "::1"}) {
    EXPECT_EQ(wish(none), Targets{}) << none;
    EXPECT_EQ(run_plugin("dns", page).report.reason, "no_name");
  }
}

TEST(Dns, AsksForTheNameOfAPageThatCannotBeFetched) {
  auto page = page_for_test("");
  page.outcome = Outcome::dns;
  EXPECT_EQ(wishes_of("dns", page).size(), 1U);
}

TEST(Dns, TellsWhatTheNameServersSay) {
  const auto report = run_dns(kept()).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(fact(report, "a"), R"(["192.0.2.1"])");
  EXPECT_EQ(fact(report, "aaaa"), "[]");
  EXPECT_EQ(fact(report, "cname_chain"), R"(["edge.cdn.example"])");
  EXPECT_EQ(fact(report, "ns"), R"(["ns1.site.example","ns2.site.example"])");
  EXPECT_EQ(fact(report, "mx"), R"(["10 mx.site.example"])");
  EXPECT_EQ(fact(report, "caa"), R"(["0 issue \"ca.example\""])");
  EXPECT_EQ(fact(report, "soa_serial"), "7");
  EXPECT_EQ(fact(report, "txt_hash"), R"("00ff")");
  EXPECT_EQ(fact(report, "ttl_min"), "60");
  EXPECT_EQ(fact(report, "rcode"), R"("NOERROR")");
  EXPECT_EQ(fact(report, "dnssec"), "false");
  EXPECT_EQ(fact(report, "set_changed"), "null") << "the first check";
  EXPECT_EQ(fact(report, "dangling_cname_hint"), "false");
  EXPECT_EQ(fact(report, "resolver_disagree"), "null");
  EXPECT_EQ(value_of(report, "lookup_ms"), 12.5);
}

TEST(Dns, OnlyAnAnswerOfThisCheckHasATime) {
  EXPECT_EQ(find_value(run_dns(kept(), {}, true, false).report, "lookup_ms"), nullptr);
}

TEST(Dns, AnAliasOfANameThatDoesNotExistIsAWarning) {
  const auto report = run_dns(kept({{"rcode", "NXDOMAIN"}})).report;
  EXPECT_EQ(report.state, ReportState::warn);
  EXPECT_EQ(report.reason, "dangling_cname");
  EXPECT_EQ(fact(report, "dangling_cname_hint"), "true");
  EXPECT_NE(report.findings[0].message.find("edge.cdn.example"), std::string::npos);
  const auto no_alias =
      run_dns(kept({{"rcode", "NXDOMAIN"}, {"cname_chain", boost::json::array{}}})).report;
  EXPECT_EQ(no_alias.state, ReportState::ok) << "http-probe says that the name does not resolve";
  EXPECT_EQ(fact(run_dns(kept({{"rcode", "SERVFAIL"}})).report, "dangling_cname_hint"), "null");
}

TEST(Dns, OtherServersOfTheZoneOrOfMailOrOtherIssuersAreAWarningOnce) {
  struct Case {
    const char* set;
    boost::json::array now;
    const char* reason;
  };
  for (const auto& c : {Case{"ns", {"ns1.other.example"}, "name_servers_changed"},
                        Case{"mx", {"10 mx.other.example"}, "mail_servers_changed"},
                        Case{"mx", {}, "mail_servers_changed"}, Case{"caa", {}, "caa_changed"}}) {
    SCOPED_TRACE(c.reason);
    const auto answer = kept({{c.set, c.now}});
    const auto first = run_dns(answer, after(1));
    EXPECT_EQ(first.report.state, ReportState::warn);
    EXPECT_EQ(first.report.reason, c.reason);
    EXPECT_EQ(fact(first.report, "set_changed"), "true");
    const auto second = run_dns(answer, first.next_state);
    EXPECT_EQ(second.report.state, ReportState::ok);
    EXPECT_EQ(fact(second.report, "set_changed"), "false");
  }
}

TEST(Dns, WhatWasNotAnsweredIsNeitherAChangeNorForgotten) {
  const auto silent = run_dns(R"({"rcode":"NOERROR","dnssec":false,"cname_chain":[]})", after(1));
  EXPECT_EQ(silent.report.state, ReportState::ok);
  EXPECT_EQ(fact(silent.report, "set_changed"), "false");
  EXPECT_EQ(run_dns(kept(), silent.next_state).report.state, ReportState::ok);
  const auto failed =
      run_dns(kept({{"rcode", "SERVFAIL"}, {"ns", boost::json::array{}}}), after(1));
  EXPECT_EQ(failed.report.state, ReportState::ok);
  EXPECT_EQ(failed.next_state, after(1));
  const auto changed = run_dns(kept({{"ns", {"ns1.other.example"}}}), silent.next_state).report;
  EXPECT_EQ(changed.reason, "name_servers_changed") << "compared with the last that was answered";
}

TEST(Dns, AddressesThatTakeTurnsAreNoNews) {
  auto state = after(20);
  const auto other = kept({{"a", {"192.0.2.2"}}});
  const auto first = run_dns(other, state);
  EXPECT_EQ(first.report.state, ReportState::ok);
  ASSERT_EQ(first.report.findings.size(), 1U);
  EXPECT_EQ(first.report.findings[0].code, "new_address");
  EXPECT_EQ(fact(first.report, "set_changed"), "true");
  state = run_dns(kept(), first.next_state).next_state;
  const auto back = run_dns(other, state).report;
  EXPECT_TRUE(back.findings.empty());
  EXPECT_EQ(fact(back, "set_changed"), "false");
  EXPECT_TRUE(run_dns(other, after(2)).report.findings.empty()) << "too early to say";
}

TEST(Dns, NameServersThatDisagreeAreToldWithoutAWarning) {
  const auto report = run_dns(kept({{"resolver_disagree", true}})).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(fact(report, "resolver_disagree"), "true");
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].code, "resolver_disagree");
}

TEST(Dns, NoAnswerSaysNothingAndForgetsNothing) {
  const auto output = run_dns("timeout", after(1), false);
  EXPECT_EQ(output.report.state, ReportState::skipped);
  EXPECT_EQ(output.report.reason, "no_answer");
  EXPECT_EQ(output.next_state, after(1));
}

TEST(Dns, HostileAnswersAreBoundedAndAnyStateIsSurvived) {
  boost::json::array many;
  for (int i = 0; i < 20; ++i) many.emplace_back(std::to_string(i) + std::string(250, '\\'));
  const auto answer = kept({{"a", many}, {"ns", many}, {"mx", many}, {"caa", many}});
  const auto output = run_dns(answer, after(1));
  EXPECT_EQ(output.report.reason, "name_servers_changed");
  for (std::size_t size = 0; size < output.next_state.size(); ++size) {
    run_dns(answer, output.next_state.substr(0, size));
  }
}

}  // namespace
}  // namespace webmon::plugins
