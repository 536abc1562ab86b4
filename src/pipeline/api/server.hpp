/// The HTTP listener and its connections: limits, timeouts, keep-alive. Knows no route. Internal to
/// this folder.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "lib/core/rng.hpp"
#include "pipeline/api/api.hpp"
#include "pipeline/api/coroutine.hpp"
#include "pipeline/api/counters.hpp"
#include "pipeline/api/http_message.hpp"

namespace webmon::api {

class Server {
 public:
  /// The answer to one request whose `path` is the whole request target as sent.
  using Answerer = std::function<Awaitable<Response>(Request)>;

  /// Whether the body of this request is left to its handler, as Request::source. `target` as sent.
  using ReadsStream = std::function<bool(std::string_view method, std::string_view target)>;

  /// `counters` must outlive it.
  Server(boost::asio::io_context& context, ApiLimits limits, Rng& rng, Counters& counters,
         Answerer answerer, ReadsStream reads_stream);
  ~Server();

  /// Errors: as Api::start.
  Result<void> listen(const std::string& address);
  std::uint16_t port() const noexcept;
  /// For what is read and written from now on.
  void set_limits(const ApiLimits& limits);
  /// No new connections; idle ones are closed, request bodies under way end as `stopping`;
  /// `drained` is called when none is left, or after the drain time.
  void stop(std::function<void()> drained);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace webmon::api
