/// What the api has changed in Redis and no snapshot holds yet, kept in memory: if Redis dies and
/// comes back from an older RDB, it is done again before anything else. It covers Redis dying
/// alone; what the api forgets (its own death) it cannot repeat. Pure: the session of Redis sends,
/// waits and logs. Threads: its owner's.
///
/// **Position.** Every batch that changes something carries, as its last commands, a SET of the
/// journal's own key to the number of the batch, and a read of the snapshot state. An RDB holds one
/// moment, and the batches of one connection are executed in order: so the number found after a
/// restart divides the entries into those that the loaded data holds and those that it lacks, and
/// exactly the latter are replayed. A missing key (it lives a week) means: replay all.
///
/// **Dropping.** An entry whose batch read epoch e is dropped once `durable` >= e + 1. Proof:
/// epochs grow by one at the start of a snapshot, before its fork. The batch read e behind its
/// write, so whatever carries a number > e was begun, and forked, after the write, and holds it;
/// `durable` is raised only after the end of such a snapshot. After a restart epochs begin again at
/// what was loaded; nothing is dropped then until the replay has read new ones for its entries.
///
/// **Repeating.** An answer lost in the middle of a batch, or a position that expired, can make a
/// command run twice. It changes nothing then, or sets what it had set:
///   asset_create   by id and by URL: "known"
///   asset_update   by the version it expects: "stale", or "missing"
///   asset_remove   by version: "stale", or "missing"; where create, update and remove of one asset
///                  are all repeated, it is gone again in the end
///   asset_trash    as asset_remove; with asset_restore, it is back again in the end
///   asset_restore  by the removed asset: "missing"
///   asset_purge    by the removed asset: 0
///   group_set      by the version it expects: "stale"; without one: set again to the same, under
///                  another version
///   group_remove   by the version it expects: "stale"; or "missing"
///   submit         by job id, "existed", as long as the record is there (an hour after its run)
///   cancel         by state: "already_ended" or "gone"
///   run header, idempotency key, redirect of a moved asset: SET and HSET of the same values in the
///                  same order; relative expiry begins anew
///   import of a moved asset's history: sets the values of the move. NOT harmless once an executor
///                  has added to them: that is why the position is exact
/// Commands that had no effect the first time ("known", "stale", "no_asset") are not kept: against
/// older data they could have one. Batches without an answer are not kept either: nobody was told
/// that they were done.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "lib/store/keys.hpp"
#include "lib/store/reply.hpp"

namespace webmon::api {

struct JournalLimits {
  std::size_t bytes = 64U << 20U;
  std::size_t commands = 100'000;
};

class Journal {
 public:
  /// `id` names this process among the api's of one Redis.
  Journal(const store::Keys& keys, std::string_view id, JournalLimits limits = {});

  /// A batch on its way: what is kept of it if it is answered.
  struct Sent {
    struct Command {
      std::size_t index;
      std::string bytes;
      std::optional<store::Script> script;
    };
    std::uint64_t number = 0;
    std::vector<Command> commands;
  };
  /// Nothing for a batch that only reads; else the position and the read of the epoch are appended.
  std::optional<Sent> prepare(store::Batch& batch);
  /// The answers of a prepared batch. Takes off those of what was appended, keeps what had an
  /// effect, drops what has become durable.
  void answered(const Sent& sent, std::vector<store::Reply>& replies);

  /// A read of the snapshot state, for while the journal is not empty and nobody writes.
  void add_look(store::Batch& batch) const;
  void looked(const std::vector<store::Reply>& replies);

  /// Of each new connection: which Redis this is, and the position that it holds.
  void add_greeting(store::Batch& batch) const;
  /// Another run_id than before begins a replay. Errors: those of the replies.
  Result<void> greeted(const std::vector<store::Reply>& replies);
  /// The next part of the replay; empty when nothing is left. Each answer goes to replayed().
  store::Batch next_replay();
  /// Errors: Redis refuses writes altogether; connect again later, the replay goes on there.
  Result<void> replayed(const std::vector<store::Reply>& replies);
  struct Replayed {
    std::uint64_t commands = 0;
    std::uint64_t failed = 0;  ///< answered with an error of their own
  };
  /// What the replay that has just ended did; nothing if there was none. Once.
  std::optional<Replayed> take_replayed();

  /// True once each time that the bound begins to cost entries, until the journal is empty again.
  bool take_overflow();
  bool empty() const noexcept { return entries_.empty(); }
  /// Whoever writes much should see to a snapshot before going on, lest entries be dropped.
  bool is_half_full() const noexcept {
    return bytes_ > limits_.bytes / 2 || commands_ > limits_.commands / 2;
  }
  std::size_t commands() const noexcept { return commands_; }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Entry {
    std::uint64_t number;
    std::uint64_t cover;  ///< epoch of the first snapshot that holds it
    std::size_t commands;
    std::string bytes;
  };
  bool leaves_no_trace(const std::vector<std::string_view>& words) const;
  void keep(Entry entry);
  void drop_first();
  void drop_durable(std::uint64_t durable);
  void add_position(store::Batch& batch, std::uint64_t number) const;

  store::Keys keys_;
  std::string marker_;
  std::string listening_;
  JournalLimits limits_;
  std::deque<Entry> entries_;  ///< by number
  std::size_t commands_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t last_number_ = 0;
  enum class Overflow : std::uint8_t { none, begun, told } overflow_ = Overflow::none;
  std::string run_id_;        ///< of the Redis that holds all entries
  std::string replaying_;     ///< not empty: run_id of the Redis that is being brought up to date
  std::uint64_t before_ = 0;  ///< entries up to this number have been replayed to it
  std::uint64_t part_end_ = 0;
  std::optional<Replayed> replayed_;
  bool has_replayed_ = false;
};

}  // namespace webmon::api
