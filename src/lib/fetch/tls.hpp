/// What Webmon does in a TLS handshake that libcurl does not: it verifies chain and host itself,
/// keeps the facts of the certificates whatever the verdict, and resumes sessions from its own
/// cache. Threads: the loop's.   Source: SSL_CTX_set_cert_verify_callback(3),
/// SSL_CTX_sess_set_new_cb(3).
#pragma once

#include <memory>
#include <string>

#include "lib/core/clock.hpp"
#include "lib/core/page.hpp"
#include "lib/fetch/tls_sessions.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace webmon::fetch {

/// One connection's handshake. Shared by the transfer and the SSL_CTX, which may outlive it.
struct TlsHandshake {
  std::string host;                     ///< must be named by the leaf
  std::string key;                      ///< of the session cache: host, port, verify mode
  bool must_verify = true;              ///< false: go on with a bad certificate, and say so
  StoreTime observed_at{};              ///< stored as the time of a full handshake
  MonoTime now{};                       ///< monotonic time at the start
  std::weak_ptr<TlsSessions> sessions;  ///< expired: the fetcher is gone

  std::shared_ptr<const Tls> facts;  ///< after the verification, or those of the resumed session
  bool was_offered = false;          ///< a session went into the ClientHello
  bool is_established = false;
  bool is_out_of_memory = false;
  bool is_resumed = false;
  std::shared_ptr<const Tls> offered_facts;
  std::shared_ptr<const Tls> resumable_facts;  ///< as stored with the tickets of this connection
  MonoTime verified_at{};
};

/// Called from CURLOPT_SSL_CTX_FUNCTION. False: no memory.
bool install(ssl_ctx_st* context, std::shared_ptr<TlsHandshake> handshake);

/// The handshake of an established connection, completed with version, cipher and ALPN; nullptr if
/// `install` was not called on it.
std::shared_ptr<TlsHandshake> handshake_of(ssl_st* connection);

}  // namespace webmon::fetch
