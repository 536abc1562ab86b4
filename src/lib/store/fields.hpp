/// Reading numbers, ids and words out of replies; what every read_x of this folder needs. Private
/// to lib/store.
#pragma once

#include <charconv>
#include <concepts>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/id.hpp"
#include "lib/core/result.hpp"
#include "lib/store/reply.hpp"

namespace webmon::store {

template <std::integral T>
std::string number(T value) {
  return std::to_string(value);
}
inline std::string number(StoreTime t) { return std::to_string(to_ms(t)); }
inline std::string number(milliseconds d) { return std::to_string(d.count()); }

/// Errors: bad_frame naming `field`. Empty text (a missing field) is 0.
template <std::integral T>
Result<T> parse_number(std::string_view text, std::string_view field) {
  T value{};
  if (text.empty()) return value;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size())
    return fail(Errc::bad_frame, "redis: field " + std::string{field} + " is not a number");
  return value;
}

/// A number that came as text (a hash field) or as an integer (a script's answer).
template <std::integral T>
Result<T> read_number(const Reply& reply, std::string_view field) {
  if (reply.kind == Reply::Kind::integer) {
    if (!std::in_range<T>(reply.integer))
      return fail(Errc::bad_frame, "redis: field " + std::string{field} + " is out of range");
    return static_cast<T>(reply.integer);
  }
  const auto text = as_text(reply);
  if (!text) return fail(text.error());
  return parse_number<T>(*text, field);
}

template <class I>
Result<I> read_id(const Reply& reply) {
  const auto text = as_text(reply);
  if (!text) return fail(text.error());
  auto id = parse_id<I>(*text);
  if (!id) return fail(Errc::bad_frame, "redis: not an id: " + std::string{text->substr(0, 64)});
  return id;
}

/// Every element must be an id.
template <class I>
Result<std::vector<I>> read_ids(const Reply& reply) {
  const auto items = as_array(reply);
  if (!items) return fail(items.error());
  std::vector<I> ids;
  ids.reserve(items->size());
  for (const auto& item : *items) {
    const auto id = read_id<I>(item);
    if (!id) return fail(id.error());
    ids.push_back(*id);
  }
  return ids;
}

/// A script's one-word answer as an enumerator.
template <class E>
Result<E> read_word(const Reply& reply,
                    std::initializer_list<std::pair<std::string_view, E>> table) {
  const auto text = as_text(reply);
  if (!text) return fail(text.error());
  for (const auto& [word, value] : table)
    if (word == *text) return value;
  return fail(Errc::bad_frame, "redis: unknown answer " + std::string{text->substr(0, 64)});
}

/// HMGET answers exactly `count` values. Errors: bad_frame.
inline Result<std::span<const Reply>> read_values(const Reply& reply, std::size_t count) {
  const auto items = as_array(reply);
  if (!items) return fail(items.error());
  if (items->size() < count) return fail(Errc::bad_frame, "redis: fewer values than asked for");
  return *items;
}

/// HGETALL: calls visit(name, value) for each pair. Errors: bad_frame.
template <class F>
Result<void> each_field(const Reply& reply, F visit) {
  const auto items = as_array(reply);
  if (!items) return fail(items.error());
  if (items->size() % 2 != 0) return fail(Errc::bad_frame, "redis: odd number of fields");
  for (std::size_t i = 0; i < items->size(); i += 2) {
    Result<void> seen = visit(std::string_view{(*items)[i].text}, (*items)[i + 1]);
    if (!seen) return seen;
  }
  return {};
}

/// Assigns a parsed value or hands its error on: `if (auto e = assign(x, parse())) return
/// fail(*e);`
template <class T, class U>
std::optional<Error> assign(T& target, Result<U> value) {
  if (!value) return std::move(value.error());
  target = static_cast<T>(std::move(*value));
  return std::nullopt;
}

}  // namespace webmon::store
