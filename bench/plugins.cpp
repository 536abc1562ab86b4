// What the plugins take of a page, in microseconds of CPU by the page's size: all together, as the
// executor runs them, and one by one; features, which they all read, and the comparison of the page
// as a whole beside them. The pages are
// those of the packages of bench/html/pages.list that come nearest to each size, the plugins all
// that registered. Side requests are not made: a plugin is timed without their answers.
//   build/release/bench/bench_plugins [--benchmark_…]
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/html/pages.hpp"
#include "pipeline/executor/check.hpp"

namespace {

using namespace webmon;

constexpr int kSizesKb[] = {1, 10, 30, 100, 300, 1000};
constexpr int kEarlierChecks = 25;  // so many an asset has behind it; plugins remember by then

/// A page with what its earlier checks left. Stays where it is: states are views of its entries.
struct Subject {
  std::string size;
  Asset asset;
  Page page;
  std::vector<store::PluginEntry> entries;
  std::vector<store::PluginState> states;
  std::vector<Report> first_stage;
  std::string memory;  ///< of lib/change
};

Page page_of(const bench::RealPage& real) {
  Page page;
  page.url = *parse_url("http://site.example/page.html");
  page.outcome = Outcome::ok;
  page.status = 200;
  page.http_version = "1.1";
  page.headers = {{"content-type", "text/html; charset=utf-8"}, {"server", "nginx"}};
  page.body = real.body;
  page.wire_bytes = page.body.size();
  Hop hop;
  hop.url = page.url;
  hop.status = page.status;
  hop.remote_ip = "203.0.113.7";
  page.hops = {hop};
  executor::add_features(page);
  return page;
}

std::vector<store::PluginEntry> run_all(const Subject& subject) {
  return executor::run_plugins(
      {.asset = subject.asset, .page = subject.page, .states = subject.states});
}

void remember(Subject& subject, std::vector<store::PluginEntry> entries) {
  subject.entries = std::move(entries);
  subject.states.clear();
  subject.first_stage.clear();
  for (const auto& [report, state] : subject.entries) {
    subject.states.push_back({report.plugin, report.version, state});
    if (find_plugin(report.plugin)->stage == Stage::first) subject.first_stage.push_back(report);
  }
}

std::vector<std::unique_ptr<Subject>> subjects() {
  const auto pages = bench::read_pages(SIZE_MAX);
  std::vector<std::unique_ptr<Subject>> all;
  for (const int kb : pages.empty() ? std::span<const int>{} : kSizesKb) {
    const auto distance = [kb](const bench::RealPage& page) {
      return std::abs(std::log(static_cast<double>(page.body.size()) / 1024 / kb));
    };
    const auto& nearest = *std::ranges::min_element(pages, {}, distance);
    auto subject = std::make_unique<Subject>();
    subject->size = fmt::format("{} KB", kb);
    subject->page = page_of(nearest);
    subject->asset.url = subject->page.url;
    for (int i = 0; i < kEarlierChecks; ++i) {
      remember(*subject, run_all(*subject));
      change::watch(subject->page, subject->memory);
    }
    fmt::print("{:>8}  {:>9} bytes  {}\n", subject->size, nearest.body.size(), nearest.path);
    all.push_back(std::move(subject));
  }
  return all;
}

PluginOutput run_one(const Plugin& plugin, const Subject& subject) {
  std::string_view state;
  for (const auto& one : subject.states) {
    if (one.plugin == plugin.number) state = one.state;
  }
  const bool is_first = plugin.stage == Stage::first;
  return plugin.run({.page = subject.page,
                     .asset = subject.asset,
                     .sides = {},
                     .earlier = is_first ? std::span<const Report>{} : subject.first_stage,
                     .state = state});
}

template <class Run>
void add(const std::string& row, const Subject& subject, Run run) {
  benchmark::RegisterBenchmark((row + '/' + subject.size).c_str(),
                               [run](benchmark::State& state) {
                                 for (auto _ : state) benchmark::DoNotOptimize(run());
                               })
      ->Unit(benchmark::kMicrosecond)
      ->MinTime(0.05)
      ->Repetitions(5)
      ->ReportAggregatesOnly();
}

void add_all(Subject& subject) {
  add("features", subject, [&subject] {
    executor::add_features(subject.page);
    return subject.page.features.tags_total;
  });
  add("compared, as it was", subject,
      [&subject] { return change::watch(subject.page, subject.memory).seen; });
  add("compared, other bytes", subject, [&subject] {
    subject.page.body.push_back(' ');
    return change::watch(subject.page, subject.memory).seen;
  });
  add("all plugins", subject, [&subject] { return run_all(subject).size(); });
  for (const Plugin* plugin : all_plugins()) {
    add(fmt::format("  {}", plugin->name), subject,
        [plugin, &subject] { return run_one(*plugin, subject).next_state.size(); });
  }
}

/// Medians, a row for each name, a column for each size.
class Table : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.aggregate_name != "median") continue;
      const std::string& name = run.run_name.function_name;
      const std::string row = name.substr(0, name.rfind('/'));
      if (values_.empty() || !values_.contains(row)) rows_.push_back(row);
      values_[row].push_back(run.GetAdjustedCPUTime());
    }
  }
  void Finalize() override {
    for (const auto& row : rows_) {
      fmt::print("{:22}", row);
      for (const double value : values_[row]) fmt::print(" {:>9.1f}", value);
      fmt::print("\n");
    }
  }

 private:
  std::vector<std::string> rows_;  // in order
  std::map<std::string, std::vector<double>> values_;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const auto all = subjects();
  if (all.empty()) return 1;
  fmt::print("\n{:22}", "us, median");
  for (const auto& subject : all) {
    fmt::print(" {:>9}", subject->size);
    add_all(*subject);
  }
  fmt::print("\n");
  Table table;
  benchmark::RunSpecifiedBenchmarks(&table);
  return 0;
}
