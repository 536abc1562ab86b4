// The helper process and real programs: shell scripts of the test's own, and those of Debian's
// monitoring-plugins-basic.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <set>
#include <stdexcept>

#include "pipeline/executor/check_helper.hpp"
#include "pipeline/executor/external_checks.hpp"
#include "pipeline/executor/signals.hpp"
#include "tests/support/nginx_server.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/wait_until.hpp"

namespace webmon::executor {
namespace {

using End = CheckAnswer::End;
constexpr const char* kDebian = "/usr/lib/nagios/plugins";

class ExternalChecksTest : public ::testing::Test {
 protected:
  ExternalChecksTest() { begin(dir_.path().string()); }

  void begin(const std::string& directory) {
    checks_.reset();
    const auto sockets = fork_check_helper(directory, 1, false);
    if (!sockets) throw std::runtime_error{sockets.error().detail};
    checks_.emplace(loop_, sockets->at(0), [this] { is_gone_ = true; });
  }
  void script(const std::string& name, const std::string& text) {
    const auto path = dir_.write(name, "#!/bin/sh\n" + text);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  CheckAnswer answer_to(std::vector<std::string> command, milliseconds deadline = seconds{10}) {
    std::optional<CheckAnswer> answer;
    checks_->run(std::move(command), deadline, [&](CheckAnswer&& a) { answer = std::move(a); });
    turn_until([&] { return answer.has_value(); });
    return std::move(*answer);
  }
  void turn_until(const std::function<bool()>& is_true) {
    const auto deadline = system_clock().mono() + seconds{40};
    while (!is_true()) {
      if (system_clock().mono() > deadline) throw std::runtime_error{"no answer"};
      loop_.turn(milliseconds{10});
    }
  }

  testing::TempDir dir_;
  Loop loop_;
  bool is_gone_ = false;
  std::optional<ExternalChecks> checks_;
};

TEST_F(ExternalChecksTest, TellHowAProgramEndedAndWhatItWrote) {
  script("check_it", "echo \"WARNING $1 $# | a=1\"; echo nobody >&2; exit 1");
  const auto answer = answer_to({"check_it", "two words", "$(id)"});
  EXPECT_EQ(answer.end, End::exited);
  EXPECT_EQ(answer.code, 1);
  EXPECT_EQ(answer.output, "WARNING two words 2 | a=1\n");
}

TEST_F(ExternalChecksTest, EndAProgramAtItsDeadlineWithAllThatItStarted) {
  script("check_long", "sleep 600 & echo $! ; echo begun; sleep 600");
  const auto answer = answer_to({"check_long"}, milliseconds{500});
  EXPECT_EQ(answer.end, End::overran);
  EXPECT_GE(answer.elapsed, milliseconds{500});
  const auto child = static_cast<pid_t>(std::stol(answer.output));
  EXPECT_TRUE(testing::wait_until([&] { return kill(child, 0) != 0; })) << "pid " << child;
}

TEST_F(ExternalChecksTest, DoNotWaitForWhatAProgramLeavesBehind) {
  script("check_leaves", "sleep 600 & echo OK; exit 0");
  const auto answer = answer_to({"check_leaves"});
  EXPECT_EQ(answer.end, End::exited);
  EXPECT_EQ(answer.output, "OK\n");
}

TEST_F(ExternalChecksTest, KeepTheFirstPartOfEndlessOutput) {
  script("check_yes", "exec yes");
  const auto answer = answer_to({"check_yes"}, milliseconds{300});
  EXPECT_EQ(answer.end, End::overran);
  EXPECT_EQ(answer.output.size(), kMaxCheckOutput);
}

TEST_F(ExternalChecksTest, TellTheSignalThatKilledAProgram) {
  script("check_crash", "kill -SEGV $$");
  const auto answer = answer_to({"check_crash"});
  EXPECT_EQ(answer.end, End::killed);
  EXPECT_EQ(answer.code, SIGSEGV);
}

TEST_F(ExternalChecksTest, RefuseWhatIsNotInTheDirectory) {
  for (const char* name : {"no_such", "../../bin/sh", "/bin/sh", ""}) {
    const auto answer = answer_to({name});
    EXPECT_EQ(answer.end, End::refused) << name;
    EXPECT_FALSE(answer.output.empty());
  }
  dir_.write("not_executable", "#!/bin/sh\n");
  EXPECT_EQ(answer_to({"not_executable"}).end, End::refused);
}

TEST_F(ExternalChecksTest, GiveProgramsAnEnvironmentOfTheirOwn) {
  script("check_env", "echo \"$PWD $HOME $PATH\"; env | grep -c .; ls /proc/self/fd | wc -l");
  setenv("WEBMON_TEST_SECRET", "canary", 1);
  begin(dir_.path().string());
  const auto answer = answer_to({"check_env"});
  EXPECT_EQ(answer.output.find("canary"), std::string::npos);
  EXPECT_TRUE(answer.output.starts_with("/ /nonexistent /usr/local/bin:/usr/bin:/bin\n"))
      << answer.output;
  EXPECT_TRUE(answer.output.ends_with("\n4\n")) << "0, 1, 2 and that of ls: " << answer.output;
}

TEST_F(ExternalChecksTest, RunManyEightAtATime) {
  script("check_many", "echo $1; sleep 0.05");
  std::set<std::string> seen;
  for (int i = 0; i < 60; ++i)
    checks_->run({"check_many", std::to_string(i)}, seconds{30},
                 [&](CheckAnswer&& answer) { seen.insert(answer.output); });
  turn_until([&] { return seen.size() == 60; });
}

TEST_F(ExternalChecksTest, SayThatTheirHelperIsGone) {
  script("check_killer", "kill -KILL $PPID; sleep 600");
  const auto answer = answer_to({"check_killer"});
  EXPECT_EQ(answer.end, End::refused);
  EXPECT_TRUE(is_gone_);
  EXPECT_EQ(answer_to({"check_killer"}).end, End::refused) << "also what comes later";
}

TEST_F(ExternalChecksTest, RunThoseOfDebian) {
  begin(kDebian);
  const auto dummy = answer_to({"check_dummy", "2", "on purpose"});
  EXPECT_EQ(dummy.code, 2);
  EXPECT_EQ(dummy.output, "CRITICAL: on purpose\n");
  testing::NginxServer nginx;
  nginx.write("page.html", "some words");
  const auto http =
      answer_to({"check_http", "-I", "127.0.0.1", "-p", std::to_string(nginx.http_port()), "-u",
                 "/page.html", "-s", "some words"});
  EXPECT_EQ(http.end, End::exited);
  EXPECT_EQ(http.code, 0) << http.output;
  EXPECT_NE(http.output.find("|time="), std::string::npos) << http.output;
}

}  // namespace
}  // namespace webmon::executor
