#include "lib/core/rng.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <cstdlib>

namespace webmon {
namespace {

class SystemRng final : public Rng {
 public:
  std::uint64_t next() noexcept override {
    if (used_ == pool_.size()) refill();
    return pool_[used_++];
  }

 private:
  void refill() noexcept {
    // 256 bytes at a time: getrandom(2) never returns fewer and is never interrupted up to that
    // size.
    if (getrandom(pool_.data(), sizeof pool_, 0) != static_cast<ssize_t>(sizeof pool_))
      std::abort();
    used_ = 0;
  }
  std::array<std::uint64_t, 32> pool_{};
  std::size_t used_ = pool_.size();
};

}  // namespace

Rng& system_rng() noexcept {
  thread_local SystemRng rng;
  return rng;
}

std::uint64_t SeededRng::next() noexcept {
  state_ += 0x9e3779b97f4a7c15U;
  auto z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

std::string make_token(Rng& rng) { return fmt::format("{:016x}{:016x}", rng.next(), rng.next()); }

}  // namespace webmon
