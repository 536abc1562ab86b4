/// The commands of Redis 7.0 that Webmon uses, on a Keyspace. What Redis has and this has not is an
/// exception, never a wrong answer.   Source: redis.io/commands; t_string.c, t_hash.c, t_zset.c,
/// t_list.c, t_stream.c, expire.c of Redis 7.0.15; store_model_redistest compares with the real
/// one.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

#include "tests/sim/model_keyspace.hpp"
#include "tests/sim/model_sink.hpp"

namespace webmon::sim {

using Words = std::span<const std::string_view>;  ///< a command with its name

struct Command {
  std::string_view name;
  int arity;  ///< words, the name included; negative: at least that many
  void (*run)(Keyspace& keys, Words words, Sink& sink);

  bool fits(Words words) const noexcept {
    const auto count = static_cast<int>(words.size());
    return arity < 0 ? count >= -arity : count == arity;
  }
};

/// Null if there is none. Names in any case.
const Command* find_command(std::string_view name);

/// A command or an option that Redis may know and the model does not.
class NotModelled : public std::logic_error {
 public:
  explicit NotModelled(std::string_view what)
      : std::logic_error{"the store model does not know " + std::string{what}} {}
};

inline constexpr std::string_view kWrongType =
    "WRONGTYPE Operation against a key holding the wrong kind of value";
inline constexpr std::string_view kNotInteger = "ERR value is not an integer or out of range";
inline constexpr std::string_view kOverflow = "ERR increment or decrement would overflow";
inline constexpr std::string_view kSyntax = "ERR syntax error";

/// As string2ll of Redis: no sign but '-', no leading zeros, nothing behind.
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;
/// As string2d of Redis: what strtod takes whole; no NaN, no leading space.
std::optional<double> parse_double(std::string_view text);
/// As replies and scripts' arguments have it ("%.17g").
std::string_view format_double(double value, std::span<char, 32> buffer) noexcept;
bool is_word(std::string_view text, std::string_view upper_case) noexcept;

/// The value of a key as a T: null if there is no such key; `is_wrong` if it is of another type,
/// then the sink has the error.
template <class T>
struct Found {
  T* value = nullptr;
  bool is_wrong = false;
};
template <class T>
Found<const T> look(const Keyspace& keys, std::string_view key, Sink& sink) {
  const auto* record = keys.find(key);
  if (record == nullptr) return {};
  const auto* value = std::get_if<T>(&record->value);
  if (value == nullptr) sink.error(kWrongType);
  return {value, value == nullptr};
}
template <class T>
Found<T> look_to_edit(Keyspace& keys, std::string_view key, Sink& sink) {
  auto* record = keys.edit(key);
  if (record == nullptr) return {};
  auto* value = std::get_if<T>(&record->value);
  if (value == nullptr) sink.error(kWrongType);
  return {value, value == nullptr};
}
/// The collection that `found` says, made if there is none.
template <class T>
T& made(Found<T> found, Keyspace& keys, std::string_view key) {
  return found.value != nullptr ? *found.value : std::get<T>(keys.create(key, T{}).value);
}

std::span<const Command> key_commands() noexcept;
std::span<const Command> text_commands() noexcept;
std::span<const Command> hash_commands() noexcept;
std::span<const Command> sorted_set_commands() noexcept;
std::span<const Command> range_commands() noexcept;
std::span<const Command> list_commands() noexcept;
std::span<const Command> stream_commands() noexcept;

}  // namespace webmon::sim
