#include "lib/fetch/tls_sessions.hpp"

#include <utility>

namespace webmon::fetch {
namespace {
constexpr std::size_t kMaxSession = 16 * 1024;
}  // namespace

void TlsSessions::put(const std::string& key, TlsSession session) {
  if (capacity_ == 0 || session.der.size() > kMaxSession) return;
  drop(key);
  if (entries_.size() >= capacity_) {
    entries_.erase(order_.back().key);
    order_.pop_back();
  }
  order_.push_front(Entry{key, std::move(session)});
  entries_.emplace(key, order_.begin());
}

const TlsSession* TlsSessions::find(const std::string& key, MonoTime now) {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return nullptr;
  if (now - it->second->session.verified_at >= lifetime_) {
    drop(key);
    return nullptr;
  }
  order_.splice(order_.begin(), order_, it->second);
  return &it->second->session;
}

void TlsSessions::drop(const std::string& key) {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return;
  order_.erase(it->second);
  entries_.erase(it);
}

}  // namespace webmon::fetch
