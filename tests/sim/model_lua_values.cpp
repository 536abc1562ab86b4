#include "tests/sim/model_lua_values.hpp"

#include <stdexcept>

namespace webmon::sim {

using store::Reply;

void push(lua_State* lua, std::string_view text) { lua_pushlstring(lua, text.data(), text.size()); }

void push_table(lua_State* lua, const char* name, std::string_view text) {
  lua_createtable(lua, 0, 1);
  push(lua, text);
  lua_setfield(lua, -2, name);
}

std::string one_line(std::string text) {
  while (text.ends_with('\r') || text.ends_with('\n')) text.pop_back();
  for (auto& c : text)
    if (c == '\r' || c == '\n') c = ' ';
  return text;
}

Reply reply_of(Reply::Kind kind, std::string text) {
  Reply reply;
  reply.kind = kind;
  reply.text = std::move(text);
  return reply;
}

std::string string_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(lua, index, &size);
  return text == nullptr ? std::string{} : std::string{text, size};
}

std::optional<std::string> text_field(lua_State* lua, const char* name) {
  lua_pushstring(lua, name);
  lua_rawget(lua, -2);
  std::optional<std::string> text;
  if (lua_type(lua, -1) == LUA_TSTRING) text = string_at(lua, -1);
  lua_pop(lua, 1);
  return text;
}

namespace {

Reply take_table(lua_State* lua) {
  if (auto text = text_field(lua, "err"))
    return reply_of(Reply::Kind::error, one_line(std::move(*text)));
  if (auto text = text_field(lua, "ok"))
    return reply_of(Reply::Kind::status, one_line(std::move(*text)));
  Reply reply;
  reply.kind = Reply::Kind::array;
  if (lua_checkstack(lua, 4) == 0) throw std::runtime_error{"lua: a reply is too deep"};
  for (int i = 1;; ++i) {
    lua_rawgeti(lua, -1, i);
    if (lua_isnil(lua, -1)) break;
    reply.items.push_back(take_reply(lua));
  }
  lua_pop(lua, 1);
  return reply;
}

}  // namespace

Reply take_reply(lua_State* lua) {
  Reply reply;
  switch (lua_type(lua, -1)) {
    case LUA_TSTRING:
      reply = reply_of(Reply::Kind::text, string_at(lua, -1));
      break;
    case LUA_TBOOLEAN:
      if (lua_toboolean(lua, -1) == 0) break;
      reply.kind = Reply::Kind::integer;
      reply.integer = 1;
      break;
    case LUA_TNUMBER:
      reply.kind = Reply::Kind::integer;
      reply.integer = static_cast<std::int64_t>(lua_tonumber(lua, -1));
      break;
    case LUA_TTABLE:
      reply = take_table(lua);
      break;
    default:
      break;
  }
  lua_pop(lua, 1);
  return reply;
}

}  // namespace webmon::sim
