#include "tests/sim/network.hpp"

#include <algorithm>
#include <utility>

#include "lib/wire/frames.hpp"

namespace webmon::sim {
namespace {

constexpr std::size_t kJobsQueue = 1'000;

}  // namespace

// ---- Wires

std::vector<Wire*> Wires::bound(const std::string& endpoint, bus::Role role) const {
  std::vector<Wire*> found;
  for (auto* wire : wires_)
    if (wire->is_bound_ && wire->role_ == role && wire->endpoint_ == endpoint)
      found.push_back(wire);
  return found;
}

std::vector<Wire*> Wires::connected(const std::string& endpoint) const {
  std::vector<Wire*> found;
  for (auto* wire : wires_)
    if (!wire->is_bound_ && wire->endpoint_ == endpoint) found.push_back(wire);
  return found;
}

void Wires::carry(Wire& to, bus::Frames frames) {
  auto& dice = world_.dice();
  if (dice.chance(faults_.drop_permille)) {
    ++lost_;
    return;
  }
  auto after = dice.between({}, faults_.most_latency);
  if (dice.chance(faults_.late_permille)) after += dice.between({}, faults_.most_late);
  deliver(to, frames, after);
  while (dice.chance(faults_.double_permille))
    deliver(to, frames, after + dice.between({}, faults_.most_late));
}

void Wires::deliver(Wire& to, const bus::Frames& frames, milliseconds after) {
  ++to.on_the_way_;
  to.host_.in(after, [&to, alive = std::weak_ptr{to.alive_}, frames] {
    if (alive.expired()) return;
    --to.on_the_way_;
    to.inbox_.push_back(frames);
    to.look();
  });
}

void Wires::ask(Host& client, std::weak_ptr<int> alive, const std::string& command,
                std::function<void(const std::string&)> done) {
  auto servers = bound("sim://control", bus::Role::control_server);
  if (servers.empty()) return;
  const auto identity = "client-" + std::to_string(next_client_++);
  asking_[identity] = {&client, std::move(alive), std::move(done)};
  carry(*world_.dice().any(servers), {identity, "", command});
}

void Wires::reply(const bus::Frames& frames) {
  const auto at = asking_.find(frames.front());
  if (at == asking_.end()) return;
  auto asking = std::move(at->second);
  asking_.erase(at);
  if (asking.alive.expired() || world_.dice().chance(faults_.drop_permille)) return;
  asking.client->in(milliseconds{1},
                    [alive = asking.alive, done = std::move(asking.done), text = frames.back()] {
                      if (!alive.expired()) done(text);
                    });
}

// ---- Wire

Wire::Wire(Wires& wires, Host& host, bus::Role role, std::string endpoint, bool is_bound)
    : wires_{wires}, host_{host}, role_{role}, endpoint_{std::move(endpoint)}, is_bound_{is_bound} {
  wires_.wires_.push_back(this);
}

Wire::~Wire() {
  wires_.lost_ += inbox_.size() + on_the_way_;
  std::erase(wires_.wires_, this);
}

bool Wire::can_send() const {
  const auto peers = wires_.connected(endpoint_);
  return std::ranges::any_of(peers, [](const Wire* peer) { return peer->has_room(); });
}

bool Wire::send(std::string_view frame) noexcept { return send(bus::Frames{std::string{frame}}); }

bool Wire::send(const bus::Frames& frames) noexcept {
  if (role_ == bus::Role::control_server) {
    wires_.reply(frames);
    return true;
  }
  const auto peers = wires_.connected(endpoint_);
  for (std::size_t i = 0; i < peers.size(); ++i) {
    auto* peer = peers[wires_.next_peer_++ % peers.size()];
    if (!peer->has_room()) continue;
    wires_.carry(*peer, frames);
    return true;
  }
  return false;
}

bool Wire::receive(bus::Frames& frames) {
  if (inbox_.empty()) return false;
  frames = std::move(inbox_.front());
  inbox_.pop_front();
  if (role_ != bus::Role::work_receiver) return true;
  for (auto* sender : wires_.bound(endpoint_, bus::Role::work_sender))
    sender->host_.in(milliseconds{1}, [sender, alive = std::weak_ptr{sender->alive_}] {
      if (!alive.expired()) sender->look();
    });
  return true;
}

void Wire::watch(std::function<void()> ready, std::function<bool()> wants_more) {
  ready_ = std::move(ready);
  wants_more_ = std::move(wants_more);
  poke();
}

void Wire::poke() {
  if (std::exchange(is_poked_, true)) return;
  host_.in(nanoseconds{0}, [this, alive = std::weak_ptr{alive_}] {
    if (!alive.expired()) look();
  });
}

/// As bus::Watch: called at once for what has come, and again in later turns while more is wanted.
void Wire::look() {
  if (!ready_) return;
  const auto has_work = [this] {
    return (is_sender() ? can_send() : !inbox_.empty()) && wants_more_();
  };
  const bool was_poked = std::exchange(is_poked_, false);
  if (!was_poked && !has_work()) return;
  const auto alive = std::weak_ptr{alive_};
  ready_();
  if (!alive.expired() && has_work()) poke();
}

// ---- one host's view

Result<std::unique_ptr<bus::Channel>> HostNetwork::bind(Loop&, bus::Role role,
                                                        const std::string& endpoint) {
  return std::make_unique<Wire>(wires_, host_, role, endpoint, true);
}

Result<std::unique_ptr<bus::Channel>> HostNetwork::connect(Loop&, bus::Role role,
                                                           const std::string& endpoint) {
  auto wire = std::make_unique<Wire>(wires_, host_, role, endpoint, false);
  for (auto* sender : wires_.bound(endpoint, bus::Role::work_sender))
    sender->host_.in(milliseconds{1}, [sender, alive = std::weak_ptr{sender->alive_}] {
      if (!alive.expired()) sender->look();
    });
  return wire;
}

bool SimJobSender::send(JobId id) noexcept {
  auto receivers = wires_.bound("sim://jobs", bus::Role::job_receiver);
  if (receivers.empty()) return false;
  auto& to = *wires_.world_.dice().any(receivers);
  if (to.inbox_.size() >= kJobsQueue) return false;
  wires_.carry(to, {std::string{wire::job_frame(id)}});
  return true;
}

}  // namespace webmon::sim
