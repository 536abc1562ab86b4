/// Random numbers behind a port: the kernel's in the product, seeded in tests.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace webmon {

class Rng {
 public:
  virtual ~Rng() = default;
  virtual std::uint64_t next() noexcept = 0;
};

/// Kernel randomness (getrandom), buffered. Threads: one instance per thread.
Rng& system_rng() noexcept;

/// Reproducible; not for tokens. Source: splitmix64 (Steele, Lea, Flood 2014).
class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed) noexcept : state_{seed} {}
  std::uint64_t next() noexcept override;

 private:
  std::uint64_t state_;
};

/// 128 random bits as 32 lower-case hex digits: the fencing token of a claim.
std::string make_token(Rng& rng);

}  // namespace webmon
