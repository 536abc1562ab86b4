/// TLS sessions that may be resumed, each with the facts of its full handshake. Bounded; the least
/// recently used goes first. Kept in serialised form: compact, and no state shared with live
/// connections. Only sessions of verified handshakes may be put in. Threads: none; owned by the
/// loop's.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/page.hpp"

namespace webmon::fetch {

struct TlsSession {
  std::string der;                   ///< i2d_SSL_SESSION
  std::shared_ptr<const Tls> facts;  ///< of the full handshake
  MonoTime verified_at{};            ///< of the full handshake, however often it was resumed since
};

class TlsSessions {
 public:
  /// A session is given out for `lifetime` after its full handshake, then a full one is due again.
  TlsSessions(std::size_t capacity, nanoseconds lifetime)
      : capacity_{capacity}, lifetime_{lifetime} {}

  /// Replaces an earlier one of the same key. Tickets over 16 KiB are not kept.
  void put(const std::string& key, TlsSession session);
  /// Nothing if unknown or due for a full handshake. Stays valid until the next `put` or `drop`.
  const TlsSession* find(const std::string& key, MonoTime now);
  void drop(const std::string& key);
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    TlsSession session;
  };
  std::size_t capacity_;
  nanoseconds lifetime_;
  std::list<Entry> order_;  ///< newest first
  std::unordered_map<std::string, std::list<Entry>::iterator> entries_;
};

}  // namespace webmon::fetch
