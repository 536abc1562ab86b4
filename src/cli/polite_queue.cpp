#include "cli/polite_queue.hpp"

#include <utility>

namespace webmon::cli {

void PoliteQueue::give_turn(const std::string& name, Host& host) {
  const bool has_room = per_host_ == 0 || host.in_flight < per_host_;
  if (host.has_turn || host.jobs.empty() || !has_room) return;
  host.has_turn = true;
  turns_.push_back(name);
}

void PoliteQueue::add(CheckJob job) {
  const auto name = job.url.host;
  auto& host = hosts_[name];
  host.jobs.push_back(std::move(job));
  ++waiting_;
  give_turn(name, host);
}

std::optional<CheckJob> PoliteQueue::next() {
  if (turns_.empty()) return std::nullopt;
  const auto name = std::move(turns_.front());
  turns_.pop_front();
  auto& host = hosts_[name];
  host.has_turn = false;
  auto job = std::move(host.jobs.front());
  host.jobs.pop_front();
  --waiting_;
  ++host.in_flight;
  give_turn(name, host);
  return job;
}

void PoliteQueue::finished(const std::string& name) {
  const auto found = hosts_.find(name);
  if (found == hosts_.end() || found->second.in_flight == 0) return;
  --found->second.in_flight;
  give_turn(name, found->second);
  if (found->second.in_flight == 0 && found->second.jobs.empty()) hosts_.erase(found);
}

}  // namespace webmon::cli
