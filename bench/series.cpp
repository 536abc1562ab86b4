// What a value of a numeric series costs the detector, and what its state takes.
#include <benchmark/benchmark.h>

#include <cmath>

#include "lib/stats/series_detector.hpp"

namespace {

double value_of(std::int64_t i) {
  return 100 + 20 * std::sin(static_cast<double>(i) / 46) + static_cast<double>(i * 7919 % 97) / 25;
}

void observe(benchmark::State& state) {
  webmon::SeriesDetector detector;
  std::int64_t i = 0;
  for (auto _ : state) {
    ++i;
    benchmark::DoNotOptimize(detector.add(i * 300, value_of(i)));
  }
  state.counters["state_bytes"] = static_cast<double>(detector.encode().size());
}
BENCHMARK(observe);

void store_and_load(benchmark::State& state) {
  webmon::SeriesDetector detector;
  for (std::int64_t i = 0; i < 1'000; ++i)
    benchmark::DoNotOptimize(detector.add(i * 300, value_of(i)));
  for (auto _ : state)
    benchmark::DoNotOptimize(webmon::SeriesDetector::decode(detector.encode()).has_value());
}
BENCHMARK(store_and_load);

}  // namespace

BENCHMARK_MAIN();
