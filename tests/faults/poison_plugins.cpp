// Plugins of the executable webmon_faulty, for tests/faults alone: they crash, spin, eat memory or
// dawdle on pages whose URL says so, and look at nothing else. Plugin numbers from 240 on are the
// tests'.
#include <poll.h>

#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "lib/core/plugin.hpp"

namespace webmon {
namespace {

bool is_for(const PluginInput& input, std::string_view marker) {
  return input.asset.url.target.find(marker) != std::string::npos;
}

PluginOutput run_crash(const PluginInput& input) {
  if (is_for(input, "poison=crash")) *reinterpret_cast<volatile int*>(std::uintptr_t{4096}) = 1;
  return {};
}

PluginOutput run_spin(const PluginInput& input) {
  volatile bool is_spinning = is_for(input, "poison=spin");
  while (is_spinning) {
  }
  return {};
}

/// Address space is what the worker's limit bounds; the pages stay untouched to spare the machine.
/// `noexcept`: what runs out of memory deep inside a library ends like this.
void eat() noexcept {
  std::vector<std::unique_ptr<char[]>> eaten;
  for (;;) {
#ifdef WEBMON_SANITIZED  // no bound on memory then
    if (eaten.size() > 16) std::terminate();
#endif
    eaten.push_back(std::make_unique_for_overwrite<char[]>(16U << 20U));
  }
}

PluginOutput run_eat(const PluginInput& input) {
  if (is_for(input, "poison=eat")) eat();
  return {};
}

/// An executor is started as a slow one by its name, the only thing that differs in its arguments.
bool is_slow_executor() {
  std::ifstream file{"/proc/self/cmdline", std::ios::binary};
  const std::string words{std::istreambuf_iterator<char>{file}, {}};
  return words.find(std::string_view{"\0--id\0slow", 10}) != std::string::npos;
}

/// 20 ms of a fast executor, 1 s of a slow one: all its jobs wait, for a thread has one loop. Both
/// are far more than what else a check takes, which is as much for both and several ms on a busy
/// machine: beside 1 and 50 ms it left a fifth of the difference.
PluginOutput run_dawdle(const PluginInput& input) {
  static const int pause_ms = is_slow_executor() ? 1'000 : 20;
  if (is_for(input, "dawdle=1")) poll(nullptr, 0, pause_ms);
  return {};
}

constexpr Plugin kCrash{.name = "t-crash", .number = 240, .version = 1, .run = run_crash};
constexpr Plugin kSpin{.name = "t-spin", .number = 241, .version = 1, .run = run_spin};
constexpr Plugin kEat{.name = "t-eat", .number = 242, .version = 1, .run = run_eat};
constexpr Plugin kDawdle{.name = "t-dawdle", .number = 243, .version = 1, .run = run_dawdle};
const Registration kRegistrations[] = {Registration{kCrash}, Registration{kSpin},
                                       Registration{kEat}, Registration{kDawdle}};

}  // namespace
}  // namespace webmon
