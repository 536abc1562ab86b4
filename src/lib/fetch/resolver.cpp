#include "lib/fetch/resolver.hpp"

#include <ares.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <list>
#include <map>
#include <unordered_map>
#include <utility>

#include "lib/fetch/ares_channel.hpp"

namespace webmon::fetch {
namespace {

constexpr std::size_t kMaxAddresses = 16;

Answer::Status status_of(int ares) noexcept {
  switch (ares) {
    case ARES_SUCCESS:
      return Answer::Status::ok;
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
      return Answer::Status::not_found;
    case ARES_ETIMEOUT:
      return Answer::Status::timeout;
    case ARES_ENOMEM:
    case ARES_ECONNREFUSED:
    case ARES_EFILE:
    case ARES_ENOTINITIALIZED:
      return Answer::Status::own_trouble;
    default:
      return Answer::Status::failed;
  }
}

}  // namespace

struct Resolver::Impl {
  /// Owned by c-ares from ares_getaddrinfo until its callback, which always comes once.
  struct Query {
    Impl* owner;
    std::string host;
  };
  struct Waiter {
    std::string host;
    Callback callback;
    Loop::TimerId timer = 0;
  };
  struct Entry {
    Answer answer;
    MonoTime expires{};
    std::list<std::string>::iterator age;  ///< place in `ages`, newest first
  };

  Loop& loop;
  ResolverConfig config;
  std::unordered_map<std::string, Entry> entries;
  std::list<std::string> ages;
  std::map<Ticket, Waiter> waiters;
  std::unordered_map<std::string, std::vector<Ticket>> asking;  ///< one query each
  std::vector<std::pair<std::string, Answer>> answered;         ///< to be told from the loop
  Loop::TimerId telling = 0;
  Ticket last_ticket = 0;
  std::uint64_t queries = 0, hits = 0;
  bool is_closing = false;
  AresChannel ares;  ///< last: its end calls back

  Impl(Loop& l, ResolverConfig c);
  ~Impl();
  void start_query(const std::string& host);
  void on_answer(const std::string& host, int status, ares_addrinfo* info);
  void tell();
  void tell_one(const std::string& host, const Answer& answer);
  void give_up(Ticket ticket);
  void remember(const std::string& host, const Answer& answer, seconds ttl);
  void forget(const std::string& host);
};

Resolver::Impl::Impl(Loop& l, ResolverConfig c)
    : loop{l}, config{std::move(c)}, ares{l, {.servers = config.servers}} {}

Resolver::Impl::~Impl() {
  is_closing = true;
  loop.cancel(telling);
  for (const auto& [ticket, waiter] : waiters) loop.cancel(waiter.timer);
}

void Resolver::Impl::start_query(const std::string& host) {
  ++queries;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NOSORT;  // sorting opens a socket per address
  auto query = std::make_unique<Query>(Query{this, host});
  ares_getaddrinfo(
      ares.get(), host.c_str(), nullptr, &hints,
      [](void* argument, int status, int, ares_addrinfo* info) {
        const std::unique_ptr<Query> done{static_cast<Query*>(argument)};
        done->owner->on_answer(done->host, status, info);
        if (info != nullptr) ares_freeaddrinfo(info);
      },
      query.release());
  ares.arm();
}

void Resolver::Impl::on_answer(const std::string& host, int status, ares_addrinfo* info) {
  if (is_closing) return;
  if (status == ARES_EDESTRUCTION) return start_query(host);
  Answer answer;
  answer.status = status_of(status);
  answer.detail = status == ARES_SUCCESS ? std::string{} : ares_strerror(status);
  int ttl = static_cast<int>(config.max_ttl.count());
  std::vector<IpAddress> found;
  for (auto* node = info == nullptr ? nullptr : info->nodes; node != nullptr;
       node = node->ai_next) {
    if (auto ip = ip_of(node->ai_addr)) found.push_back(*ip);
    ttl = std::min(ttl, node->ai_ttl);
  }
  answer.addresses = interleave(found, kMaxAddresses);
  if (answer.status == Answer::Status::ok && answer.addresses.empty()) {
    answer.status = Answer::Status::not_found;
    answer.detail = "the name has no address";
  }
  if (answer.status == Answer::Status::ok) {
    remember(host, answer, std::clamp(seconds{ttl}, config.min_ttl, config.max_ttl));
  } else if (answer.status == Answer::Status::not_found) {
    remember(host, answer, config.negative_ttl);
  }
  // c-ares may answer inside ares_getaddrinfo; callers are told from the loop only.
  answered.emplace_back(host, std::move(answer));
  if (telling == 0) telling = loop.after(nanoseconds{0}, [this] { tell(); });
}

void Resolver::Impl::tell() {
  telling = 0;
  for (const auto& [host, answer] : std::exchange(answered, {})) tell_one(host, answer);
}

void Resolver::Impl::tell_one(const std::string& host, const Answer& answer) {
  const auto it = asking.find(host);
  if (it == asking.end()) return;
  const auto tickets = std::move(it->second);
  asking.erase(it);
  for (const Ticket ticket : tickets) {
    const auto waiter = waiters.find(ticket);
    if (waiter == waiters.end()) continue;  // dropped, perhaps by an earlier callback
    const auto callback = std::move(waiter->second.callback);
    loop.cancel(waiter->second.timer);
    waiters.erase(waiter);
    callback(answer);
  }
}

void Resolver::Impl::give_up(Ticket ticket) {
  const auto waiter = waiters.find(ticket);
  if (waiter == waiters.end()) return;
  const auto callback = std::move(waiter->second.callback);
  waiters.erase(waiter);  // the query goes on and may still fill the cache
  callback(Answer{Answer::Status::timeout, {}, "no answer from the name servers in time"});
}

void Resolver::Impl::remember(const std::string& host, const Answer& answer, seconds ttl) {
  if (config.max_entries == 0) return;
  forget(host);
  if (entries.size() >= config.max_entries) forget(ages.back());
  ages.push_front(host);
  entries.emplace(host, Entry{answer, loop.now() + ttl, ages.begin()});
}

void Resolver::Impl::forget(const std::string& host) {
  const auto it = entries.find(host);
  if (it == entries.end()) return;
  const auto age = it->second.age;
  entries.erase(it);
  ages.erase(age);  // last: `host` may be this element
}

Resolver::Resolver(Loop& loop, ResolverConfig config)
    : impl_{std::make_unique<Impl>(loop, std::move(config))} {}
Resolver::~Resolver() = default;

const Answer* Resolver::cached(const std::string& host) {
  const auto it = impl_->entries.find(host);
  if (it == impl_->entries.end()) return nullptr;
  if (it->second.expires <= impl_->loop.now()) {
    impl_->forget(host);
    return nullptr;
  }
  impl_->ages.splice(impl_->ages.begin(), impl_->ages, it->second.age);
  ++impl_->hits;
  return &it->second.answer;
}

Resolver::Ticket Resolver::ask(const std::string& host, nanoseconds limit, Callback callback) {
  const Ticket ticket = ++impl_->last_ticket;
  const auto timer = impl_->loop.after(limit, [this, ticket] { impl_->give_up(ticket); });
  impl_->waiters.emplace(ticket, Impl::Waiter{host, std::move(callback), timer});
  auto& tickets = impl_->asking[host];
  tickets.push_back(ticket);
  if (tickets.size() > 1) return ticket;
  impl_->ares.reload_if_changed();
  impl_->start_query(host);
  return ticket;
}

void Resolver::drop(Ticket ticket) {
  const auto it = impl_->waiters.find(ticket);
  if (it == impl_->waiters.end()) return;
  impl_->loop.cancel(it->second.timer);
  impl_->waiters.erase(it);
}

std::uint64_t Resolver::queries() const noexcept { return impl_->queries; }
std::uint64_t Resolver::hits() const noexcept { return impl_->hits; }

std::vector<IpAddress> interleave(const std::vector<IpAddress>& addresses, std::size_t limit) {
  std::vector<IpAddress> v6, v4, out;
  for (const auto& address : addresses) {
    auto& family = address.is_v6 ? v6 : v4;
    if (std::find(family.begin(), family.end(), address) == family.end()) {
      family.push_back(address);
    }
  }
  for (std::size_t i = 0; out.size() < limit && (i < v6.size() || i < v4.size()); ++i) {
    if (i < v6.size()) out.push_back(v6[i]);
    if (i < v4.size() && out.size() < limit) out.push_back(v4[i]);
  }
  return out;
}

}  // namespace webmon::fetch
