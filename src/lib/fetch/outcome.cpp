#include "lib/fetch/outcome.hpp"

#include <curl/curl.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace webmon::fetch {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The executor's machine ran out of something; the page is not to blame.
bool is_exhaustion(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
         error == EADDRNOTAVAIL;
}

std::string errno_text(int error) {
  std::array<char, 128> buffer{};
  return strerror_r(error, buffer.data(), buffer.size());
}

Ending connect_failed(const TransferFacts& facts) {
  if (is_exhaustion(facts.os_error)) {
    return {Outcome::inconclusive, "this machine cannot connect: " + errno_text(facts.os_error)};
  }
  if (facts.os_error == 0) return {Outcome::connect, "cannot connect"};
  return {Outcome::connect, "cannot connect: " + errno_text(facts.os_error)};
}

Ending timed_out(const TransferFacts& facts) {
  return {Outcome::timeout, "timeout in phase " + std::string{to_string(facts.phase)}};
}

/// CURLE_WRITE_ERROR is the answer to our own callbacks, and of the decoders to trailing junk.
Ending write_failed(const TransferFacts& facts) {
  if (facts.is_header_limit) return {Outcome::header_limit, "response head over the bound"};
  if (facts.is_protocol_violation) return {Outcome::protocol, "unsolicited 101"};
  if (facts.is_body_limit) return {Outcome::too_large, "body over the bound"};
  return {Outcome::bad_encoding, "content encoding does not decode"};
}

/// CURLE_RECV_ERROR is a broken connection or broken chunked framing; only the text tells them
/// apart.
Ending receive_failed(const TransferFacts& facts) {
  // First: the errno may be that of an earlier transfer of the same handle.
  if (has(facts.message, "chunk")) return {Outcome::bad_chunk, "broken chunked framing"};
  if (facts.os_error == ECONNRESET) return {Outcome::reset, "connection reset"};
  if (has(facts.message, "unexpected eof")) {  // TLS closed without close_notify
    return facts.has_head ? Ending{Outcome::truncated, "connection closed inside the body"}
                          : Ending{Outcome::empty_reply, "connection closed without a response"};
  }
  return {Outcome::reset, "connection broken"};
}

Ending tls_failed(const TransferFacts& facts) {
  if (!facts.tls_failure.empty()) return {Outcome::tls, facts.tls_failure};
  return {Outcome::tls, facts.message.empty() ? "handshake failed" : facts.message};
}

/// 7.88 says "Out of memory" of a header line over its own bound of 100 KiB.
Ending out_of_memory(const TransferFacts& facts) {
  if (facts.phase >= Phase::processing && !facts.has_head) {
    return {Outcome::header_limit, "header line over the bound"};
  }
  return {Outcome::inconclusive, "out of memory"};
}

Ending aborted(const TransferFacts& facts) {
  if (facts.is_header_limit || facts.is_body_limit) return write_failed(facts);
  return {Outcome::inconclusive, "aborted"};
}

}  // namespace

std::string_view to_string(Phase phase) noexcept {
  switch (phase) {
    case Phase::resolve:
      return "resolve";
    case Phase::connect:
      return "connect";
    case Phase::tls:
      return "tls";
    case Phase::processing:
      return "processing";
    case Phase::transfer:
      return "transfer";
  }
  return "transfer";
}

Ending ending_of(const TransferFacts& facts) {
  if (facts.is_policy_refusal) {
    return {Outcome::blocked_by_policy, "the address policy refuses the address of the host"};
  }
  if (facts.is_own_trouble)
    return {Outcome::inconclusive, "this machine is out of sockets or memory"};
  switch (facts.code) {
    case CURLE_OK:
      return {Outcome::ok, {}};
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {Outcome::not_http, "the answer is not HTTP"};
    case CURLE_URL_MALFORMAT:
      return {Outcome::bad_redirect, "malformed URL"};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Outcome::dns, "the name does not resolve"};
    case CURLE_COULDNT_CONNECT:
      return connect_failed(facts);
    case CURLE_WEIRD_SERVER_REPLY:
      return {Outcome::bad_header, "malformed response head"};
    case CURLE_PARTIAL_FILE:
      return {Outcome::truncated, "less body than announced"};
    case CURLE_WRITE_ERROR:
      return write_failed(facts);
    case CURLE_OUT_OF_MEMORY:
      return out_of_memory(facts);
    case CURLE_OPERATION_TIMEDOUT:
      return timed_out(facts);
    case CURLE_ABORTED_BY_CALLBACK:
      return aborted(facts);
    case CURLE_TOO_MANY_REDIRECTS:
      return {Outcome::redirect_limit, "too many redirects"};
    case CURLE_GOT_NOTHING:
      return {Outcome::empty_reply, "connection closed without a response"};
    case CURLE_SEND_ERROR:
      return {Outcome::reset, "connection broken while sending"};
    case CURLE_RECV_ERROR:
      return receive_failed(facts);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return tls_failed(facts);
    case CURLE_BAD_CONTENT_ENCODING:
      return {Outcome::bad_encoding, "content encoding does not decode"};
    case CURLE_FILESIZE_EXCEEDED:
      return {Outcome::too_large, "announced body over the bound"};
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP_RETURNED_ERROR:
    case CURLE_CHUNK_FAILED:
      return {Outcome::protocol, "HTTP protocol error"};
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CERTPROBLEM:
      return {Outcome::inconclusive, "TLS cannot start on this machine"};
    default:
      return {Outcome::inconclusive,
              "libcurl: " + std::string{curl_easy_strerror(static_cast<CURLcode>(facts.code))}};
  }
}

bool is_worth_another_address(Outcome outcome) noexcept {
  return outcome == Outcome::connect || outcome == Outcome::blocked_by_policy;
}

}  // namespace webmon::fetch
