#include "lib/metrics/process.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

namespace webmon::metrics {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// The number behind `name` in a text of lines.
double number_after(const std::string& text, std::string_view name) {
  const auto at = text.find(name);
  if (at == text.npos) return 0;
  std::istringstream rest{text.substr(at + name.size())};
  double number = 0;
  rest >> number;
  return number;
}

std::uint64_t count_entries(const fs::path& folder) {
  std::uint64_t count = 0;
  std::error_code ec;
  for (fs::directory_iterator at{folder, ec}, end; !ec && at != end; at.increment(ec)) ++count;
  return count;
}

// proc(5), /proc/[pid]/stat: the fields behind the command, which may hold anything but ends with
// the last parenthesis. 14 utime, 15 stime, 20 num_threads, 22 starttime, 23 vsize, 24 rss.
void read_stat(const std::string& stat, ProcessFacts& facts) {
  constexpr int kFirst = 3;
  std::istringstream fields{stat.substr(stat.rfind(')') + 1)};
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  std::string field;
  for (int number = kFirst; fields >> field && number <= 24; ++number) {
    const auto value = [&] { return std::strtoull(field.c_str(), nullptr, 10); };
    if (number == 14 || number == 15) facts.cpu_seconds += static_cast<double>(value()) / ticks;
    if (number == 20) facts.threads = value();
    if (number == 22) facts.start_time_seconds = static_cast<double>(value()) / ticks;
    if (number == 23) facts.virtual_bytes = value();
    if (number == 24)
      facts.resident_bytes = value() * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  }
}

}  // namespace

std::optional<ProcessFacts> read_process(pid_t pid) {
  const auto folder = fs::path{"/proc"} / std::to_string(pid);
  const auto stat = read_text(folder / "stat");
  if (stat.empty()) return std::nullopt;
  ProcessFacts facts;
  read_stat(stat, facts);
  facts.start_time_seconds += number_after(read_text("/proc/stat"), "\nbtime ");
  facts.open_fds = count_entries(folder / "fd");
  facts.max_fds =
      static_cast<std::uint64_t>(number_after(read_text(folder / "limits"), "Max open files "));
  return facts;
}

void add_process(Exposition& out) {
  out.gauge("webmon_build_info", "Always 1; the label says which build this is.")
      .add(1, {{"version", WEBMON_VERSION}});
  const auto facts = read_process(getpid()).value_or(ProcessFacts{});
  out.gauge("process_start_time_seconds", "When the process started, since the Unix epoch.")
      .add(facts.start_time_seconds);
  out.counter("process_cpu_seconds_total", "User and system CPU time spent.")
      .add(facts.cpu_seconds);
  out.gauge("process_resident_memory_bytes", "Resident memory.").add(facts.resident_bytes);
  out.gauge("process_virtual_memory_bytes", "Virtual memory.").add(facts.virtual_bytes);
  out.gauge("process_threads", "Threads of the process.").add(facts.threads);
  out.gauge("process_open_fds", "Open file descriptors.").add(facts.open_fds);
  out.gauge("process_max_fds", "Most file descriptors that may be open.").add(facts.max_fds);
}

}  // namespace webmon::metrics
