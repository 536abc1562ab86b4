/// The simulated redis-server and connections to it: the store model behind latency, pauses, kills,
/// broken connections and snapshots. A killed one comes back with what its last good BGSAVE held.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/store/redis.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/store_model.hpp"
#include "tests/sim/world.hpp"

namespace webmon::sim {

struct RedisFaults {
  unsigned bgsave_fails_permille = 0;
  unsigned link_breaks_permille = 0;  ///< of batches: the connection breaks before or behind it
  milliseconds most_latency{3};
};

class Link;

/// The server. `ledger` is told of every command carried out, and is rolled back with the data.
class RedisHost {
 public:
  RedisHost(World& world, Ledger& ledger);
  ~RedisHost();

  /// Dies now, is up again `outage` later with the data of the last good snapshot.
  void kill(milliseconds outage);
  void pause(milliseconds time) { host_.pause_until(world_.now() + time); }
  /// From now on its clock is off by so much.
  void step_clock(milliseconds off) { step_ = off; }
  RedisFaults& faults() noexcept { return faults_; }

  StoreModel& store() noexcept { return *store_; }
  bool is_up() const noexcept { return is_up_; }
  StoreTime time() const noexcept { return world_.wall() + step_; }
  /// Takes effect now and after each restart.
  void replace_script(store::Script script, std::string text);
  std::uint64_t rollbacks() const noexcept { return rollbacks_; }
  std::uint64_t commands() const noexcept { return commands_; }

 private:
  friend class Link;
  struct Request {
    std::weak_ptr<Link*> from;  ///< expired: nobody waits for the answer
    store::Batch batch;
    std::uint64_t serial;
  };
  struct Saved {
    StoreModel::Image data;
    Ledger::Image books;
  };

  void arrive(Request request);
  void answer_all();
  std::vector<store::Reply> run(const store::Batch& batch);
  store::Reply run_one(std::span<const std::string_view> words);
  store::Reply bgsave();
  store::Reply save();
  store::Reply info() const;
  void start();

  World& world_;
  Ledger& ledger_;
  Host host_;
  std::unique_ptr<StoreModel> store_;
  std::vector<std::pair<store::Script, std::string>> replaced_;
  RedisFaults faults_;
  milliseconds step_{0};
  bool is_up_ = true;
  std::string run_id_;
  std::uint64_t saves_ = 0, rollbacks_ = 0, commands_ = 0;
  bool is_last_ok_ = true;
  Loop::TimerId saving_ = 0;
  Saved durable_;
  std::vector<Link*> links_;
};

/// A process' connection: fails at once while the server is away, comes back with backoff.
class Link final : public store::Connection {
 public:
  Link(Host& host, RedisHost& server);
  ~Link() override;

  void send(store::Batch batch, Done done) override;
  bool is_up() const noexcept override { return is_up_; }
  void on_up(std::function<void()> callback) override { on_up_ = std::move(callback); }
  const std::string& trouble() const noexcept override { return trouble_; }

  /// The connection breaks: who waits is told store_down, whatever became of it.
  void lose(Errc code, const std::string& why);

 private:
  friend class RedisHost;
  struct Waiting {
    std::uint64_t serial;
    Done done;
  };
  void connect();
  void take(std::uint64_t serial, std::vector<store::Reply> replies);
  void fail_soon(Done done, Errc code, const std::string& why);

  Host& host_;
  RedisHost& server_;
  bool is_up_ = false;
  std::string trouble_ = "not connected yet";
  std::function<void()> on_up_;
  std::deque<Waiting> waiting_;
  std::uint64_t next_serial_ = 1;
  MonoTime last_arrival_{}, last_answer_{};  ///< one connection keeps its order
  Loop::TimerId timeout_ = 0, connect_ = 0;
  std::shared_ptr<Link*> alive_;  ///< of this connection; renewed when it breaks
};

}  // namespace webmon::sim
