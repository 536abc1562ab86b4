/// The page that a worker process shares with its supervisor: which thread is inside which plugin
/// on which job, every lease held, and what was counted. It outlives the worker, so the supervisor
/// can tell whom to blame and what to give back, and serve the counters. Written by the worker with
/// atomics, one writer per thread row. The worker reads hostile pages: what the supervisor finds
/// here is parsed as hostile, too. Ownership: maps the memory, owns no descriptor but a created
/// one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"
#include "lib/store/jobs.hpp"
#include "pipeline/executor/counters.hpp"

namespace webmon::executor {

/// A worker inherits the page under this descriptor number.
inline constexpr int kLeasePageFd = 3;
inline constexpr int kNoThread = -1;
inline constexpr unsigned kMaxThreads = 64;
inline constexpr unsigned kMaxSlots = 1'024;

struct HeldLease {
  store::JobRef job;
  std::string token;
  unsigned thread = 0;
  unsigned slot = 0;
};

/// What a thread is doing now. `slot` is of the job being worked on, absent between jobs.
struct Mark {
  std::optional<unsigned> slot;
  std::uint8_t plugin = 0;  ///< 0: not inside a plugin
  MonoTime entered{};       ///< of the plugin
  bool operator==(const Mark&) const = default;
};

class LeasePage {
 public:
  /// A new page behind a memfd (close-on-exec). Errors: internal, with errno's text.
  static Result<LeasePage> create(unsigned threads, unsigned slots, std::string_view executor_id);
  /// Maps the page behind `fd`. Errors: bad_config if it is not one of this build.
  static Result<LeasePage> attach(int fd);
  LeasePage(LeasePage&& other) noexcept;
  LeasePage& operator=(LeasePage&& other) noexcept;
  ~LeasePage();

  int fd() const noexcept { return fd_; }
  unsigned threads() const noexcept { return threads_; }
  unsigned slots() const noexcept { return slots_; }
  std::string executor_id() const;
  /// Process id of who created it.
  int creator() const noexcept;

  /// Of all workers that this page has had, but `in_flight`: of the present one.
  Counters& counters() noexcept;
  const Counters& counters() const noexcept;

  // The worker's side, each on the thread that owns the row.
  void hold(unsigned thread, unsigned slot, const store::JobRef& job,
            std::string_view token) noexcept;
  void drop(unsigned thread, unsigned slot) noexcept;
  void work_on(unsigned thread, std::optional<unsigned> slot) noexcept;
  void enter(unsigned thread, std::uint8_t plugin, MonoTime now) noexcept;
  void leave(unsigned thread) noexcept;
  /// Async-signal-safe. The first crash wins.
  void crashed(unsigned thread) noexcept;

  // The supervisor's side.
  Mark mark(unsigned thread) const noexcept;
  std::optional<unsigned> crashed_thread() const noexcept;
  /// Rows that do not parse are left out. Only while no worker runs.
  std::vector<HeldLease> held() const;
  /// Empties all rows; what was counted stays. Only while no worker runs.
  void clear() noexcept;

 private:
  struct Layout;
  LeasePage(Layout* layout, std::size_t size, int fd) noexcept;
  Layout* layout_;
  std::size_t size_;
  int fd_;
  unsigned threads_, slots_;  ///< not read from the page again: a worker may write anything there
};

/// Tells the supervisor which job this thread is working on, for as long as it lives.
class Working {
 public:
  Working(LeasePage& page, unsigned thread, unsigned slot) : page_{page}, thread_{thread} {
    page_.work_on(thread_, slot);
  }
  ~Working() { page_.work_on(thread_, std::nullopt); }
  Working(const Working&) = delete;
  Working& operator=(const Working&) = delete;

 private:
  LeasePage& page_;
  unsigned thread_;
};

}  // namespace webmon::executor
