// What the numeric detector takes of a check: 60 metrics of the plugins that registered, judged
// against their history and learned; the model's way out of its blob and into it apart. What the
// comparison of the page as a whole takes is in bench_plugins ("compared").
//   build/release/bench/bench_detector [--benchmark_…]
#include <benchmark/benchmark.h>

#include <vector>

#include "lib/core/rng.hpp"
#include "lib/stats/observation.hpp"

namespace {

using namespace webmon;

constexpr std::size_t kMetrics = 60;
constexpr int kEarlierChecks = 40;

/// An asset whose numbers are seldom the same: nothing of the model is short.
struct Subject {
  std::vector<Report> reports;
  Model model;

  Subject() {
    std::size_t count = 0;
    for (const Plugin* plugin : all_plugins()) {
      Report report;
      report.plugin = plugin->number;
      for (const MetricSpec& spec : plugin->metrics) {
        if (spec.is_statistical && count++ < kMetrics) report.metrics.push_back({spec.number, 0});
      }
      if (!report.metrics.empty()) reports.push_back(std::move(report));
    }
    SeededRng rng{1};
    for (int i = 0; i < kEarlierChecks; ++i) {
      for (Report& report : reports) {
        for (Metric& metric : report.metrics) {
          metric.value = 100 + static_cast<double>(rng.next() % 1'000) / 700;
        }
      }
      judge(model, reports, true);
    }
  }
};

void decode(benchmark::State& state) {
  const std::string blob = Subject{}.model.encode();
  for (auto _ : state) benchmark::DoNotOptimize(Model::decode(blob).has_value());
  state.counters["blob_bytes"] = static_cast<double>(blob.size());
}
BENCHMARK(decode);

void observe(benchmark::State& state) {
  Subject subject;
  for (auto _ : state) {
    for (const Report& report : subject.reports) {
      benchmark::DoNotOptimize(subject.model.observe(report.metrics).size());
    }
  }
}
BENCHMARK(observe);

/// With the statistics of all metrics, which go into the history.
void judged(benchmark::State& state) {
  Subject subject;
  for (auto _ : state) {
    benchmark::DoNotOptimize(judge(subject.model, subject.reports, true).stats.size());
  }
}
BENCHMARK(judged);

void encode(benchmark::State& state) {
  const Subject subject;
  for (auto _ : state) benchmark::DoNotOptimize(subject.model.encode().size());
}
BENCHMARK(encode);

}  // namespace

BENCHMARK_MAIN();
