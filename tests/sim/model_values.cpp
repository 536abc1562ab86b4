#include "tests/sim/model_values.hpp"

#include <algorithm>
#include <array>

namespace webmon::sim {
namespace {

constexpr std::size_t kSmall = 32;  ///< up to here a walk is faster than an index

bool is_before(const SortedSet::Item& item, double score, std::string_view member) noexcept {
  return item.score != score ? item.score < score : item.member < member;
}

}  // namespace

std::size_t Hash::position(std::string_view name) const noexcept {
  if (!index_.empty()) {
    const auto at = index_.find(name);
    return at == index_.end() ? fields_.size() : at->second;
  }
  std::size_t at = 0;
  while (at < fields_.size() && fields_[at].name != name) ++at;
  return at;
}

const std::string* Hash::find(std::string_view name) const noexcept {
  const auto at = position(name);
  return at == fields_.size() ? nullptr : &fields_[at].value;
}

bool Hash::set(std::string_view name, std::string_view value) {
  const auto at = position(name);
  if (at < fields_.size()) {
    fields_[at].value.assign(value);
    return false;
  }
  fields_.push_back({std::string{name}, std::string{value}});
  if (!index_.empty()) {
    index_.emplace(name, at);
  } else if (fields_.size() > kSmall) {
    for (std::size_t i = 0; i < fields_.size(); ++i) index_.emplace(fields_[i].name, i);
  }
  return true;
}

bool Hash::erase(std::string_view name) {
  const auto at = position(name);
  if (at == fields_.size()) return false;
  if (!index_.empty()) {
    index_.erase(index_.find(name));
    if (at + 1 != fields_.size()) index_.find(fields_.back().name)->second = at;
  }
  if (at + 1 != fields_.size()) fields_[at] = std::move(fields_.back());
  fields_.pop_back();
  return true;
}

std::optional<double> SortedSet::score(std::string_view member) const noexcept {
  if (!index_.empty()) {
    const auto at = index_.find(member);
    return at == index_.end() ? std::nullopt : std::optional{at->second};
  }
  for (const auto& item : items_)
    if (item.member == member) return item.score;
  return std::nullopt;
}

std::size_t SortedSet::position(double score, std::string_view member) const noexcept {
  const auto at = std::partition_point(items_.begin(), items_.end(), [&](const Item& item) {
    return is_before(item, score, member);
  });
  return static_cast<std::size_t>(at - items_.begin());
}

bool SortedSet::set(std::string_view member, double score) {
  const auto old = this->score(member);
  if (old == score) return false;
  const auto to = position(score, member);
  const auto begin = items_.begin();
  const auto target = begin + static_cast<std::ptrdiff_t>(to);
  if (old) {
    const auto from = begin + static_cast<std::ptrdiff_t>(position(*old, member));
    from->score = score;
    if (from < target)
      std::rotate(from, from + 1, target);
    else
      std::rotate(target, from, from + 1);
  } else {
    items_.insert(target, {score, std::string{member}});
  }
  if (!index_.empty()) {
    index_.insert_or_assign(std::string{member}, score);
  } else if (items_.size() > kSmall) {
    for (const auto& item : items_) index_.emplace(item.member, item.score);
  }
  return !old;
}

bool SortedSet::erase(std::string_view member) {
  const auto old = score(member);
  if (!old) return false;
  const auto at = position(*old, member);
  erase(at, at + 1);
  return true;
}

void SortedSet::erase(std::size_t first, std::size_t last) {
  const auto begin = items_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = items_.begin() + static_cast<std::ptrdiff_t>(last);
  if (!index_.empty())
    for (auto item = begin; item != end; ++item) index_.erase(index_.find(item->member));
  items_.erase(begin, end);
}

std::string_view type_name(const Value& value) noexcept {
  static constexpr std::array<std::string_view, 5> kNames{"string", "hash", "zset", "list",
                                                          "stream"};
  return kNames[value.index()];
}

bool is_empty_collection(const Value& value) noexcept {
  return std::visit(
      []<class T>(const T& held) {
        if constexpr (std::is_same_v<T, Text> || std::is_same_v<T, Stream>)
          return false;
        else
          return held.size() == 0;
      },
      value);
}

std::size_t bytes_of(const Value& value) noexcept {
  std::size_t sum = 0;
  if (const auto* text = std::get_if<Text>(&value)) sum = text->size();
  if (const auto* hash = std::get_if<Hash>(&value))
    for (const auto& field : hash->fields()) sum += field.name.size() + field.value.size();
  if (const auto* set = std::get_if<SortedSet>(&value))
    for (const auto& item : set->items()) sum += item.member.size() + sizeof item.score;
  if (const auto* list = std::get_if<List>(&value))
    for (const auto& item : *list) sum += item.size();
  if (const auto* stream = std::get_if<Stream>(&value))
    for (const auto& entry : stream->entries)
      for (const auto& field : entry.fields) sum += field.size();
  return sum;
}

}  // namespace webmon::sim
