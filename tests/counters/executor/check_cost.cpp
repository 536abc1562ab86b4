// The pure middle of a check, part by part, on the pages given: what the executor does between the
// fetch and the commit. Prints allocations per part and check; under callgrind each part is one
// dump, named by the part (test_instructions.py). Usage: check_cost FILE.html...
#include <fmt/format.h>
#include <valgrind/callgrind.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>

#include "lib/store/jobs.hpp"
#include "pipeline/executor/commit.hpp"
#include "tests/counters/executor/count_allocations.hpp"

namespace {

using namespace webmon;

/// One asset with what its earlier checks left.
struct Subject {
  store::AssetHead head;
  Page page;
  std::string model, report, memory;
  int rounds = 0;
  std::vector<store::PluginEntry> entries;
  executor::CheckResult result;
};

Subject subject_of(const char* path) {
  std::ifstream file{path, std::ios::binary};
  Subject subject;
  auto& page = subject.page;
  page.body.assign(std::istreambuf_iterator<char>{file}, {});
  page.url = subject.head.asset.url = *parse_url("http://site.example/page.html");
  subject.head.asset.id = derive_id<AssetId>(path, partition_of_host("site.example"));
  page.outcome = Outcome::ok;
  page.status = 200;
  page.http_version = "1.1";
  page.headers = {{"content-type", "text/html; charset=utf-8"}, {"server", "nginx"}};
  page.wire_bytes = page.body.size();
  Hop hop;
  hop.url = page.url;
  hop.status = 200;
  hop.remote_ip = "203.0.113.7";
  hop.phases = {milliseconds{1}, milliseconds{2}, std::nullopt, milliseconds{30}, milliseconds{1}};
  hop.total = page.total = milliseconds{34};
  page.hops = {hop};
  return subject;
}

void features(Subject& subject) {
  subject.page.features = {};
  executor::add_features(subject.page);
}

void plugins(Subject& subject) {
  const auto states = store::decode_plugin_states(subject.report);
  subject.entries =
      executor::run_plugins({.asset = subject.head.asset, .page = subject.page, .states = *states});
}

void statistics(Subject& subject) {
  subject.result = executor::judge_entries(subject.head.asset, subject.page,
                                           std::move(subject.entries), subject.model, false)
                       .result;
}

/// Of a page whose bytes are never the same: `statistics` has one that stays as it is.
void comparison(Subject& subject) {
  auto& type = subject.page.headers[0].second;
  const std::string usual = type;
  type += fmt::format("; round={}", ++subject.rounds);
  change::watch(subject.page, subject.memory);
  type = usual;
}

void commit(Subject& subject) {
  static const store::HistoryLayout kLayout = executor::history_layout();
  static const store::Keys kKeys;
  const auto job = derive_id<JobId>("job", subject.head.asset.id.partition());
  const auto args = executor::make_finish(subject.head, subject.page, std::move(subject.result),
                                          job, std::string(32, 'a'), kLayout);
  store::Batch batch;
  store::add_finish(batch, kKeys, {job, subject.head.asset.id, RunId{}, "site.example"}, args);
  subject.head.history_layout = args.history_layout;
  subject.model = args.model;
  subject.report = args.report;
}

struct Part {
  const char* name;
  void (*run)(Subject&);
};
constexpr Part kParts[] = {{"features", features},
                           {"plugins", plugins},
                           {"statistics", statistics},
                           {"commit", commit},
                           {"comparison", comparison}};

}  // namespace

int main(int argc, char** argv) {
  std::vector<Subject> subjects;
  for (int i = 1; i < argc; ++i) subjects.push_back(subject_of(argv[i]));
  if (subjects.empty()) return 2;
  // What a process does once, and what an asset's first check does more, is not of a check's cost.
  for (int round = 0; round < 25; ++round)
    for (auto& subject : subjects)
      for (const auto& part : kParts)
        if (round == 0 || part.run != features) part.run(subject);
  for (const auto& part : kParts) {
    const auto before = webmon_allocations();
    CALLGRIND_TOGGLE_COLLECT;
    for (auto& subject : subjects) part.run(subject);
    CALLGRIND_TOGGLE_COLLECT;
    CALLGRIND_DUMP_STATS_AT(part.name);
    const auto count = webmon_allocations() - before;
    std::puts(fmt::format("{} {:.1f}", part.name,
                          static_cast<double>(count) / static_cast<double>(subjects.size()))
                  .c_str());
  }
  return 0;
}
