#include <gtest/gtest.h>

#include "plugins/page_for_test.hpp"
#include "plugins/performance_data.hpp"

namespace webmon::plugins {
namespace {

TEST(CheckOutput, IsALineForPeopleAndNumbersForMachines) {
  const auto read = CheckOutputReader{10}.read(
      "DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n");
  EXPECT_EQ(read.text, "DISK OK - free space: / 3326 MB (56%);");
  ASSERT_EQ(read.values.size(), 1U);
  const auto& value = read.values[0];
  EXPECT_EQ(value.label, "/");
  EXPECT_EQ(value.value, 2643);
  EXPECT_EQ(value.unit, "MB");
  EXPECT_EQ(value.warn, "5948");
  EXPECT_EQ(value.crit, "5958");
  EXPECT_EQ(value.min, 0);
  EXPECT_EQ(value.max, 5968);
}

TEST(CheckOutput, MayHaveLongTextWithMoreNumbers) {
  const auto read = CheckOutputReader{10}.read(
      "DISK OK | a=1\n/home ok\n/var ok | /boot=68MB;88;93;0;98\n/home=69357MB;;;0\n");
  ASSERT_EQ(read.values.size(), 3U);
  EXPECT_EQ(read.values[1].label, "/boot");
  EXPECT_EQ(read.values[2].label, "/home");
  EXPECT_EQ(read.values[2].warn, "");
}

TEST(CheckOutput, ReadsQuotedLabelsAndLeavesUnknownValuesOut) {
  const auto read =
      CheckOutputReader{10}.read("OK | 'used memory'=1e3kB 'it''s'=2.5;@1:2;~:5 gone=U x=-3%");
  ASSERT_EQ(read.values.size(), 3U);
  EXPECT_EQ(read.values[0].label, "used memory");
  EXPECT_EQ(read.values[0].value, 1'000);
  EXPECT_EQ(read.values[1].label, "it's");
  EXPECT_EQ(read.values[1].warn, "@1:2");
  EXPECT_EQ(read.values[1].crit, "~:5");
  EXPECT_EQ(read.values[2].value, -3);
}

TEST(CheckOutput, OfAnyBytesIsRead) {
  for (const char* text : {"", "|", "||", "| =", "| '", "| 'a", "| a=", "| a=;;;;", "\n\n|", "| a"})
    EXPECT_TRUE(CheckOutputReader{10}.read(text).values.empty()) << text;
  std::string many = "OK |";
  for (int i = 0; i < 1'000; ++i) many += " a=1";
  EXPECT_EQ(CheckOutputReader{10}.read(many).values.size(), 10U);
}

Asset asset_with(std::string_view checks) {
  Asset asset;
  asset.url = url_for_test();
  asset.plugins =
      boost::json::parse(R"({"nagios":{"checks":)" + std::string{checks} + "}}").as_object();
  return asset;
}

std::vector<SideRequest> planned(std::string_view checks) {
  return find_plugin("nagios")->plan(page_for_test(""), asset_with(checks), {});
}

TEST(Nagios, AsksForTheProgramsThatTheOptionsName) {
  const auto plans = planned(
      R"([{"command":"check_http","args":["-H","$HOST$","-p","$PORT$","$URL$$HOST$"]},
          {"command":"check_dummy","timeout_s":3}])");
  ASSERT_EQ(plans.size(), 2U);
  EXPECT_EQ(plans[0].kind, SideRequest::Kind::exec);
  EXPECT_EQ(plans[0].target,
            "check_http\n-H\nsite.example\n-p\n80\nhttp://site.example/site.example");
  EXPECT_EQ(plans[0].deadline, seconds{10});
  EXPECT_EQ(plans[0].lifetime, seconds{0});
  EXPECT_EQ(plans[1].target, "check_dummy");
  EXPECT_EQ(plans[1].deadline, seconds{3});
}

TEST(Nagios, RunsNothingIfTheOptionsAreNotAsTheyShouldBe) {
  for (const char* checks :
       {R"([{}])", R"([{"command":1}])", R"(["check_http"])", R"([{"command":"a","args":"x"}])",
        R"([{"command":"a","args":[1]}])", R"([{"command":"a","args":["b\nc"]}])",
        R"([{"command":"a\nb"}])", R"([{"command":"a","timeout_s":0}])",
        R"([{"command":"a","timeout_s":21}])", R"([{"command":"a"},{"command":2}])",
        R"([{"command":"a"},{"command":"a"},{"command":"a"},{"command":"a"},{"command":"a"}])"}) {
    EXPECT_TRUE(planned(checks).empty()) << checks;
    const auto report = run_plugin("nagios", page_for_test(""), {}, asset_with(checks)).report;
    EXPECT_EQ(report.reason, "bad_options") << checks;
  }
  EXPECT_EQ(run_plugin("nagios", page_for_test("")).report.reason, "no_checks");
  EXPECT_EQ(run_plugin("nagios", page_for_test(""), {}, asset_with("[]")).report.reason,
            "no_checks");
}

Report report_of(std::string_view answer, bool is_ok = true) {
  const SideResult side{.kind = SideRequest::Kind::exec,
                        .target = "check_it\n-w\n5",
                        .answer = answer,
                        .is_ok = is_ok,
                        .is_fresh = true};
  return run_plugin("nagios", page_for_test(""), {}, asset_with(R"([{"command":"check_it"}])"),
                    {&side, 1})
      .report;
}

TEST(Nagios, AnExitStatusIsAState) {
  EXPECT_EQ(report_of("exited 0 12\nOK - fine").state, ReportState::ok);
  EXPECT_EQ(report_of("exited 1 12\nWARNING").reason, "check_warning");
  EXPECT_EQ(report_of("exited 2 12\nCRITICAL").reason, "check_critical");
  EXPECT_EQ(report_of("exited 3 12\nUNKNOWN").state, ReportState::inconclusive);
  EXPECT_EQ(report_of("exited 77 12\n").reason, "check_unknown");
  EXPECT_EQ(report_of("overran 9 10000\n").reason, "check_unknown");
  EXPECT_EQ(report_of("killed 11 5\n").reason, "check_unknown");
  EXPECT_EQ(report_of("no program check_it in /x", false).reason, "check_unknown");
  EXPECT_EQ(report_of("unsupported", false).reason, "not_allowed");
}

TEST(Nagios, TellsWhatTheCheckSays) {
  const auto report = report_of("exited 1 153\nWARNING - slow | time=0.5s;0.1;1;0");
  EXPECT_EQ(value_of(report, "checks"), 1);
  EXPECT_EQ(value_of(report, "not_ok"), 1);
  EXPECT_EQ(value_of(report, "elapsed_ms"), 153);
  EXPECT_EQ(fact(report, "checks"),
            R"([{"command":"check_it","state":"warning","text":"WARNING - slow",)"
            R"("elapsed_ms":1.53E2,"performance":[{"label":"time","value":5E-1,"unit":"s",)"
            R"("warn":"0.1","crit":"1","min":0E0}]}])");
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].message, "check_it: WARNING - slow");
}

TEST(Nagios, StaysWithinItsBoundsWhateverTheCheckSays) {
  std::string noise = "exited 2 1\n" + std::string(4'000, '\xff') + "|";
  for (int i = 0; i < 100; ++i)
    noise += " '" + std::string(300, 'l') + "'=1;" + std::string(99, '9');
  EXPECT_EQ(report_of(noise).reason, "check_critical");  // run_plugin looks at the bounds
}

}  // namespace
}  // namespace webmon::plugins
