#include "cli/check_worker.hpp"

#include <stdexcept>
#include <utility>

#include "cli/json_read.hpp"
#include "cli/result_text.hpp"
#include "pipeline/executor/check.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

fetch::FetcherConfig with_room_for(fetch::FetcherConfig config, std::size_t jobs) {
  config.max_in_flight = jobs;
  return config;
}

CheckDone judge(const CheckRules& rules, const CheckJob& job, Page page) {
  Asset asset;
  asset.url = job.url;
  asset.plugins = rules.plugins;
  executor::add_features(page);
  const auto checked = executor::check_once(asset, page);
  json::array reports;
  for (const auto& entry : checked.entries) reports.push_back(report_json(entry.report));
  auto result =
      result_json(job.url.text, std::string{to_string(checked.state)}, std::move(reports));
  if (!page.detail.empty()) result["detail"] = page.detail;
  return {.sequence = job.sequence,
          .line = job.line,
          .host = job.url.host,
          .state = checked.state,
          .total_ms = number_at(json::value(result), "/total_ms").value_or(0),
          .text = rules.render(result)};
}

}  // namespace

CheckWorker::CheckWorker(const CheckRules& rules, std::size_t most_jobs,
                         BoundedQueue<CheckDone>& done, Loop& maker)
    : rules_{rules},
      done_{done},
      maker_{maker},
      jobs_{most_jobs},
      fetcher_{loop_, system_clock(), with_room_for(rules.fetch, most_jobs)} {
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
  fetch::FetchRequest request;
  request.url = job.url;
  request.tls_verify = rules_.tls_verify;
  request.observed_at = system_clock().wall();
  fetcher_.start(std::move(request), [this, job = std::move(job)](Page&& page) {
    if (is_stopping_) return;
    if (!done_.push(judge(rules_, job, std::move(page))))
      throw std::logic_error{"there is no room for a page's result"};
    has_news_ = true;
  });
}

}  // namespace webmon::cli
