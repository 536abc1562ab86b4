#include "pipeline/api/socket_streams.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>

namespace webmon::api {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

SocketSource::SocketSource(std::shared_ptr<Session> session, HeadParser&& head,
                           milliseconds part_timeout, bool waits_for_continue)
    : session_{std::move(session)},
      parser_{std::move(head)},
      part_timeout_{part_timeout},
      waits_for_continue_{waits_for_continue} {
  if (parser_.is_done()) end_ = Kind::end;
}

Awaitable<bool> SocketSource::allow() {
  if (!waits_for_continue_) co_return true;
  waits_for_continue_ = false;
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  session_->expires_after(part_timeout_);
  auto [ec, size] = co_await asio::async_write(session_->socket, asio::buffer(kContinue), kAsTuple);
  session_->expires_never();
  co_return !ec;
}

Awaitable<BodySource::Part> SocketSource::next() {
  if (end_ == Kind::bytes && !co_await allow()) end_ = Kind::broken;
  auto& body = parser_.get().body();
  while (end_ == Kind::bytes) {
    if (parser_.is_done()) {
      end_ = Kind::end;
      break;
    }
    if (session_->is_ending) {
      end_ = Kind::stopping;
      break;
    }
    body.data = bytes_.data();
    body.size = bytes_.size();
    session_->is_streaming_in = true;
    session_->expires_after(part_timeout_);
    auto [ec, size] =
        co_await http::async_read_some(session_->socket, session_->buffer, parser_, kAsTuple);
    session_->expires_never();
    session_->is_streaming_in = false;
    if (ec && ec != http::error::need_buffer) end_ = kind_of(ec);
    const auto count = bytes_.size() - body.size;
    if (count > 0) co_return Part{Kind::bytes, {bytes_.data(), count}};
  }
  co_return Part{end_, {}};
}

BodySource::Kind SocketSource::kind_of(error_code ec) const noexcept {
  if (ec == http::error::body_limit) return Kind::too_large;
  if (ec != asio::error::operation_aborted) return Kind::broken;
  return session_->is_ending ? Kind::stopping : Kind::too_slow;
}

Awaitable<bool> SocketSink::write(std::string_view bytes) {
  if (is_broken_) co_return false;
  if (bytes.empty()) co_return true;  // an empty chunk would end the body
  session_.expires_after(part_timeout_);
  const auto part = asio::buffer(bytes);
  error_code ec;
  if (is_chunked_) {
    const auto chunk = http::make_chunk(part);
    auto [error, size] = co_await asio::async_write(session_.socket, chunk, kAsTuple);
    ec = error;
  } else {
    auto [error, size] = co_await asio::async_write(session_.socket, part, kAsTuple);
    ec = error;
  }
  session_.expires_never();
  is_broken_ = ec.failed();
  co_return !is_broken_;
}

Awaitable<bool> SocketSink::finish() {
  if (is_broken_ || !is_chunked_) co_return !is_broken_;
  session_.expires_after(part_timeout_);
  const auto last = http::make_chunk_last();
  auto [ec, size] = co_await asio::async_write(session_.socket, last, kAsTuple);
  session_.expires_never();
  co_return !ec;
}

}  // namespace webmon::api
