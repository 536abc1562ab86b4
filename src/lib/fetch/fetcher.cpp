#include "lib/fetch/fetcher.hpp"

#include <curl/curl.h>

#include <unordered_map>
#include <utility>

#include "lib/fetch/easy_pool.hpp"
#include "lib/fetch/fetch.hpp"

namespace webmon::fetch {
namespace {

constexpr std::size_t kMaxIdleHandles = 256;

}  // namespace

struct Fetcher::Impl {
  struct Entry {
    std::unique_ptr<Fetch> fetch;  ///< null: refused at the start
    Done done;
  };

  Loop& loop;
  FetcherConfig config;
  FetchCounters counters;
  TransferContext transfers;
  Resolver resolver;
  EasyPool pool{kMaxIdleHandles};
  CurlMulti multi;
  FetchEnvironment env;
  std::unordered_map<FetchId, Entry> entries;
  std::vector<std::pair<FetchId, Page>> finished;  ///< told from the loop
  Loop::TimerId telling = 0;
  FetchId last_id = 0;

  Impl(Loop& l, Clock& clock, FetcherConfig c)
      : loop{l},
        config{std::move(c)},
        transfers{config,
                  std::make_shared<TlsSessions>(config.tls_sessions, config.full_handshake_every)},
        resolver{l,
                 ResolverConfig{.max_entries = config.names_cached, .servers = config.dns_servers}},
        multi{l, [](EasyHandle easy, int code) { on_transfer(easy, code); }},
        env{l, clock, config, resolver, multi, pool, transfers, counters} {}

  ~Impl() {
    entries.clear();  // before the multi and the pool, which they use
    loop.cancel(telling);
  }

  static void on_transfer(EasyHandle easy, int code) {
    Transfer* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    transfer->owner().on_done(*transfer, code);
  }

  void on_finished(FetchId id, Page&& page) {
    finished.emplace_back(id, std::move(page));
    if (telling == 0) telling = loop.after(nanoseconds{0}, [this] { tell(); });
  }

  void tell() {
    telling = 0;
    for (auto& [id, page] : std::exchange(finished, {})) {
      const auto it = entries.find(id);
      if (it == entries.end()) continue;  // cancelled meanwhile
      const Done done = std::move(it->second.done);
      entries.erase(it);
      ++counters.finished;
      done(std::move(page));
    }
  }

  /// The executor's own trouble: it started more than it was set up for.
  void refuse(FetchId id, const FetchRequest& request) {
    Page page;
    page.url = request.url;
    page.observed_at = request.observed_at;
    page.hops.emplace_back().url = request.url;
    page.detail = "overloaded: too many fetches in flight";
    on_finished(id, std::move(page));
  }
};

Fetcher::Fetcher(Loop& loop, Clock& clock, FetcherConfig config)
    : impl_{std::make_unique<Impl>(loop, clock, std::move(config))} {}
Fetcher::~Fetcher() = default;

FetchId Fetcher::start(FetchRequest request, Done done) {
  const FetchId id = ++impl_->last_id;
  ++impl_->counters.started;
  const bool is_full = impl_->entries.size() >= impl_->config.max_in_flight;
  auto& entry = impl_->entries[id];
  entry.done = std::move(done);
  if (is_full) {
    impl_->refuse(id, request);
    return id;
  }
  entry.fetch = std::make_unique<Fetch>(
      impl_->env, std::move(request),
      [impl = impl_.get(), id](Page&& page) { impl->on_finished(id, std::move(page)); });
  entry.fetch->begin();
  return id;
}

void Fetcher::cancel(FetchId id) {
  if (impl_->entries.erase(id) != 0) ++impl_->counters.cancelled;
}

void Fetcher::reconfigure(FetcherConfig config) { impl_->config = std::move(config); }

std::size_t Fetcher::in_flight() const noexcept { return impl_->entries.size(); }

FetchCounters Fetcher::counters() const noexcept {
  FetchCounters counters = impl_->counters;
  counters.dns_queries = impl_->resolver.queries();
  counters.dns_cache_hits = impl_->resolver.hits();
  counters.policy_refusals = impl_->transfers.policy_refusals;
  return counters;
}

}  // namespace webmon::fetch
