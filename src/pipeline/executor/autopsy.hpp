/// Who is to blame when a worker process dies, and what becomes of its leases. Pure.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "pipeline/executor/lease_page.hpp"

namespace webmon::executor {

struct Overrun {
  unsigned thread = 0;
  Mark mark;
};

/// The thread that has been inside one plugin for longer than `deadline`, the longest first.
/// Counted from `awake_since` at the earliest: when this process could not look, the worker may
/// have been stopped as well.
std::optional<Overrun> find_overrun(std::span<const Mark> marks, MonoTime now, nanoseconds deadline,
                                    MonoTime awake_since = {});

/// What was left behind by a worker that is dead.
struct Remains {
  std::vector<Mark> marks;  ///< by thread
  std::vector<HeldLease> held;
  std::optional<unsigned> crashed_thread;  ///< as its signal handler wrote
  std::optional<Overrun> killed_for;       ///< why the supervisor killed it
};
Remains examine(const LeasePage& page, std::optional<Overrun> killed_for);

struct Settlement {
  HeldLease lease;
  store::Release release;
};
/// Exactly one job at most is blamed: that of the plugin that overran and was still in it at death,
/// or that the crashed thread was working on (`blame` inside a plugin, `crash` outside). All
/// others, and all if nobody knows whose fault it was, are given back with their kills unchanged.
std::vector<Settlement> settle(Remains remains);

}  // namespace webmon::executor
