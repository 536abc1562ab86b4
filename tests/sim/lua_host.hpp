/// Lua 5.1 as Redis 7.0 embeds it: the same library, the same conversions, the same texts of
/// errors. One state per thread, shared by all models of the thread; a script is compiled once.
/// Source: script_lua.c, eval.c of Redis 7.0.15.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "lib/store/reply.hpp"
#include "tests/sim/model_commands.hpp"

namespace webmon::sim {

class LuaHost {
 public:
  struct Script {
    int function;     ///< reference in the registry
    std::string sha;  ///< of the text, as errors quote it
  };

  static LuaHost& of_this_thread();
  ~LuaHost();
  LuaHost(const LuaHost&) = delete;
  LuaHost& operator=(const LuaHost&) = delete;

  /// Compiles a text, or answers what it compiled before. Throws std::invalid_argument with Lua's
  /// words. The answer lives as long as the host.
  const Script& compile(std::string_view text);

  /// Runs a script, whose redis.call and redis.pcall go to `data`. An error of the script is an
  /// error reply; what it wrote before stays. Throws NotModelled.
  store::Reply run(const Script& script, Words keys, Words args, Keyspace& data);

 private:
  LuaHost();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace webmon::sim
