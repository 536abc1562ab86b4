#include "cli/check_worker.hpp"

#include <optional>
#include <stdexcept>
#include <utility>

#include "cli/json_read.hpp"
#include "cli/result_text.hpp"
#include "pipeline/executor/check.hpp"
#include "pipeline/executor/config.hpp"
#include "pipeline/executor/side_rounds.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

fetch::FetcherConfig with_room_for(fetch::FetcherConfig config, std::size_t jobs) {
  config.max_in_flight = jobs * executor::kFetchesPerSlot;
  return config;
}

CheckDone judge(const CheckRules& rules, const CheckJob& job, const executor::CheckInput& input) {
  const auto checked = executor::check_once(input);
  json::array reports;
  for (const auto& entry : checked.entries) reports.push_back(report_json(entry.report));
  auto result =
      result_json(job.url.text, std::string{to_string(checked.state)}, std::move(reports));
  if (!input.page.detail.empty()) result["detail"] = input.page.detail;
  return {.sequence = job.sequence,
          .line = job.line,
          .host = job.url.host,
          .state = checked.state,
          .total_ms = number_at(json::value(result), "/total_ms").value_or(0),
          .text = rules.render(result)};
}

}  // namespace

struct CheckWorker::Check {
  CheckJob job;
  Asset asset;
  Page page;
  std::optional<executor::SideRounds> sides;

  executor::CheckInput input(std::span<const executor::SideAnswer> known) const {
    return {.asset = asset, .page = page, .sides = known};
  }
};

CheckWorker::CheckWorker(const CheckRules& rules, std::size_t most_jobs,
                         BoundedQueue<CheckDone>& done, Loop& maker)
    : rules_{rules},
      done_{done},
      maker_{maker},
      jobs_{most_jobs},
      fetcher_{loop_, system_clock(), with_room_for(rules.fetch, most_jobs)},
      rng_{system_rng().next()},
      records_{loop_, rng_, rules.fetch.dns_servers},
      desk_{
          {.loop = loop_, .pages = fetcher_, .limits = rules.fetch.limits, .records = &records_}} {
  loop_.after_turn([this] { turn(); });
  thread_ = std::jthread{[this] { loop_.run(); }};
}

CheckWorker::~CheckWorker() {
  is_stopping_ = true;
  loop_.wake();
  thread_.join();
}

void CheckWorker::start(CheckJob job) {
  if (!jobs_.push(std::move(job))) throw std::logic_error{"a worker was given too many pages"};
  loop_.wake();
}

// After each turn, so that one wake-up of the maker tells all that ended in it.
void CheckWorker::turn() {
  if (is_stopping_) loop_.stop();
  for (auto& job : jobs_.take_all()) fetch(std::move(job));
  if (std::exchange(has_news_, false)) maker_.wake();
}

void CheckWorker::fetch(CheckJob job) {
  auto owned = std::make_unique<Check>();
  auto& check = *owned;
  check.job = std::move(job);
  check.asset.url = check.job.url;
  check.asset.plugins = rules_.plugins;
  check.asset.ignore = rules_.ignore;
  checks_.emplace(check.job.sequence, std::move(owned));
  fetch::FetchRequest request;
  request.url = check.job.url;
  request.tls_verify = rules_.tls_verify;
  request.observed_at = system_clock().wall();
  fetcher_.start(std::move(request), [this, &check](Page&& page) {
    if (is_stopping_) return;
    check.page = std::move(page);
    executor::add_features(check.page, rules_.ignore);
    ask_sides(check);
  });
}

void CheckWorker::ask_sides(Check& check) {
  check.sides.emplace(
      desk_, loop_, check.page.observed_at, std::nullopt,
      [&check](auto known) { return executor::plan_sides(check.input(known)); },
      [this, &check] { finish(check); });
  check.sides->start();
}

void CheckWorker::finish(Check& check) {
  auto done = judge(rules_, check.job, check.input(check.sides->answers()));
  if (!done_.push(std::move(done))) throw std::logic_error{"there is no room for a page's result"};
  has_news_ = true;
  checks_.erase(check.job.sequence);
}

}  // namespace webmon::cli
