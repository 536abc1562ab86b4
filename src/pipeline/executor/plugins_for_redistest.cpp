// Plugins that crash, spin, eat memory and throw, each on the page that bears its name. They exist
// in this test executable only.
#include <array>
#include <exception>
#include <stdexcept>
#include <vector>

#include "pipeline/executor/executor_fixture.hpp"

namespace webmon::executor {
namespace {

bool is_for(const PluginInput& input, std::string_view page) {
  return input.asset.url.target.starts_with(page);
}

PluginOutput run_crash(const PluginInput& input) {
  if (is_for(input, "/crash")) *reinterpret_cast<volatile int*>(std::uintptr_t{4096}) = 1;
  return {};
}

PluginOutput run_spin(const PluginInput& input) {
  volatile bool is_spinning = is_for(input, "/spin");
  while (is_spinning) {
  }
  return {};
}

/// Spins in what it makes of an answer, not in `run`.
std::string spin(const Page&) {
  for (volatile bool is_spinning = true; is_spinning;) continue;
  return {};
}
std::vector<SideRequest> plan_spin(const Page& page, const Asset& asset,
                                   std::span<const SideResult>) {
  if (!asset.url.target.starts_with("/digest-spin")) return {};
  return {{.target = origin_of(page.url) + "/page.html", .digest = spin}};
}

/// `noexcept`: what runs out of memory deep inside a library ends like this.
void eat() noexcept {
  std::vector<std::vector<char>> eaten;
  for (;;) {
#ifdef WEBMON_SANITIZED  // no bound on memory then
    if (eaten.size() > 16) std::terminate();
#endif
    eaten.emplace_back(16U << 20U, 'x');
  }
}

PluginOutput run_eat(const PluginInput& input) {
  if (is_for(input, "/eat")) eat();
  return {};
}

PluginOutput run_throw(const PluginInput& input) {
  if (is_for(input, "/throw")) throw std::runtime_error{"on purpose"};
  return {};
}

constexpr std::array kSizeMetrics{
    MetricSpec{"body_bytes", kSizeMetric, "bytes", true, 1, 0.01, "size of the body"}};
std::string status_and_body(const Page& page) {
  return std::to_string(page.status) + " " + page.body.substr(0, 15);
}
/// One request after the other: the second follows from the answer of the first.
std::vector<SideRequest> plan_size(const Page& page, const Asset& asset,
                                   std::span<const SideResult> known) {
  if (!asset.url.target.starts_with("/sides")) return {};
  const auto first = origin_of(page.url) + "/page.html";
  std::vector<SideRequest> wanted{{.target = first, .digest = status_and_body},
                                  {.kind = SideRequest::Kind::exec, .target = "true"}};
  const auto* answer = find_side(known, first);
  if (answer != nullptr && answer->is_ok)
    wanted.push_back({.target = origin_of(page.url) + "/missing.html", .digest = status_and_body});
  return wanted;
}
PluginOutput run_size(const PluginInput& input) {
  PluginOutput output;
  for (const auto& side : input.sides)
    output.report.facts[side.target] = std::string{side.answer} + (side.is_fresh ? ", fresh" : "");
  output.report.metrics = {{kSizeMetric, static_cast<double>(input.page.body.size())}};
  return output;
}

constexpr Plugin kCrashPlugin{.name = "t-crash", .number = kCrash, .version = 1, .run = run_crash};
constexpr Plugin kSpinPlugin{
    .name = "t-spin", .number = kSpin, .version = 1, .plan = plan_spin, .run = run_spin};
constexpr Plugin kEatPlugin{.name = "t-eat", .number = kEat, .version = 1, .run = run_eat};
constexpr Plugin kThrowPlugin{.name = "t-throw", .number = kThrow, .version = 1, .run = run_throw};
constexpr Plugin kSizePlugin{.name = "t-size",
                             .number = kSize,
                             .version = 1,
                             .metrics = kSizeMetrics,
                             .plan = plan_size,
                             .run = run_size};
const Registration kRegistrations[] = {Registration{kCrashPlugin}, Registration{kSpinPlugin},
                                       Registration{kEatPlugin}, Registration{kThrowPlugin},
                                       Registration{kSizePlugin}};

}  // namespace
}  // namespace webmon::executor
