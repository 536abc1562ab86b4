/// Counts what a process asks of the allocator, in whatever library: malloc, calloc, realloc and
/// aligned_alloc are ours and hand on to glibc. Linked into a program, or loaded by LD_PRELOAD,
/// when the number is written to standard error at the end.
#pragma once

#include <cstdint>

extern "C" std::uint64_t webmon_allocations() noexcept;
