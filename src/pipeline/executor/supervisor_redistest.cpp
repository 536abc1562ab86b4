// The two processes of an executor, started as this executable under other names.
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "pipeline/executor/executor_fixture.hpp"
#include "pipeline/executor/supervisor.hpp"
#include "tests/support/child_process.hpp"

namespace webmon::executor {
namespace {

using store::JobState;

class SupervisorTest : public ExecutorTest {
 public:
  /// `args`: role, socket of Redis, endpoint of `work`.
  static int serve(const std::vector<std::string>& args) {
    auto config = base_config(args.at(2), args.at(3));
    config.id.clear();
    config.threads = 2;
    config.plugin_deadline = milliseconds{1'500};
    config.memory_per_thread = 256ULL << 20U;
    if (args[1] == "worker") return run_worker(std::move(config));
    return run_supervisor(config, {args[0], "worker", args[2], args[3]});
  }

 protected:
  testing::ChildProcess start() {
    const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
    return testing::ChildProcess{{self, "supervisor", server_.socket_path(), push_->endpoint()}};
  }

  static pid_t worker_of(const testing::ChildProcess& supervisor) {
    const auto pid = std::to_string(supervisor.pid());
    std::ifstream children{"/proc/" + pid + "/task/" + pid + "/children"};
    pid_t worker = 0;
    children >> worker;
    return worker;
  }

  /// One bad page among slow and quick ones, so that leases of others are held when it strikes.
  void expect_only_one_is_blamed(const std::string& page, std::uint8_t plugin) {
    auto supervisor = start();
    std::vector<store::JobRef> others;
    for (int i = 0; i < 6; ++i)
      others.push_back(submit(create("/slow/two-seconds.html?i=" + std::to_string(i))));
    for (int i = 0; i < 14; ++i)
      others.push_back(submit(create("/page.html?i=" + std::to_string(i))));
    const auto asset = create(page);
    const auto bad = submit(asset);
    auto all = others;
    all.insert(all.begin() + 6, bad);
    ASSERT_TRUE(drive(all));

    EXPECT_EQ(state_of(bad), JobState::done);
    EXPECT_EQ(record(bad)->off, std::vector<std::uint8_t>{plugin});
    const auto report = report_of(asset.id, plugin);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->state, ReportState::error);
    EXPECT_EQ(report->reason, "crashed_or_overran");
    EXPECT_EQ(report_of(asset.id, kSize)->state, ReportState::ok);
    for (const auto& job : others) {
      const auto left = record(job);
      ASSERT_EQ(left->state, JobState::done);
      EXPECT_EQ(left->kills, 0);
      EXPECT_EQ(left->attempts, 1);
      EXPECT_TRUE(left->off.empty());
      EXPECT_EQ(head_of(job.asset)->n, 1U);
    }
    EXPECT_EQ(supervisor.stop(), 0);
  }
};

TEST_F(SupervisorTest, ACrashingPluginHarmsOnlyItsOwnReport) {
  expect_only_one_is_blamed("/crash.html", kCrash);
}

TEST_F(SupervisorTest, ASpinningPluginHarmsOnlyItsOwnReport) {
  expect_only_one_is_blamed("/spin.html", kSpin);
}

TEST_F(SupervisorTest, APluginThatSpinsOverAnAnswerBesideThePageHarmsOnlyItsOwnReport) {
  expect_only_one_is_blamed("/digest-spin.html", kSpin);
}

TEST_F(SupervisorTest, APluginThatEatsMemoryHarmsOnlyItsOwnReport) {
  expect_only_one_is_blamed("/eat.html", kEat);
}

TEST_F(SupervisorTest, AWorkerKilledFromOutsideIsReplacedAndNobodyIsBlamed) {
  auto supervisor = start();
  std::vector<store::JobRef> jobs;
  for (int i = 0; i < 10; ++i)
    jobs.push_back(submit(create("/slow/two-seconds.html?i=" + std::to_string(i))));
  for (const auto& job : jobs) push(job);
  ASSERT_TRUE(turn_until([&] {
    return std::ranges::count_if(
               jobs, [&](const auto& job) { return state_of(job) == JobState::leased; }) >= 5;
  }));
  kill(worker_of(supervisor), SIGKILL);
  ASSERT_TRUE(drive(jobs));
  for (const auto& job : jobs) {
    EXPECT_EQ(record(job)->kills, 0);
    EXPECT_EQ(record(job)->attempts, 1);
    EXPECT_EQ(head_of(job.asset)->n, 1U);
  }
}

TEST_F(SupervisorTest, StopsItsWorkerOnSigterm) {
  auto supervisor = start();
  ASSERT_TRUE(drive({submit(create("/page.html"))}));
  const auto worker = worker_of(supervisor);
  ASSERT_GT(worker, 0);
  EXPECT_EQ(supervisor.stop(), 0);
  EXPECT_EQ(kill(worker, 0), -1) << "the worker is still there";
}

TEST_F(SupervisorTest, TheWorkerDiesWithItsSupervisor) {
  auto supervisor = start();
  ASSERT_TRUE(drive({submit(create("/page.html"))}));
  const auto worker = worker_of(supervisor);
  ASSERT_GT(worker, 0);
  supervisor.kill();
  EXPECT_TRUE(testing::wait_until([&] {
    std::ifstream status{"/proc/" + std::to_string(worker) + "/stat"};
    std::string pid, name, state;
    status >> pid >> name >> state;
    return state.empty() || state == "Z";
  }));
}

}  // namespace
}  // namespace webmon::executor

int main(int argc, char** argv) {
  const std::vector<std::string> args{argv, argv + argc};
  if (args.size() == 4 && (args[1] == "worker" || args[1] == "supervisor"))
    return webmon::executor::SupervisorTest::serve(args);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
