/// BodySource and BodySink over a connection: framing by HTTP (RFC 9112 §6, §7), deadlines by the
/// session. Internal to this folder.
#pragma once

#include <array>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "pipeline/api/session.hpp"
#include "pipeline/api/streams.hpp"

namespace webmon::api {

using HeadParser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

class SocketSource final : public BodySource {
 public:
  /// `head` has parsed a head and nothing more. `waits_for_continue`: the client sends its body
  /// only after 100 Continue.
  SocketSource(std::shared_ptr<Session> session, HeadParser&& head, milliseconds part_timeout,
               bool waits_for_continue);

  Awaitable<Part> next() override;
  /// Tells the client that its body is wanted, if it waits for that. next() does it too; but it
  /// must happen before the final answer begins (RFC 9110 §15.2). False: the client went away.
  Awaitable<bool> allow();
  /// All was read, so that the next request can follow on this connection.
  bool is_complete() const noexcept { return end_ == Kind::end; }

 private:
  Kind kind_of(boost::system::error_code ec) const noexcept;

  std::shared_ptr<Session> session_;
  boost::beast::http::request_parser<boost::beast::http::buffer_body> parser_;
  milliseconds part_timeout_;
  bool waits_for_continue_;
  Kind end_ = Kind::bytes;  ///< of the stream; `bytes`: it goes on
  std::array<char, 16 * 1'024> bytes_;
};

class SocketSink final : public BodySink {
 public:
  /// Not `is_chunked`: the body ends with the connection, as HTTP/1.0 has it.
  SocketSink(Session& session, milliseconds part_timeout, bool is_chunked) noexcept
      : session_{session}, part_timeout_{part_timeout}, is_chunked_{is_chunked} {}

  Awaitable<bool> write(std::string_view bytes) override;
  bool is_ending() const noexcept override { return session_.is_ending; }
  /// The end of the body. False: it did not arrive.
  Awaitable<bool> finish();

 private:
  Session& session_;
  milliseconds part_timeout_;
  bool is_chunked_;
  bool is_broken_ = false;
};

}  // namespace webmon::api
