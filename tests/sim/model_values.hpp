/// What a key of the modelled Redis can hold. Plain containers, fast while small: a simulated life
/// has tens of entries per key. Not thread-safe, no Redis semantics beyond order.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace webmon::sim {

/// Finds by string_view without making a string.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};
template <class T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// A Redis hash. Fields come in no order that means anything, as in Redis.
class Hash {
 public:
  struct Field {
    std::string name, value;
  };
  const std::string* find(std::string_view name) const noexcept;
  /// True if the field is new.
  bool set(std::string_view name, std::string_view value);
  bool erase(std::string_view name);
  std::span<const Field> fields() const noexcept { return fields_; }
  std::size_t size() const noexcept { return fields_.size(); }

 private:
  std::size_t position(std::string_view name) const noexcept;  ///< size() if there is none
  std::vector<Field> fields_;
  TextMap<std::size_t> index_;  ///< name -> position; empty while the hash is small
};

/// A Redis sorted set: ordered by score, then by member as bytes.
class SortedSet {
 public:
  struct Item {
    double score;
    std::string member;
  };
  std::optional<double> score(std::string_view member) const noexcept;
  /// Adds it, or moves it to another score. True if it is new.
  bool set(std::string_view member, double score);
  bool erase(std::string_view member);
  /// Removes the items at positions [first, last).
  void erase(std::size_t first, std::size_t last);
  /// Position of the first item at or after (score, member).
  std::size_t position(double score, std::string_view member) const noexcept;
  std::span<const Item> items() const noexcept { return items_; }
  std::size_t size() const noexcept { return items_.size(); }

 private:
  std::vector<Item> items_;
  TextMap<double> index_;  ///< member -> score; empty while the set is small
};

using Text = std::string;
using List = std::vector<std::string>;

/// A Redis stream. Unlike the other collections it may be empty.
struct Stream {
  struct Id {
    std::uint64_t ms = 0, number = 0;
    auto operator<=>(const Id&) const = default;
  };
  struct Entry {
    Id id;
    std::vector<std::string> fields;  ///< name, value, name, …
  };
  std::vector<Entry> entries;
  Id last;  ///< of the newest entry ever
};

using Value = std::variant<Text, Hash, SortedSet, List, Stream>;

/// "string", "hash", "zset", "list", "stream": what TYPE answers.
std::string_view type_name(const Value& value) noexcept;
bool is_empty_collection(const Value& value) noexcept;
/// Bytes of the names and values in it: an estimate that grows and shrinks with Redis' memory.
std::size_t bytes_of(const Value& value) noexcept;

}  // namespace webmon::sim
