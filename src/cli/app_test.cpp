#include "cli/app.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "cli/exit_code.hpp"

namespace webmon::cli {
namespace {

struct Outcome {
  int code;
  std::string out, err;
};

Outcome webmon(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "webmon");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = run(static_cast<int>(arguments.size()), arguments.data());
  auto out = testing::internal::GetCapturedStdout();
  return {code, std::move(out), testing::internal::GetCapturedStderr()};
}

TEST(App, EndsWithTwoAndAMessageWhereItIsUsedWrongly) {
  const std::vector<std::vector<const char*>> cases = {
      {},
      {"--no-such-flag"},
      {"no-such-command"},
      {"asset"},
      {"asset", "set"},
      {"run", "start", "--all", "--tag", "x"},
      {"run", "start", "--server", "http://127.0.0.1:1"},
      {"check"},
      {"check", "ftp://example.org/"},
      {"check", "--timeout", "0", "http://example.org/"},
      {"check", "--allow-net", "10.0.0.0/99", "http://example.org/"},
      {"check", "--file", "/no/such/file"},
      {"control"},
      {"control", "MAKE", "COFFEE"},
      {"up", "--ports", "1,2"},
      {"up", "--allow-net", "everything"},
      {"api", "--redis", "nonsense:"},
      {"executor", "--threads", "65"},
      {"plugins", "no-such-plugin"},
  };
  for (const auto& arguments : cases) {
    std::string name;
    for (const auto* word : arguments) name += std::string{word} + " ";
    SCOPED_TRACE(name);
    const auto outcome = webmon(arguments);
    EXPECT_EQ(outcome.code, kFailed);
    EXPECT_NE(outcome.err, "");
    EXPECT_EQ(outcome.out, "");
  }
}

TEST(App, SaysWhatMayHaveBeenMeant) {
  struct Case {
    std::vector<const char*> arguments;
    const char* want;
  };
  const Case cases[] = {
      {{"asett", "list"}, "webmon: there is no command asett; did you mean asset?\n"},
      {{"asset", "lits"}, "webmon: there is no command lits; did you mean list?\n"},
      {{"up", "--alow-net", "x"},
       "webmon: there is no option --alow-net; did you mean --allow-net?\n"},
      {{"up", "--alow-net=x"},
       "webmon: there is no option --alow-net; did you mean --allow-net?\n"},
      {{"check", "--jsno"}, "webmon: there is no option --jsno; did you mean --json?\n"},
      {{"config"}, "webmon: config needs a command: check, show\n"},
      {{"up", "--slots", "--data-dir", "d"},
       "webmon: d was not expected; is the value of an option"},
      {{"frobnicate"}, "webmon: there is no command frobnicate\n"},
      {{"executor-wroker"},
       "webmon: there is no command executor-wroker\n"}};  // that one is hidden
  for (const auto& c : cases) {
    SCOPED_TRACE(c.want);
    const auto outcome = webmon(c.arguments);
    EXPECT_EQ(outcome.code, kFailed);
    EXPECT_TRUE(outcome.err.starts_with(c.want)) << outcome.err;
  }
}

TEST(App, HelpNamesEveryPublicCommandAndTheExitCodes) {
  const auto outcome = webmon({"--help"});
  EXPECT_EQ(outcome.code, kOk);
  for (const auto* word : {"up", "api", "dispatcher", "executor", "check", "asset", "run", "stats",
                           "snapshot", "control", "plugins", "Exit codes", "Examples"})
    EXPECT_NE(outcome.out.find(word), std::string::npos) << word;
  EXPECT_EQ(outcome.out.find("executor-worker"), std::string::npos);
}

TEST(App, SaysWhichServerItCouldNotReachAndWhatToDo) {
  const auto outcome = webmon({"asset", "list", "--server", "http://127.0.0.1:1"});
  EXPECT_EQ(outcome.code, kFailed);
  EXPECT_NE(outcome.err.find("127.0.0.1:1"), std::string::npos);
  EXPECT_NE(outcome.err.find("webmon up"), std::string::npos);
}

}  // namespace
}  // namespace webmon::cli
