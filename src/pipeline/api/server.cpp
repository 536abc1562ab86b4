#include "pipeline/api/server.hpp"

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <unordered_set>

#include "lib/core/log.hpp"
#include "pipeline/api/head_guard.hpp"
#include "pipeline/api/listen_address.hpp"
#include "pipeline/api/port_holder.hpp"
#include "pipeline/api/problem.hpp"
#include "pipeline/api/session.hpp"
#include "pipeline/api/socket_streams.hpp"

namespace webmon::api {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

using Parser = http::request_parser<http::string_body>;

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

std::string_view view(const beast::flat_buffer& buffer) {
  const auto data = buffer.cdata();
  return {static_cast<const char*>(data.data()), data.size()};
}

Problem refusal(int status, std::string_view code, std::string_view detail) {
  Problem problem;
  problem.status = status;
  problem.code = code;
  problem.detail = detail;
  return problem;
}

template <class Body>
Request request_of(const http::request<Body>& message, std::string id) {
  Request request;
  request.id = std::move(id);
  request.method = message.method_string();
  request.path = message.target();
  for (const auto& field : message) {
    request.headers.emplace_back(lower(field.name_string()), field.value());
  }
  const auto named = request.header("x-request-id");
  if (named && is_request_id(*named)) request.id = *named;
  return request;
}

/// What the framing of an answer depends on.
struct Framing {
  unsigned version = 11;
  bool is_head = false;  ///< the request's method is HEAD
};

// RFC 9110, 6.4.1
bool has_body(const Response& response) noexcept {
  return response.status != 204 && response.status != 304;
}

/// Everything of the head but the framing of the body.
template <class Body>
http::response<Body> head_of(const Response& response, const Framing& framing, bool keeps_alive) {
  http::response<Body> message;
  message.version(framing.version);
  message.result(static_cast<unsigned>(response.status));
  message.reason(reason_of(response.status));
  for (const auto& [name, value] : response.headers) message.set(name, value);
  message.set("Cache-Control", "no-store");
  message.set("X-Content-Type-Options", "nosniff");
  message.keep_alive(keeps_alive);
  if (has_body(response)) message.set(http::field::content_type, response.content_type);
  return message;
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  asio::io_context& context;
  ApiLimits limits;
  Rng& rng;
  Counters& counters;
  Answerer answerer;
  ReadsStream reads_stream;
  tcp::acceptor acceptor;
  asio::steady_timer pause;  ///< after an error of accept, and while draining
  std::unordered_set<std::shared_ptr<Session>> sessions;
  std::function<void()> drained;
  bool is_stopping = false;

  Impl(asio::io_context& io, ApiLimits bounds, Rng& random, Counters& counts, Answerer answers,
       ReadsStream streams)
      : context{io},
        limits{bounds},
        rng{random},
        counters{counts},
        answerer{std::move(answers)},
        reads_stream{std::move(streams)},
        acceptor{io},
        pause{io} {}

  Result<void> listen(const ListenAddress& where) {
    const tcp::endpoint endpoint{asio::ip::make_address(where.address), where.port};
    error_code ec;
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (!ec) return {};
    const auto place = where.address + ":" + std::to_string(where.port);
    if (ec != asio::error::address_in_use)
      return fail(Errc::bad_config, place + ": " + ec.message());
    const auto holder = port_holder(where.port);
    return fail(Errc::conflict, "port " + place + " is taken" +
                                    (holder ? " by " + *holder : std::string{}) +
                                    "; stop that, or choose another port with --listen");
  }

  Awaitable<void> accept() {
    const auto self = shared_from_this();
    while (!is_stopping) {
      auto [ec, socket] = co_await acceptor.async_accept(kAsTuple);
      if (is_stopping) co_return;
      if (ec) {  // no descriptors left, for instance: let others end first
        log_warn("cannot accept a connection", {{"error", ec.message()}});
        pause.expires_after(milliseconds{100});
        auto [ignored] = co_await pause.async_wait(kAsTuple);
        static_cast<void>(ignored);
        continue;
      }
      if (sessions.size() >= limits.connections) {
        turn_away(std::move(socket));
        continue;
      }
      auto session = std::make_shared<Session>(std::move(socket));
      sessions.insert(session);
      ++counters.connections_accepted;
      counters.connections = sessions.size();
      auto coroutine = serve(session);
      auto ended = [self, session](const std::exception_ptr& error) {
        if (error) log_error("a connection's coroutine failed", {});
        self->forget(session);
      };
      asio::co_spawn(context, std::move(coroutine), std::move(ended));
    }
  }

  /// Best effort, without waiting: the peer sees why, if its buffer takes it.
  void turn_away(tcp::socket socket) {
    const auto id = next_id();
    const auto detail = std::to_string(limits.connections) + " connections are open";
    const auto body = to_response(refusal(503, "too_busy", detail), id).body;
    const auto text =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
        "Content-Type: application/problem+json\r\nX-Request-Id: " +
        id + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    counters.refused("too_busy");
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void forget(const std::shared_ptr<Session>& session) {
    sessions.erase(session);
    counters.connections = sessions.size();
    if (is_stopping && sessions.empty() && drained) std::exchange(drained, nullptr)();
  }

  Awaitable<void> serve(std::shared_ptr<Session> session) {
    const auto self = shared_from_this();
    error_code ignored;
    session->socket.set_option(tcp::no_delay{true}, ignored);
    while (session->keeps_alive && !is_stopping) {
      if (!co_await serve_one(*session)) break;
    }
    if (!session->is_idle) co_await linger(*session);
  }

  /// Ends our side, then reads what the peer still sends for a moment: closing at once would reset
  /// the connection and could take our last answer with it.
  Awaitable<void> linger(Session& session) {
    error_code ec;
    session.socket.shutdown(tcp::socket::shutdown_send, ec);
    session.expires_after(seconds{1});
    std::array<char, 4'096> rest;
    std::size_t most = 1U << 20U;
    while (!ec && most > 0) {
      auto [error, size] = co_await session.socket.async_read_some(asio::buffer(rest), kAsTuple);
      ec = error;
      most -= std::min(most, size);
    }
    session.socket.close(ec);
  }

  /// One request and its answer. False: the connection is of no further use.
  Awaitable<bool> serve_one(Session& session) {
    session.is_idle = true;
    if (session.buffer.size() == 0) {
      session.expires_after(limits.idle_timeout);
      if (!co_await read_some(session)) co_return false;
    }
    session.is_idle = false;
    session.expires_after(limits.header_timeout);
    while (true) {
      const auto head = check_head(view(session.buffer), limits.header_bytes);
      if (std::holds_alternative<HeadComplete>(head)) break;
      if (const auto* bad = std::get_if<HeadRefused>(&head)) {
        co_return co_await refuse(session, refusal(bad->status, bad->code, bad->detail));
      }
      if (!co_await read_some(session)) co_return co_await give_up(session);
    }
    HeadParser head;
    head.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    head.body_limit(limits.stream_bytes);
    if (auto ec = co_await read_head(session, head)) {
      co_return co_await refuse_error(session, ec, limits.stream_bytes);
    }
    if (const auto expect = head.get().find(http::field::expect);
        expect != head.get().end() && lower(expect->value()) != "100-continue") {
      co_return co_await refuse(session,
                                refusal(417, "bad_expectation", "Expect: 100-continue only"));
    }
    if (reads_stream && reads_stream(head.get().method_string(), head.get().target())) {
      co_return co_await answer_stream(session, head);
    }
    co_return co_await answer_whole(session, head);
  }

  /// A request whose body its handler reads part by part.
  Awaitable<bool> answer_stream(Session& session, HeadParser& head) {
    auto request = request_of(head.get(), next_id());
    const Framing framing{head.get().version(), false};
    session.keeps_alive = head.get().keep_alive();
    const bool waits = head.get().find(http::field::expect) != head.get().end();
    const auto source = std::make_shared<SocketSource>(session.shared_from_this(), std::move(head),
                                                       limits.body_timeout, waits);
    request.source = source;
    session.expires_never();
    auto response = co_await run_handler(std::move(request));
    if (response.stream && !co_await source->allow()) co_return false;
    if (!response.stream && !source->is_complete()) session.keeps_alive = false;
    if (!co_await write(session, std::move(response), framing)) co_return false;
    co_return source->is_complete();
  }

  Awaitable<bool> answer_whole(Session& session, HeadParser& head) {
    const auto announced = head.content_length();
    if (announced && *announced > limits.body_bytes) {
      co_return co_await refuse_error(session, http::error::body_limit, limits.body_bytes);
    }
    Parser parser{std::move(head)};
    parser.body_limit(limits.body_bytes);
    session.expires_after(limits.body_timeout);
    if (!co_await send_continue(session, parser)) co_return false;
    auto [ec, size] = co_await http::async_read(session.socket, session.buffer, parser, kAsTuple);
    if (ec && session.is_late) co_return co_await give_up(session);
    if (ec) co_return co_await refuse_error(session, ec, limits.body_bytes);
    auto message = parser.release();
    auto request = request_of(message, next_id());
    request.body = std::move(message.body());
    session.keeps_alive = message.keep_alive();
    session.expires_never();  // handlers have deadlines of their own
    const Framing framing{message.version(), request.method == "HEAD"};
    auto response = co_await run_handler(std::move(request));
    co_return co_await write(session, std::move(response), framing);
  }

  Awaitable<Response> run_handler(Request request) {
    const auto id = request.id;
    auto response = co_await answerer(std::move(request));
    response.headers.emplace_back("X-Request-Id", id);
    co_return response;
  }

  Awaitable<bool> read_some(Session& session) {
    auto space = session.buffer.prepare(4'096);
    auto [ec, size] = co_await session.socket.async_read_some(space, kAsTuple);
    session.buffer.commit(size);
    session.keeps_alive = !ec;
    co_return !ec;
  }

  Awaitable<error_code> read_head(Session& session, HeadParser& parser) {
    auto [ec, size] =
        co_await http::async_read_header(session.socket, session.buffer, parser, kAsTuple);
    co_return ec;
  }

  Awaitable<bool> send_continue(Session& session, Parser& parser) {
    if (parser.get().find(http::field::expect) == parser.get().end()) co_return true;
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    auto [ec, size] = co_await asio::async_write(session.socket, asio::buffer(kContinue), kAsTuple);
    co_return !ec;
  }

  /// The peer was too slow in the middle of a request, or went away.
  Awaitable<bool> give_up(Session& session) {
    if (!session.is_late) co_return false;
    co_return co_await refuse(session,
                              refusal(408, "request_timeout", "the request came too slowly"));
  }

  Awaitable<bool> refuse_error(Session& session, error_code ec, std::uint64_t limit) {
    if (ec == http::error::body_limit) {
      const auto detail = "the body is over " + std::to_string(limit) + " bytes";
      co_return co_await refuse(session, refusal(413, "too_large", detail));
    }
    if (ec == http::error::end_of_stream || ec == http::error::partial_message ||
        ec.category() != error_code{http::error::bad_method}.category()) {
      co_return false;
    }
    co_return co_await refuse(session, refusal(400, "bad_request", ec.message()));
  }

  /// Always false, as the result of serve_one: what follows on this connection cannot be trusted.
  Awaitable<bool> refuse(Session& session, Problem problem) {
    session.keeps_alive = false;
    counters.refused(problem.code);
    const auto id = next_id();
    auto response = to_response(problem, id);
    response.headers.emplace_back("X-Request-Id", id);
    const Framing framing;
    const bool is_written = co_await write(session, std::move(response), framing);
    static_cast<void>(is_written);
    co_return false;
  }

  std::string next_id() { return make_token(rng).substr(0, 16); }

  Awaitable<bool> write(Session& session, Response response, Framing framing) {
    if (is_stopping) session.keeps_alive = false;
    if (response.stream) {
      co_return co_await write_stream(session, std::move(response), framing);
    }
    auto message = head_of<http::string_body>(response, framing, session.keeps_alive);
    if (has_body(response)) message.content_length(response.body.size());
    message.body() = std::move(response.body);
    session.expires_after(limits.idle_timeout);
    http::response_serializer<http::string_body> serializer{message};
    if (framing.is_head) {
      auto [ec, size] = co_await http::async_write_header(session.socket, serializer, kAsTuple);
      co_return !ec;
    }
    auto [ec, size] = co_await http::async_write(session.socket, serializer, kAsTuple);
    co_return !ec;
  }

  /// False also if the body is not complete: then the connection ends without the body's end.
  Awaitable<bool> write_stream(Session& session, Response response, Framing framing) {
    const bool is_chunked = framing.version >= 11;
    session.keeps_alive = session.keeps_alive && is_chunked;
    auto message = head_of<http::empty_body>(response, framing, session.keeps_alive);
    if (is_chunked) message.chunked(true);
    http::response_serializer<http::empty_body> serializer{message};
    session.expires_after(limits.idle_timeout);
    auto [ec, size] = co_await http::async_write_header(session.socket, serializer, kAsTuple);
    session.expires_never();
    if (ec || framing.is_head) co_return !ec;
    const OpenStream open{counters};
    SocketSink sink{session, limits.idle_timeout, is_chunked};
    if (!co_await response.stream(sink)) co_return false;
    co_return co_await sink.finish();
  }
};

Server::Server(asio::io_context& context, ApiLimits limits, Rng& rng, Counters& counters,
               Answerer answerer, ReadsStream reads_stream)
    : impl_{std::make_shared<Impl>(context, limits, rng, counters, std::move(answerer),
                                   std::move(reads_stream))} {}

Server::~Server() = default;

Result<void> Server::listen(const std::string& address) {
  const auto where = parse_listen_address(address);
  if (!where) return fail(where.error());
  if (auto ok = impl_->listen(*where); !ok) return ok;
  asio::co_spawn(impl_->context, impl_->accept(), asio::detached);
  return {};
}

std::uint16_t Server::port() const noexcept {
  error_code ec;
  const auto endpoint = impl_->acceptor.local_endpoint(ec);
  return ec ? std::uint16_t{0} : endpoint.port();
}

void Server::set_limits(const ApiLimits& limits) { impl_->limits = limits; }

void Server::stop(std::function<void()> drained) {
  auto& self = *impl_;
  if (self.is_stopping) return;
  self.is_stopping = true;
  error_code ignored;
  self.acceptor.close(ignored);
  self.pause.cancel();
  for (const auto& session : self.sessions) session->end_soon();
  if (self.sessions.empty()) return drained();
  self.drained = std::move(drained);
  self.pause.expires_after(self.limits.drain_timeout);
  self.pause.async_wait([impl = impl_](error_code ec) {
    if (!ec && impl->drained) std::exchange(impl->drained, nullptr)();
  });
}

}  // namespace webmon::api
