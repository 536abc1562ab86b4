/// A random life of the store's typed operations on model and Redis at once. What is asked next is
/// decided by the model's answers, so the whole trace follows from its seed.
#pragma once

#include <map>
#include <set>

#include "lib/store/assets.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/runs.hpp"
#include "lib/store/trash.hpp"
#include "tests/sim/store_pair.hpp"

namespace webmon::sim {

class ModelTrace : public StorePair {
 protected:
  /// `operations` steps from a seed; keys are compared at the end. With `fuzz`, every fourth step
  /// calls any script with any keys and arguments: wrong types, missing arguments, Lua's errors.
  void live(std::uint64_t seed, int operations, bool fuzz);

 private:
  struct Held {
    store::JobRef job;
    store::ClaimArgs args;
  };
  struct Operation {
    unsigned weight;
    void (ModelTrace::*run)();
  };
  static std::span<const Operation> operations();

  std::uint64_t dice(std::uint64_t sides) { return rng_.next() % sides; }
  template <class T>
  const T& any(const std::vector<T>& all) {
    return all[dice(all.size())];
  }
  /// Runs what `add` adds on both; the last answer as `read` reads it, nothing if it is none.
  template <class Add, class Read>
  auto answer(Add add, Read read) {
    store::Batch batch;
    add(batch);
    const auto answers = both(batch);
    auto result = read(answers.back());
    using Answer = std::decay_t<decltype(*result)>;
    return result ? std::optional<Answer>{std::move(*result)} : std::nullopt;
  }
  template <class Add>
  void say(Add add) {
    store::Batch batch;
    add(batch);
    both(batch);
  }
  std::optional<store::AssetHead> head_of(AssetId id);
  const Held& some_held();  ///< mostly the newest
  Partition some_partition();

  void step(bool fuzz);
  void look_at_keys();
  void fuzz_script();
  std::string fuzz_word();
  // model_trace_jobs.cpp
  void submit_job();
  void claim_job();
  void renew_lease();
  void finish_job();
  void finish_without_blobs();
  void release_job();
  void due_job();
  void due_scan();
  void due_missing();
  void wear_out_job();
  void cancel_job();
  void read_job();
  // model_trace_assets.cpp
  void create_asset();
  void update_asset();
  void remove_asset();
  void trash_asset();
  void restore_asset();
  void purge_asset();
  void change_group();
  void import_asset();
  void list_assets();
  void look_up_asset();
  // model_trace_fleet.cpp
  void put_run();
  void count_run();
  void list_run_jobs();
  void retire_run();
  void delete_run();
  void trim_kept();
  void lead_or_not();
  void snapshot();
  void check_meta();
  void beat();
  void list_executors();
  void idempotency_key();
  void journal_marker();

  std::vector<Asset> assets_;  ///< as written, removed ones among them
  std::vector<store::RunHeader> runs_;
  std::vector<store::JobRef> jobs_;
  std::vector<Held> held_;
  std::vector<std::string> known_;  ///< keys, for fuzz
};

}  // namespace webmon::sim
