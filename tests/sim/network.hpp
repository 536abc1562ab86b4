/// The simulated ZeroMQ: PUSH to PULL pipes with small queues, a ROUTER for control; it loses,
/// doubles, delays and reorders. What sits in a dead process' queue is gone. Service names instead
/// of addresses: whoever has bound "sim://work" is found under it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/bus/network.hpp"
#include "pipeline/jobs/job_sender.hpp"
#include "tests/sim/world.hpp"

namespace webmon::sim {

struct BusFaults {
  unsigned drop_permille = 0;
  unsigned double_permille = 0;
  milliseconds most_latency{2};
  unsigned late_permille = 0;  ///< comes up to `most_late` later: overtaken by others
  milliseconds most_late{3'000};
};

class Wire;

/// What connects the hosts. One per life.
class Wires {
 public:
  explicit Wires(World& world) : world_{world} {}
  BusFaults& faults() noexcept { return faults_; }

  /// A control request from `client`; `done` gets the reply, if one comes while the client lives.
  void ask(Host& client, std::weak_ptr<int> alive, const std::string& command,
           std::function<void(const std::string&)> done);
  std::uint64_t lost() const noexcept { return lost_; }

 private:
  friend class Wire;
  friend class HostNetwork;
  friend class SimJobSender;
  struct Asking {
    Host* client;
    std::weak_ptr<int> alive;
    std::function<void(const std::string&)> done;
  };

  std::vector<Wire*> bound(const std::string& endpoint, bus::Role role) const;
  std::vector<Wire*> connected(const std::string& endpoint) const;
  /// Puts one message on its way to `to`, as the faults will.
  void carry(Wire& to, bus::Frames frames);
  void deliver(Wire& to, const bus::Frames& frames, milliseconds after);
  void reply(const bus::Frames& frames);

  World& world_;
  BusFaults faults_;
  std::vector<Wire*> wires_;
  std::map<std::string, Asking> asking_;
  std::uint64_t next_client_ = 1, next_peer_ = 0, lost_ = 0;
};

/// One end of a wire.
class Wire final : public bus::Channel {
 public:
  Wire(Wires& wires, Host& host, bus::Role role, std::string endpoint, bool is_bound);
  ~Wire() override;

  std::string endpoint() const override { return endpoint_; }
  bool send(const bus::Frames& frames) noexcept override;
  bool send(std::string_view frame) noexcept override;
  bool receive(bus::Frames& frames) override;
  void watch(std::function<void()> ready, std::function<bool()> wants_more) override;
  void poke() override;

 private:
  friend class Wires;
  friend class HostNetwork;
  friend class SimJobSender;
  bool is_sender() const noexcept { return role_ == bus::Role::work_sender; }
  bool has_room() const noexcept { return inbox_.size() + on_the_way_ < kPipe; }
  bool can_send() const;
  void look();

  static constexpr std::size_t kPipe = 4;  ///< messages that an executor's pipe holds

  Wires& wires_;
  Host& host_;
  bus::Role role_;
  std::string endpoint_;
  bool is_bound_;
  std::deque<bus::Frames> inbox_;
  std::size_t on_the_way_ = 0;
  std::function<void()> ready_;
  std::function<bool()> wants_more_;
  bool is_poked_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

/// The network as one host sees it.
class HostNetwork final : public bus::Network {
 public:
  HostNetwork(Wires& wires, Host& host) : wires_{wires}, host_{host} {}
  Result<std::unique_ptr<bus::Channel>> bind(Loop& loop, bus::Role role,
                                             const std::string& endpoint) override;
  Result<std::unique_ptr<bus::Channel>> connect(Loop& loop, bus::Role role,
                                                const std::string& endpoint) override;

 private:
  Wires& wires_;
  Host& host_;
};

/// The api's PUSH to `jobs`.
class SimJobSender final : public JobSender {
 public:
  explicit SimJobSender(Wires& wires) : wires_{wires} {}
  bool send(JobId id) noexcept override;

 private:
  Wires& wires_;
};

}  // namespace webmon::sim
