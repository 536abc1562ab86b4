/// Memory for many small texts that live and die together. Addresses stay what they are until
/// reset(); nothing is freed one by one. Not for threads to share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace webmon::html {

class Arena {
 public:
  /// `size` bytes, not initialised.
  char* allocate(std::size_t size) {
    if (size > static_cast<std::size_t>(end_ - at_)) grow(size);
    char* const memory = at_;
    at_ += size;
    return memory;
  }
  /// Gives back the end of the last allocation: what lies behind `used_end`.
  void shrink_last(char* used_end) noexcept { at_ = used_end; }
  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* const memory = allocate(text.size());
    std::memcpy(memory, text.data(), text.size());
    return {memory, text.size()};
  }
  /// Forgets all texts; keeps one block.
  void reset() noexcept {
    if (blocks_.size() > 1) blocks_.resize(1);
    at_ = blocks_.empty() ? nullptr : blocks_.front().memory.get();
    end_ = blocks_.empty() ? nullptr : at_ + blocks_.front().size;
  }

 private:
  static constexpr std::size_t kBlockBytes = 4096;
  struct Block {
    std::unique_ptr<char[]> memory;
    std::size_t size;
  };

  void grow(std::size_t size) {
    const std::size_t bytes =
        std::max(size, blocks_.empty() ? kBlockBytes : 2 * blocks_.back().size);
    blocks_.push_back({std::unique_ptr<char[]>{new char[bytes]}, bytes});
    at_ = blocks_.back().memory.get();
    end_ = at_ + bytes;
  }

  std::vector<Block> blocks_;
  char* at_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace webmon::html
