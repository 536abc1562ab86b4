#include "pipeline/executor/side_cache.hpp"

#include <utility>

namespace webmon::executor {
namespace {

constexpr std::size_t kOverhead = 256;  // nodes of the map and the list, counts of the pointer

}  // namespace

std::size_t SideCache::size_of(const std::string& key, const Side& side) noexcept {
  return key.size() + side->text.size() + kOverhead;
}

Side SideCache::find(std::string_view key, MonoTime now) {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return nullptr;
  if (entry->second.until <= now) {
    drop(entry);
    return nullptr;
  }
  uses_.splice(uses_.begin(), uses_, entry->second.use);
  return entry->second.side;
}

void SideCache::keep(std::string key, Side side, MonoTime until) {
  if (const auto old = entries_.find(key); old != entries_.end()) drop(old);
  const auto size = size_of(key, side);
  if (size > max_bytes_) return;
  while (bytes_ + size > max_bytes_) drop(entries_.find(*uses_.back()));
  const auto entry = entries_.emplace(std::move(key), Entry{std::move(side), until, {}}).first;
  uses_.push_front(&entry->first);
  entry->second.use = uses_.begin();
  bytes_ += size;
}

void SideCache::drop(Entries::iterator entry) {
  bytes_ -= size_of(entry->first, entry->second.side);
  uses_.erase(entry->second.use);
  entries_.erase(entry);
}

}  // namespace webmon::executor
