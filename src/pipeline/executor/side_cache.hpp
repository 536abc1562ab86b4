/// Side answers that this thread has at hand: bounded in bytes, the least used go first. Pure;
/// `now` is an argument.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lib/core/clock.hpp"
#include "lib/store/sides.hpp"

namespace webmon::executor {

using Side = std::shared_ptr<const store::KeptSide>;

class SideCache {
 public:
  explicit SideCache(std::size_t max_bytes) : max_bytes_{max_bytes} {}

  /// nullptr: not kept, or its time is over.
  Side find(std::string_view key, MonoTime now);
  /// In place of an older one. One that is larger than the cache is not kept.
  void keep(std::string key, Side side, MonoTime until);
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Entry {
    Side side;
    MonoTime until;
    std::list<const std::string*>::iterator use;  ///< place in `uses_`, the latest first
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;
  static std::size_t size_of(const std::string& key, const Side& side) noexcept;
  void drop(Entries::iterator entry);

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  Entries entries_;
  std::list<const std::string*> uses_;
};

}  // namespace webmon::executor
