#include "lib/fetch/tls.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <new>
#include <utility>

#include "lib/fetch/certificate.hpp"

namespace webmon::fetch {
namespace {

using Shared = std::shared_ptr<TlsHandshake>;

/// The SSL_CTX owns one reference, for as long as its connection lives.
int context_slot() {
  static const int kSlot = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr, [](void*, void* value, CRYPTO_EX_DATA*, int, long, void*) {
        delete static_cast<Shared*>(value);
      });
  return kSlot;
}

TlsHandshake* handshake_in(SSL_CTX* context) {
  auto* shared = static_cast<Shared*>(SSL_CTX_get_ex_data(context, context_slot()));
  return shared == nullptr ? nullptr : shared->get();
}

std::string alpn_of(const SSL* ssl) {
  const unsigned char* data = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &data, &size);
  return {reinterpret_cast<const char*>(data), size};
}

void fill_connection(Tls& tls, const SSL* ssl) {
  tls.version = SSL_get_version(ssl);
  const char* cipher = SSL_get_cipher_name(ssl);
  tls.cipher = cipher == nullptr ? "" : cipher;
  tls.alpn = alpn_of(ssl);
}

std::string failure_text(const Tls& tls, int error) {
  if (!tls.is_chain_ok) return X509_verify_cert_error_string(error);
  return tls.is_host_ok ? std::string{} : "host name mismatch";
}

/// Replaces X509_verify_cert as a whole, so that the facts stay after a failure.
int verify_peer(X509_STORE_CTX* store, TlsHandshake& handshake) {
  auto tls = std::make_shared<Tls>();
  X509* leaf = X509_STORE_CTX_get0_cert(store);
  tls->is_chain_ok = X509_verify_cert(store) == 1;
  const int error = X509_STORE_CTX_get_error(store);
  tls->is_chain_ok = tls->is_chain_ok && error == X509_V_OK;
  tls->is_host_ok = leaf != nullptr && names_host(leaf, handshake.host);
  tls->is_verified = tls->is_chain_ok && tls->is_host_ok;
  tls->failure = failure_text(*tls, error);
  tls->chain = chain_of(leaf, X509_STORE_CTX_get0_untrusted(store));
  tls->verified_at = handshake.observed_at;
  const bool goes_on = tls->is_verified || !handshake.must_verify;
  // libcurl looks at this result once more, and it picks the alert that the server gets.
  if (goes_on) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
  } else if (error == X509_V_OK) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
  }
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (ssl != nullptr) fill_connection(*tls, ssl);
  handshake.facts = std::move(tls);
  handshake.verified_at = handshake.now;
  return goes_on ? 1 : 0;
}

/// For OpenSSL. Not called on resumption.
int verify(X509_STORE_CTX* store, void* argument) noexcept {
  auto& handshake = *static_cast<TlsHandshake*>(argument);
  try {
    return verify_peer(store, handshake);
  } catch (const std::bad_alloc&) {
    handshake.is_out_of_memory = true;
    X509_STORE_CTX_set_error(store, X509_V_ERR_OUT_OF_MEM);
    return 0;
  }
}

void offer_session(const SSL* connection, TlsHandshake& handshake) {
  const auto sessions = handshake.sessions.lock();
  const auto* cached = sessions == nullptr ? nullptr : sessions->find(handshake.key, handshake.now);
  if (cached == nullptr) return;
  const auto* bytes = reinterpret_cast<const unsigned char*>(cached->der.data());
  SSL_SESSION* session = d2i_SSL_SESSION(nullptr, &bytes, static_cast<long>(cached->der.size()));
  if (session == nullptr) {
    sessions->drop(handshake.key);
    return;
  }
  // The info callback hands out a const pointer, though this is the moment to choose a session.
  if (SSL_set_session(const_cast<SSL*>(connection), session) == 1) {
    handshake.was_offered = true;
    handshake.offered_facts = cached->facts;
    handshake.verified_at = cached->verified_at;
  }
  SSL_SESSION_free(session);
}

void on_info(const SSL* ssl, int where, int) noexcept {
  auto* handshake = handshake_in(SSL_get_SSL_CTX(ssl));
  if (handshake == nullptr || handshake->is_established) return;
  if ((where & SSL_CB_HANDSHAKE_START) == 0 || handshake->was_offered) return;
  try {
    offer_session(ssl, *handshake);
  } catch (const std::bad_alloc&) {
    handshake->was_offered = false;  // then it is a full handshake
  }
}

std::string serialised(SSL_SESSION* session) {
  const int size = i2d_SSL_SESSION(session, nullptr);
  if (size <= 0) return {};
  std::string der(static_cast<std::size_t>(size), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_SSL_SESSION(session, &out);
  return der;
}

/// Facts as a later page that resumes this session will show them.
std::shared_ptr<const Tls> as_resumed(const Tls& tls) {
  auto copy = std::make_shared<Tls>(tls);
  copy->is_resumed = true;
  return copy;
}

void keep_session(const SSL* ssl, SSL_SESSION* session, TlsHandshake& handshake) {
  const auto sessions = handshake.sessions.lock();
  const bool is_resumed = SSL_session_reused(ssl) == 1;
  const auto facts = is_resumed ? handshake.offered_facts : handshake.facts;
  if (sessions == nullptr || facts == nullptr || !facts->is_verified) return;
  auto der = serialised(session);
  if (der.empty() || SSL_SESSION_is_resumable(session) != 1) return;
  if (handshake.resumable_facts == nullptr) {  // servers send several tickets
    handshake.resumable_facts = is_resumed ? facts : as_resumed(*facts);
  }
  sessions->put(handshake.key,
                TlsSession{std::move(der), handshake.resumable_facts, handshake.verified_at});
}

/// With TLS 1.3 this is called after the handshake, when tickets arrive; with 1.2 at its end.
int on_new_session(SSL* ssl, SSL_SESSION* session) noexcept {
  auto* handshake = handshake_in(SSL_get_SSL_CTX(ssl));
  if (handshake == nullptr) return 0;
  try {
    keep_session(ssl, session, *handshake);
  } catch (const std::bad_alloc&) {
    return 0;  // the next handshake is a full one
  }
  return 0;  // we keep bytes, not the session
}

/// A session of before may be resumed with another cipher or protocol.
std::shared_ptr<const Tls> completed(const std::shared_ptr<const Tls>& facts, const SSL* ssl,
                                     bool is_resumed) {
  if (facts == nullptr) return nullptr;
  Tls now;
  fill_connection(now, ssl);
  if (facts->is_resumed == is_resumed && facts->version == now.version &&
      facts->cipher == now.cipher && facts->alpn == now.alpn) {
    return facts;
  }
  auto copy = std::make_shared<Tls>(*facts);
  copy->version = now.version;
  copy->cipher = now.cipher;
  copy->alpn = now.alpn;
  copy->is_resumed = is_resumed;
  return copy;
}

}  // namespace

bool install(SSL_CTX* context, std::shared_ptr<TlsHandshake> handshake) {
  TlsHandshake* raw = handshake.get();
  auto owned = std::make_unique<Shared>(std::move(handshake));
  if (SSL_CTX_set_ex_data(context, context_slot(), owned.get()) != 1) return false;
  static_cast<void>(owned.release());
  SSL_CTX_set_cert_verify_callback(context, verify, raw);
  SSL_CTX_set_info_callback(context, on_info);
  SSL_CTX_clear_options(context,
                        SSL_OP_NO_TICKET);  // libcurl sets it, which ends resumption in 1.2
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, on_new_session);
  return true;
}

std::shared_ptr<TlsHandshake> handshake_of(SSL* connection) {
  auto* shared =
      static_cast<Shared*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), context_slot()));
  if (shared == nullptr) return nullptr;
  auto& handshake = **shared;
  if (!handshake.is_established) {
    handshake.is_established = true;
    handshake.is_resumed = SSL_session_reused(connection) == 1;
    if (handshake.is_resumed) handshake.facts = handshake.offered_facts;
    handshake.facts = completed(handshake.facts, connection, handshake.is_resumed);
  }
  return *shared;
}

}  // namespace webmon::fetch
