#include "tests/counters/executor/count_allocations.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>

// glibc's own names for what is replaced here.
extern "C" {
void* __libc_malloc(std::size_t);                 // NOLINT: glibc's name
void* __libc_calloc(std::size_t, std::size_t);    // NOLINT
void* __libc_realloc(void*, std::size_t);         // NOLINT
void* __libc_memalign(std::size_t, std::size_t);  // NOLINT
}

namespace {

constinit std::atomic<std::uint64_t> g_count{0};

void count() noexcept { g_count.fetch_add(1, std::memory_order_relaxed); }

/// The worker ends by returning from main, so this runs.
[[gnu::destructor]] void tell() {
  std::array<char, 64> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "allocations pid=%d count=%llu\n",
                    static_cast<int>(getpid()), static_cast<unsigned long long>(g_count.load()));
  [[maybe_unused]] const auto written =
      write(STDERR_FILENO, text.data(), static_cast<std::size_t>(size));
}

}  // namespace

extern "C" {

std::uint64_t webmon_allocations() noexcept { return g_count.load(std::memory_order_relaxed); }

void* malloc(std::size_t size) {
  count();
  return __libc_malloc(size);
}
void* calloc(std::size_t items, std::size_t size) {
  count();
  return __libc_calloc(items, size);
}
void* realloc(void* old, std::size_t size) {
  count();
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

}  // extern "C"
