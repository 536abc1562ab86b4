/// Errors of Webmon itself, as values. What a web server does wrong is not an error: it is data in
/// `Page`. Three kinds, never mixed: the web failed (Page::outcome), Webmon failed (Result), a bug
/// (exception).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace webmon {

/// What went wrong; programs read this. `to_string` gives the stable name used in JSON, logs and
/// Redis.
enum class Errc : std::uint8_t {
  bad_input,   ///< a value from a user or client does not parse or is out of range
  bad_frame,   ///< bytes from a peer or from Redis are not what docs/wire.md or docs/redis.md say
  bad_config,  ///< the configuration or a command line contradicts itself or the machine
  not_found,   ///< no such asset, run, job, file
  conflict,    ///< it exists already, or is held by somebody else
  stale,       ///< the caller's version is not the newest
  forbidden,   ///< a policy refuses it
  too_large,   ///< over a documented bound
  timeout,     ///< a deadline passed
  bus_down,    ///< the dispatcher cannot be reached over ZeroMQ
  store_down,  ///< Redis cannot be reached, is loading, or the connection broke
  store_refused,  ///< Redis answered with an error (MISCONF, OOM, READONLY, NOPERM ...)
  schema,         ///< Redis holds data of a schema this build does not read
  internal        ///< a bug; the detail says where
};

struct Error {
  Errc code;
  std::string detail;  ///< for people: what happened, where, what to do
};

/// `tl::expected<T, Error>` that the compiler does not let you drop.
template <class T>
struct [[nodiscard]] Result : tl::expected<T, Error> {
  using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> fail(Errc code, std::string detail = {}) {
  return tl::unexpected<Error>(Error{code, std::move(detail)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

std::string_view to_string(Errc code) noexcept;

/// True if the same call may succeed later without anybody changing it.
bool is_retryable(Errc code) noexcept;

}  // namespace webmon
