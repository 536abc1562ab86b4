#include "pipeline/dispatcher/obituary.hpp"

namespace webmon::dispatcher {

std::vector<std::string> Obituary::look(
    MonoTime now, const std::vector<std::pair<std::string, bool>>& executors) {
  std::vector<std::string> dead;
  std::unordered_map<std::string, Missing> missing;  // anew, so that unlisted ones are forgotten
  for (const auto& [id, has_beat] : executors) {
    if (has_beat) continue;
    const auto known = missing_.find(id);
    auto& entry =
        missing.emplace(id, known == missing_.end() ? Missing{now} : known->second).first->second;
    if (entry.was_told || now - entry.since < grace_) continue;
    entry.was_told = true;
    dead.push_back(id);
  }
  missing_ = std::move(missing);
  return dead;
}

}  // namespace webmon::dispatcher
