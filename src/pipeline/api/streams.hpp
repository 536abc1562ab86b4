/// Bodies that come or go in parts, for calls whose input or answer is too large to be held in
/// memory. Knows nothing of HTTP's framing. Threads: the io_context's. Internal to this folder.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "pipeline/api/coroutine.hpp"

namespace webmon::api {

/// Where the parts of a request body come from. Each part has the body timeout of ApiLimits.
class BodySource {
 public:
  virtual ~BodySource() = default;
  enum class Kind : std::uint8_t {
    bytes,      ///< at least one
    end,        ///< all of the body was read
    too_slow,   ///< nothing within the timeout
    too_large,  ///< over ApiLimits::stream_bytes
    broken,     ///< the client went away, or its framing is wrong
    stopping,   ///< the server stops
  };
  struct Part {
    Kind kind = Kind::end;
    std::string_view bytes;  ///< until the next call
  };
  /// What is not `bytes` is final: it is answered from then on.
  virtual Awaitable<Part> next() = 0;
};

/// Where the parts of an answer go. Each part has the idle timeout of ApiLimits.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// Waits until the system has taken `bytes`, which need not outlive the call's result. False: the
  /// client went away or does not read; nothing that is written later arrives.
  /// Bind what it says: g++ 12 makes a broken frame of some `co_return co_await sink.write(…)`.
  virtual Awaitable<bool> write(std::string_view bytes) = 0;
  /// The server stops: end soon; after the drain time the stream is cut.
  virtual bool is_ending() const noexcept = 0;
};

/// Writes the body of an answer, after its head was sent. True: it is complete. False: the client
/// must see that it is not, so the connection is cut without the end of the body.
using BodyWriter = std::function<Awaitable<bool>(BodySink&)>;

}  // namespace webmon::api
