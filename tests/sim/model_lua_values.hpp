/// Values between Lua and Redis, as Redis 7.0 converts them (script_lua.c, RESP2).
#pragma once

#include <lua.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/sim/model_sink.hpp"

namespace webmon::sim {

void push(lua_State* lua, std::string_view text);
/// Pushes {name = text}: how Redis hands status and error replies to a script.
void push_table(lua_State* lua, const char* name, std::string_view text);

/// Redis -> Lua: a command's answer on the stack (redisProtocolToLuaType).
class LuaSink final : public Sink {
 public:
  explicit LuaSink(lua_State* lua) noexcept : lua_{lua} {}
  bool is_error() const noexcept { return is_error_; }

  void nil() override {
    lua_pushboolean(lua_, 0);
    placed();
  }
  void integer(std::int64_t value) override {
    lua_pushnumber(lua_, static_cast<lua_Number>(value));
    placed();
  }
  void text(std::string_view value) override {
    push(lua_, value);
    placed();
  }
  void status(std::string_view value) override {
    push_table(lua_, "ok", value);
    placed();
  }
  void error(std::string_view message) override {
    push_table(lua_, "err", message);
    is_error_ = true;
  }
  void array(std::size_t size) override {
    if (next_ > 0) throw std::logic_error{"no script reads arrays within arrays"};
    lua_createtable(lua_, static_cast<int>(size), 0);
    next_ = 1;
  }

 private:
  void placed() {
    if (next_ > 0) lua_rawseti(lua_, -2, next_++);
  }
  lua_State* lua_;
  int next_ = 0;  ///< index of the next element; 0: no array
  bool is_error_ = false;
};

/// Lua -> Redis: the value on top of the stack, which is popped (luaReplyToRedisReply).
store::Reply take_reply(lua_State* lua);

/// One line, as Redis sends errors and statuses.
std::string one_line(std::string text);
store::Reply reply_of(store::Reply::Kind kind, std::string text);
/// Empty if it is no text.
std::string string_at(lua_State* lua, int index);
/// A text field of the table on top of the stack.
std::optional<std::string> text_field(lua_State* lua, const char* name);

}  // namespace webmon::sim
