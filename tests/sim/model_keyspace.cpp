#include "tests/sim/model_keyspace.hpp"

#include <algorithm>

namespace webmon::sim {

const Record* Keyspace::find(std::string_view key) const noexcept {
  const auto at = records_.find(key);
  return at == records_.end() || has_expired(*at->second) ? nullptr : at->second.get();
}

Record* Keyspace::edit(std::string_view key) {
  const auto at = records_.find(key);
  if (at == records_.end()) return nullptr;
  if (has_expired(*at->second)) {
    records_.erase(at);
    return nullptr;
  }
  if (at->second.use_count() == 1) return at->second.get();
  auto own = std::make_shared<Record>(*at->second);
  auto* record = own.get();
  records_.erase(at);  // its name belongs to the shared record
  records_.emplace(record->key, std::move(own));
  return record;
}

Record& Keyspace::create(std::string_view key, Value value) {
  if (records_.size() >= sweep_above_) sweep();
  auto made = std::make_shared<Record>(Record{std::string{key}, std::move(value), kNever});
  auto& record = *made;
  records_.emplace(record.key, std::move(made));
  return record;
}

bool Keyspace::erase(std::string_view key) {
  const auto at = records_.find(key);
  if (at == records_.end()) return false;
  const bool was_there = !has_expired(*at->second);
  // The caller's name may be the record's own: it must live until the map has let go of it.
  const auto held = std::move(at->second);
  records_.erase(at);
  return was_there;
}

void Keyspace::rename(std::string_view from, std::string_view to) {
  if (from == to) return;
  const auto at = records_.find(from);
  auto record = std::move(at->second);
  records_.erase(at);
  if (record.use_count() != 1) record = std::make_shared<Record>(*record);
  record->key = to;
  erase(to);
  const std::string_view name = record->key;
  records_.emplace(name, std::move(record));
}

Keyspace::Image Keyspace::save() const {
  Image image;
  image.reserve(records_.size());
  for (const auto& [key, record] : records_) image.push_back(record);
  return image;
}

void Keyspace::load(const Image& image) {
  records_.clear();
  for (const auto& record : image) {
    if (has_expired(*record)) continue;
    // Read-only until edit() has made it its own: the image keeps the count above one.
    auto shared = std::const_pointer_cast<Record>(record);
    records_.emplace(shared->key, std::move(shared));
  }
}

void Keyspace::sweep() {
  std::erase_if(records_, [&](const auto& entry) { return has_expired(*entry.second); });
  sweep_above_ = std::max<std::size_t>(1'024, 2 * records_.size());
}

}  // namespace webmon::sim
