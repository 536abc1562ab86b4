/// A simulated executor: the real Worker on a host of its own, beside a supervisor that does what
/// executor/supervisor.cpp does around fork(): settles the leases of a dead worker and starts the
/// next one. Both can be killed, alone or together.
#pragma once

#include <memory>
#include <string>

#include "pipeline/executor/autopsy.hpp"
#include "pipeline/executor/release_queue.hpp"
#include "pipeline/executor/worker.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/pages.hpp"
#include "tests/sim/redis_host.hpp"

namespace webmon::sim {

struct ExecutorSettings {
  unsigned slots = 8;
  milliseconds lease{40'000};
  store::HostLimits limits;
  bool has_weak_tokens = false;  ///< a seeded bug: tokens are counted, anew in each process
};

class ExecutorActor {
 public:
  enum class Death { plain, in_plugin, outside_plugin };

  ExecutorActor(World& world, RedisHost& redis, Wires& wires, const WebFaults& web,
                std::string name, ExecutorSettings settings);
  ~ExecutorActor();

  bool is_up() const noexcept { return life_ != nullptr; }
  void start();
  /// Supervisor and worker at once, as when the machine loses its power.
  void kill();
  /// The worker alone. The supervisor sees it soon. Not from the worker's own loop.
  void kill_worker(Death death);
  void pause_worker(milliseconds time);
  void pause_supervisor(milliseconds time);
  void step_clock(milliseconds by);
  /// SIGTERM: drains, gives back, ends; then a new one is started.
  void restart_gently();

  std::size_t in_flight() const noexcept;
  std::size_t releases_waiting() const noexcept;

 private:
  struct WorkerLife;
  struct Life;
  void settle();
  void look_for_end();

  World& world_;
  RedisHost& redis_;
  Wires& wires_;
  const WebFaults& web_;
  std::string name_;
  ExecutorSettings settings_;
  unsigned starts_ = 0;
  std::unique_ptr<Life> life_;
};

}  // namespace webmon::sim
