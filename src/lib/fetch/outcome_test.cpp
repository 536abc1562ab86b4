#include "lib/fetch/outcome.hpp"

#include <curl/curl.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace webmon::fetch {
namespace {

struct Case {
  const char* name;
  TransferFacts facts;
  Outcome want;
};

TransferFacts with(int code, Phase phase = Phase::transfer) {
  TransferFacts facts;
  facts.code = code;
  facts.phase = phase;
  return facts;
}
template <class Change>
TransferFacts with(int code, Phase phase, Change change) {
  auto facts = with(code, phase);
  change(facts);
  return facts;
}

std::vector<Case> cases() {
  using F = TransferFacts;
  return {
      {"all well", with(CURLE_OK), Outcome::ok},
      {"HTTP/0.9", with(CURLE_UNSUPPORTED_PROTOCOL), Outcome::not_http},
      {"refused",
       with(CURLE_COULDNT_CONNECT, Phase::connect, [](F& f) { f.os_error = ECONNREFUSED; }),
       Outcome::connect},
      {"host unreachable",
       with(CURLE_COULDNT_CONNECT, Phase::connect, [](F& f) { f.os_error = EHOSTUNREACH; }),
       Outcome::connect},
      {"no local port left",
       with(CURLE_COULDNT_CONNECT, Phase::connect, [](F& f) { f.os_error = EADDRNOTAVAIL; }),
       Outcome::inconclusive},
      {"no buffers",
       with(CURLE_COULDNT_CONNECT, Phase::connect, [](F& f) { f.os_error = ENOBUFS; }),
       Outcome::inconclusive},
      {"no descriptor",
       with(CURLE_COULDNT_CONNECT, Phase::connect, [](F& f) { f.is_own_trouble = true; }),
       Outcome::inconclusive},
      {"refused by the socket callback",
       with(CURLE_COULDNT_CONNECT, Phase::connect, [](F& f) { f.is_policy_refusal = true; }),
       Outcome::blocked_by_policy},
      {"refused on reuse",
       with(CURLE_ABORTED_BY_CALLBACK, Phase::processing, [](F& f) { f.is_policy_refusal = true; }),
       Outcome::blocked_by_policy},
      {"weird reply", with(CURLE_WEIRD_SERVER_REPLY), Outcome::bad_header},
      {"less than announced", with(CURLE_PARTIAL_FILE), Outcome::truncated},
      {"head over our bound",
       with(CURLE_WRITE_ERROR, Phase::transfer, [](F& f) { f.is_header_limit = true; }),
       Outcome::header_limit},
      {"body over our bound",
       with(CURLE_WRITE_ERROR, Phase::transfer, [](F& f) { f.is_body_limit = true; }),
       Outcome::too_large},
      {"101",
       with(CURLE_WRITE_ERROR, Phase::transfer, [](F& f) { f.is_protocol_violation = true; }),
       Outcome::protocol},
      {"decoder gave up", with(CURLE_WRITE_ERROR), Outcome::bad_encoding},
      {"transfer encoding", with(CURLE_BAD_CONTENT_ENCODING), Outcome::bad_encoding},
      {"one huge header", with(CURLE_OUT_OF_MEMORY, Phase::transfer), Outcome::header_limit},
      {"memory, before anything was sent", with(CURLE_OUT_OF_MEMORY, Phase::connect),
       Outcome::inconclusive},
      {"memory, in the body",
       with(CURLE_OUT_OF_MEMORY, Phase::transfer, [](F& f) { f.has_head = true; }),
       Outcome::inconclusive},
      {"timeout", with(CURLE_OPERATION_TIMEDOUT, Phase::tls), Outcome::timeout},
      {"nothing came", with(CURLE_GOT_NOTHING), Outcome::empty_reply},
      {"send failed", with(CURLE_SEND_ERROR), Outcome::reset},
      {"reset", with(CURLE_RECV_ERROR, Phase::transfer, [](F& f) { f.os_error = ECONNRESET; }),
       Outcome::reset},
      {"chunk framing, with an errno of before",
       with(CURLE_RECV_ERROR, Phase::transfer,
            [](F& f) {
              f.os_error = ECONNRESET;
              f.message = "Illegal or missing hexadecimal sequence in chunked-encoding";
            }),
       Outcome::bad_chunk},
      {"TLS cut in the body",
       with(CURLE_RECV_ERROR, Phase::transfer,
            [](F& f) {
              f.has_head = true;
              f.message = "OpenSSL SSL_read: unexpected eof while reading";
            }),
       Outcome::truncated},
      {"TLS cut before the head",
       with(CURLE_RECV_ERROR, Phase::processing,
            [](F& f) { f.message = "OpenSSL SSL_read: unexpected eof while reading"; }),
       Outcome::empty_reply},
      {"handshake", with(CURLE_SSL_CONNECT_ERROR, Phase::tls), Outcome::tls},
      {"verification", with(CURLE_PEER_FAILED_VERIFICATION, Phase::tls), Outcome::tls},
      {"announced too large", with(CURLE_FILESIZE_EXCEEDED), Outcome::too_large},
      {"HTTP/2 framing", with(CURLE_HTTP2), Outcome::protocol},
      {"HTTP/2 stream", with(CURLE_HTTP2_STREAM), Outcome::protocol},
      {"our CA file", with(CURLE_SSL_CACERT_BADFILE), Outcome::inconclusive},
      {"anything else", with(CURLE_FAILED_INIT), Outcome::inconclusive},
  };
}

TEST(Outcome, FollowsTheTable) {
  for (const auto& c : cases()) {
    SCOPED_TRACE(c.name);
    const auto ending = ending_of(c.facts);
    EXPECT_EQ(to_string(ending.outcome), to_string(c.want));
    EXPECT_EQ(ending.detail.empty(), c.want == Outcome::ok);
  }
}

TEST(Outcome, ATimeoutNamesItsPhase) {
  EXPECT_EQ(ending_of(with(CURLE_OPERATION_TIMEDOUT, Phase::connect)).detail,
            "timeout in phase connect");
  EXPECT_EQ(ending_of(with(CURLE_OPERATION_TIMEDOUT, Phase::processing)).detail,
            "timeout in phase processing");
}

TEST(Outcome, ATlsFailureGivesTheReasonOfOurVerification) {
  auto facts = with(CURLE_PEER_FAILED_VERIFICATION, Phase::tls);
  facts.message = "SSL certificate problem";
  facts.tls_failure = "certificate has expired";
  EXPECT_EQ(ending_of(facts).detail, "certificate has expired");
}

}  // namespace
}  // namespace webmon::fetch
