/// Redis in memory for the simulation: the commands that Webmon uses, on a virtual time, and the
/// project's real Lua scripts in a real Lua 5.1. store_model_redistest compares it with
/// redis-server. What it does not know is an exception (NotModelled), never a guess.
/// Threads: a model belongs to one; models of one thread share the Lua state.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/store/reply.hpp"
#include "lib/store/scripts.hpp"
#include "tests/sim/lua_host.hpp"
#include "tests/sim/model_keyspace.hpp"

namespace webmon::sim {

class StoreModel {
 public:
  StoreModel() : lua_{LuaHost::of_this_thread()} {}
  StoreModel(const StoreModel&) = delete;  // take an image instead
  StoreModel& operator=(const StoreModel&) = delete;

  /// What TIME answers and what expiry goes by; Redis' clock may be set back, so may this.
  void set_time(std::chrono::microseconds unix_time) noexcept { keys_.set_time(unix_time); }
  std::chrono::microseconds time() const noexcept { return keys_.now(); }

  /// One command; EVAL, EVALSHA and SCRIPT LOAD as well. Throws NotModelled.
  store::Reply run(std::span<const std::string_view> command);
  /// As a connection would answer: one reply per command, in order. Throws NotModelled.
  std::vector<store::Reply> run(const store::Batch& batch);

  /// From now on `script` is this text: a seeded bug. Throws std::invalid_argument with Lua's words
  /// if it does not compile.
  void replace_script(store::Script script, std::string_view text);

  /// An RDB snapshot. Cheap: it shares the values with the model until one of them is written to.
  using Image = Keyspace::Image;
  Image save() const { return keys_.save(); }
  /// Replaces the data; keys that have expired by now are left out.
  void load(const Image& image) { keys_.load(image); }

  // What a checker of invariants reads. Views hold until the model is next written to.
  bool exists(std::string_view key) const { return keys_.find(key) != nullptr; }
  std::optional<std::string_view> text(std::string_view key) const;
  std::optional<std::string_view> field(std::string_view key, std::string_view name) const;
  std::span<const Hash::Field> fields(std::string_view key) const;
  std::optional<double> score(std::string_view key, std::string_view member) const;
  std::span<const SortedSet::Item> sorted_set(std::string_view key) const;  ///< by score, member
  std::span<const std::string> list(std::string_view key) const;
  /// Unix time in ms; nullopt if there is no such key or it lives for ever.
  std::optional<std::int64_t> expires_ms(std::string_view key) const;
  /// Calls visit(record) for each key that begins so, in no order that means anything.
  template <class F>
  void each_key(std::string_view prefix, F visit) const {
    keys_.each([&](const Record& record) {
      if (record.key.starts_with(prefix)) visit(record);
    });
  }
  /// Bytes of all names and values, without Redis' overhead. Walks over all keys.
  std::size_t bytes() const;

 private:
  template <class T>
  const T* value_of(std::string_view key) const;
  const LuaHost::Script& script_of(store::Script script);
  const LuaHost::Script* loaded(std::string_view sha);
  store::Reply run_script(const LuaHost::Script& script, Words words);
  const LuaHost::Script& load_text(std::string_view text);
  store::Reply run_words(Words words);

  Keyspace keys_;
  LuaHost& lua_;
  std::array<const LuaHost::Script*, store::kScripts> scripts_{};  ///< null: not yet compiled
  std::vector<const LuaHost::Script*> loaded_;                     ///< by SCRIPT LOAD or EVAL
  std::vector<std::string_view> words_;                            ///< of the command being run
};

}  // namespace webmon::sim
