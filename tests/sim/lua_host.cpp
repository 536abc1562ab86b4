#include "tests/sim/lua_host.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>
#include <cmath>
#include <exception>
#include <iterator>
#include <lua.hpp>
#include <stdexcept>
#include <vector>

#include "tests/sim/model_lua_values.hpp"

namespace webmon::sim {
namespace {

using store::Reply;

std::string sha1_of(std::string_view text) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string hex;
  for (const auto byte : digest) fmt::format_to(std::back_inserter(hex), "{:02x}", byte);
  return hex;
}

/// Redis' own handler (eval.c): makes the error a table and notes where it was raised.
constexpr std::string_view kHandler = R"(
local dbg = debug
return function(err)
  local i = dbg.getinfo(2, 'nSl')
  if i and i.what == 'C' then i = dbg.getinfo(3, 'nSl') end
  if type(err) ~= 'table' then err = {err = 'ERR ' .. tostring(err)} end
  if i then err.source = i.source; err.line = i.currentline end
  return err
end)";

int no_such_global(lua_State* lua) {
  return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'",
                    luaL_checkstring(lua, 2));
}

int no_new_global(lua_State* lua) { return luaL_error(lua, "Attempt to modify a readonly table"); }

/// Lua's pcall, but the error of a command comes as its text (luaRedisPcall).
int protected_call(lua_State* lua) {
  luaL_checkany(lua, 1);
  lua_pushboolean(lua, 1);
  lua_insert(lua, 1);
  if (lua_pcall(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0) == 0) return lua_gettop(lua);
  if (lua_istable(lua, -1)) {
    lua_getfield(lua, -1, "err");
    if (lua_isstring(lua, -1) == 0) lua_pop(lua, 1);
  }
  lua_pushboolean(lua, 0);
  lua_insert(lua, -2);
  return 2;
}

int status_reply(lua_State* lua) {
  if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING)
    push_table(lua, "err", "ERR wrong number or type of arguments");
  else
    push_table(lua, "ok", {lua_tostring(lua, 1), lua_objlen(lua, 1)});
  return 1;
}

int error_reply(lua_State* lua) {
  if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING) {
    push_table(lua, "err", "ERR wrong number or type of arguments");
    return 1;
  }
  auto text = one_line(string_at(lua, 1));
  if (text.starts_with('-')) text.erase(0, 1);
  if (text.find(' ') == text.npos) text.insert(0, "ERR ");
  push_table(lua, "err", text);
  return 1;
}

}  // namespace

struct LuaHost::Impl {
  lua_State* lua = luaL_newstate();
  Keyspace* data = nullptr;   ///< of the script that runs
  std::exception_ptr thrown;  ///< by a command of it; nothing may be thrown through Lua's C code
  std::vector<std::string_view> words;
  std::vector<std::array<char, 32>> numbers;  ///< what numbers in `words` look like
  TextMap<Script> scripts;                    ///< by text
  int handler = LUA_NOREF, environment = LUA_NOREF;
  /// KEYS and ARGV: the same two tables for every call, which costs less than new ones.
  struct Table {
    int ref = LUA_NOREF;
    int size = 0;
  } keys, args;

  Impl() {
    if (lua == nullptr) throw std::bad_alloc{};
    open_libraries();
    make_environment();
    lua_gc(lua, LUA_GCSETPAUSE, 400);  // little is alive: fewer, larger collections
  }
  ~Impl() { lua_close(lua); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void open_libraries() {
    for (const auto& [name, open] : std::initializer_list<std::pair<const char*, lua_CFunction>>{
             {"", luaopen_base},
             {LUA_TABLIBNAME, luaopen_table},
             {LUA_STRLIBNAME, luaopen_string},
             {LUA_MATHLIBNAME, luaopen_math},
             {LUA_DBLIBNAME, luaopen_debug}}) {
      lua_pushcfunction(lua, open);
      lua_pushstring(lua, name);
      lua_call(lua, 1, 0);
    }
    if (luaL_loadbuffer(lua, kHandler.data(), kHandler.size(), "@err_handler_def") != 0 ||
        lua_pcall(lua, 0, 1, 0) != 0)
      throw std::logic_error{string_at(lua, -1)};
    handler = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_settop(lua, 0);
  }

  /// The globals of scripts: what Redis leaves of Lua's, read-only, and an error for others.
  void make_environment() {
    for (const auto* name : {"debug", "dofile", "loadfile", "load", "loadstring", "print",
                             "newproxy", "setfenv", "getfenv"}) {
      lua_pushnil(lua);
      lua_setglobal(lua, name);
    }
    lua_pushcfunction(lua, protected_call);
    lua_setglobal(lua, "pcall");
    lua_getglobal(lua, LUA_MATHLIBNAME);
    for (const auto* name : {"random", "randomseed"}) {  // Redis has its own
      lua_pushnil(lua);
      lua_setfield(lua, -2, name);
    }
    lua_createtable(lua, 0, 4);
    set_function("call", &Impl::call, true);
    set_function("pcall", &Impl::call, false);
    lua_pushcfunction(lua, error_reply);
    lua_setfield(lua, -2, "error_reply");
    lua_pushcfunction(lua, status_reply);
    lua_setfield(lua, -2, "status_reply");
    lua_setglobal(lua, "redis");
    keys.ref = new_table("KEYS");
    args.ref = new_table("ARGV");

    lua_newtable(lua);  // of the globals: an unknown one is an error
    lua_pushcfunction(lua, no_such_global);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, LUA_GLOBALSINDEX);

    lua_newtable(lua);  // what a script sees: empty, reads go to the globals
    lua_newtable(lua);
    lua_pushvalue(lua, LUA_GLOBALSINDEX);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, no_new_global);
    lua_setfield(lua, -2, "__newindex");
    lua_setmetatable(lua, -2);
    lua_pushvalue(lua, -1);
    lua_setglobal(lua, "_G");
    environment = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_settop(lua, 0);
  }

  void set_function(const char* name, lua_CFunction function, bool raises) {
    lua_pushlightuserdata(lua, this);
    lua_pushboolean(lua, raises ? 1 : 0);
    lua_pushcclosure(lua, function, 2);
    lua_setfield(lua, -2, name);
  }

  int new_table(const char* name) {
    lua_createtable(lua, 20, 0);
    lua_pushvalue(lua, -1);
    lua_setglobal(lua, name);
    return luaL_ref(lua, LUA_REGISTRYINDEX);
  }

  void fill(Table& table, Words values) {
    const int size = static_cast<int>(values.size());
    lua_rawgeti(lua, LUA_REGISTRYINDEX, table.ref);
    for (int i = 0; i < size; ++i) {
      push(lua, values[static_cast<std::size_t>(i)]);
      lua_rawseti(lua, -2, i + 1);
    }
    for (int i = size; i < table.size; ++i) {
      lua_pushnil(lua);
      lua_rawseti(lua, -2, i + 1);
    }
    table.size = size;
    lua_pop(lua, 1);
  }

  /// redis.call (second upvalue true) and redis.pcall. No C++ object with a destructor may be alive
  /// where lua_error jumps away.
  static int call(lua_State* lua) {
    auto* impl = static_cast<Impl*>(lua_touserdata(lua, lua_upvalueindex(1)));
    const bool is_error = impl->run_command(lua);
    if (is_error && lua_toboolean(lua, lua_upvalueindex(2)) != 0) return lua_error(lua);
    return 1;
  }

  /// Leaves the answer on the stack; true if it is an error.
  bool run_command(lua_State* state) noexcept {
    LuaSink sink{state};
    try {
      if (read_words(state, sink)) dispatch(sink);
    } catch (...) {
      thrown = std::current_exception();
      sink.error("ERR the store model threw");
    }
    return sink.is_error();
  }

  /// The arguments of redis.call. Numbers as Redis 7.0 writes them; false: the sink has an error.
  bool read_words(lua_State* state, Sink& sink) {
    const int count = lua_gettop(state);
    if (count == 0)
      return sink.error("ERR Please specify at least one argument for this redis lib call"), false;
    words.resize(static_cast<std::size_t>(count));
    if (numbers.size() < words.size()) numbers.resize(words.size());
    for (int i = 0; i < count; ++i) {
      auto& word = words[static_cast<std::size_t>(i)];
      const int type = lua_type(state, i + 1);
      if (type == LUA_TNUMBER) {
        word = format_double(lua_tonumber(state, i + 1), numbers[static_cast<std::size_t>(i)]);
      } else if (type == LUA_TSTRING) {
        std::size_t size = 0;
        const char* text = lua_tolstring(state, i + 1, &size);
        word = {text, size};
      } else {
        return sink.error("ERR Lua redis lib command arguments must be strings or integers"), false;
      }
    }
    return true;
  }

  void dispatch(Sink& sink) {
    const auto* command = find_command(words[0]);
    if (command == nullptr) throw NotModelled{"the command " + std::string{words[0]}};
    if (!command->fits(words))
      return sink.error("ERR Wrong number of args calling Redis command from script");
    command->run(*data, words, sink);
  }

  /// The error that the handler left on top of the stack, as Redis words it.
  Reply take_error(const Script& script) {
    if (!lua_istable(lua, -1))
      return reply_of(Reply::Kind::error, one_line("ERR Error running script " + script.sha + ", " +
                                                   string_at(lua, -1)));
    auto text = text_field(lua, "err").value_or("ERR unknown error");
    const auto source = text_field(lua, "source");
    lua_getfield(lua, -1, "line");
    if (source && lua_isnumber(lua, -1) != 0)
      text += fmt::format(" script: {}, on {}:{}.", script.sha, *source, lua_tointeger(lua, -1));
    return reply_of(Reply::Kind::error, one_line(std::move(text)));
  }
};

LuaHost::LuaHost() : impl_{std::make_unique<Impl>()} {}
LuaHost::~LuaHost() = default;

LuaHost& LuaHost::of_this_thread() {
  thread_local LuaHost host;
  return host;
}

const LuaHost::Script& LuaHost::compile(std::string_view text) {
  if (const auto at = impl_->scripts.find(text); at != impl_->scripts.end()) return at->second;
  auto* lua = impl_->lua;
  if (luaL_loadbuffer(lua, text.data(), text.size(), "@user_script") != 0) {
    const auto words = string_at(lua, -1);
    lua_settop(lua, 0);
    throw std::invalid_argument{words};
  }
  lua_rawgeti(lua, LUA_REGISTRYINDEX, impl_->environment);
  lua_setfenv(lua, -2);
  Script script{luaL_ref(lua, LUA_REGISTRYINDEX), sha1_of(text)};
  return impl_->scripts.emplace(text, std::move(script)).first->second;
}

Reply LuaHost::run(const Script& script, Words keys, Words args, Keyspace& data) {
  auto& impl = *impl_;
  impl.data = &data;
  lua_rawgeti(impl.lua, LUA_REGISTRYINDEX, impl.handler);
  impl.fill(impl.keys, keys);
  impl.fill(impl.args, args);
  lua_rawgeti(impl.lua, LUA_REGISTRYINDEX, script.function);
  const bool failed = lua_pcall(impl.lua, 0, 1, 1) != 0;
  Reply reply = failed ? impl.take_error(script) : take_reply(impl.lua);
  lua_settop(impl.lua, 0);
  if (impl.thrown) std::rethrow_exception(std::exchange(impl.thrown, nullptr));
  return reply;
}

}  // namespace webmon::sim
