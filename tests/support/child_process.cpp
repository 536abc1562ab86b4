#include "tests/support/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "tests/support/temp_dir.hpp"
#include "tests/support/wait_until.hpp"

namespace webmon::testing {
namespace {

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  list.reserve(strings.size() + 1);
  for (auto& s : strings) list.push_back(s.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> merged_environment(
    const std::vector<std::pair<std::string, std::string>>& extra) {
  std::vector<std::string> env;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view entry{*at};
    const auto is_replaced = [name = entry.substr(0, entry.find('='))](const auto& e) {
      return e.first == name;
    };
    if (std::ranges::none_of(extra, is_replaced)) env.emplace_back(entry);
  }
  for (const auto& [name, value] : extra) env.push_back(fmt::format("{}={}", name, value));
  return env;
}

struct Prepared {
  char** argv;
  char** env;
  const char* directory;  // or null
  const char* fallback;   // program in /usr/sbin
  int in, out;            // out: -1 keeps ours
  pid_t parent;
};

// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(const Prepared& p) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != p.parent) _exit(126);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(p.in, 0);
  if (p.out >= 0) {
    dup2(p.out, 1);
    dup2(p.out, 2);
  }
  if (p.directory != nullptr && chdir(p.directory) != 0) _exit(126);
  execvpe(p.argv[0], p.argv, p.env);
  execve(p.fallback, p.argv, p.env);
  _exit(127);
}

int open_output(const std::filesystem::path& path) {
  if (path.empty()) return -1;
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) throw std::system_error{errno, std::generic_category(), path.string()};
  return fd;
}

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> argv, ChildOptions options)
    : output_{std::move(options.output)} {
  const auto fallback = "/usr/sbin/" + argv.at(0);
  auto env = merged_environment(options.env);
  const auto argv_pointers = pointers(argv);
  const auto env_pointers = pointers(env);
  const int out = open_output(output_);
  const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (in < 0) throw std::system_error{errno, std::generic_category(), "/dev/null"};
  const Prepared prepared{
      .argv = const_cast<char**>(argv_pointers.data()),
      .env = const_cast<char**>(env_pointers.data()),
      .directory = options.directory.empty() ? nullptr : options.directory.c_str(),
      .fallback = fallback.c_str(),
      .in = in,
      .out = out,
      .parent = getpid()};
  pid_ = fork();
  if (pid_ == 0) become(prepared);
  const int error = errno;
  close(in);
  if (out >= 0) close(out);
  if (pid_ < 0) throw std::system_error{error, std::generic_category(), "fork"};
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)},
      status_{other.status_},
      output_{std::move(other.output_)} {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this == &other) return *this;
  kill();
  pid_ = std::exchange(other.pid_, -1);
  status_ = other.status_;
  output_ = std::move(other.output_);
  return *this;
}

ChildProcess::~ChildProcess() { kill(); }

bool ChildProcess::reap(int flags) noexcept {
  if (pid_ < 0 || status_) return true;
  int raw = 0;
  if (waitpid(pid_, &raw, flags) != pid_) return false;
  status_ = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
  return true;
}

bool ChildProcess::is_running() { return !reap(WNOHANG); }

void ChildProcess::signal(int number) const {
  if (pid_ > 0 && !status_) ::kill(pid_, number);
}

std::optional<int> ChildProcess::wait(milliseconds limit) {
  if (!wait_until([this] { return reap(WNOHANG); }, limit)) return std::nullopt;
  return status_;
}

int ChildProcess::stop(milliseconds limit) {
  signal(SIGTERM);
  if (!wait(limit)) kill();
  return status_.value_or(-1);
}

void ChildProcess::kill() noexcept {
  signal(SIGKILL);
  reap(0);
}

std::string ChildProcess::output() const { return read_file(output_); }

Finished run_command(std::vector<std::string> argv, ChildOptions options, milliseconds limit) {
  const TempDir dir;
  options.output = dir / "output";
  ChildProcess child{std::move(argv), std::move(options)};
  const auto status = child.wait(limit);
  if (!status) child.kill();
  return {status.value_or(124), child.output()};
}

}  // namespace webmon::testing
