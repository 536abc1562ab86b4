/// The Asio driver of store::Redis: one connection, reconnecting for ever with backoff; checks
/// wm:meta on each. Keeps a Journal of what changes something and replays it, before anybody else
/// is served, when another Redis process answers than before. Threads: the io_context's. Ownership:
/// destroy after the io_context has stopped; callbacks pending then are not called.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "lib/core/rng.hpp"
#include "lib/store/keys.hpp"
#include "lib/store/redis.hpp"
#include "pipeline/api/coroutine.hpp"
#include "pipeline/api/journal.hpp"

namespace webmon::api {

class Journal;

class RedisSession final : public store::Redis {
 public:
  RedisSession(boost::asio::io_context& context, store::RedisConfig config, store::Keys keys,
               Clock& clock, Rng& rng, JournalLimits journal = {});
  ~RedisSession() override;

  /// Begins to connect.
  void start();
  /// Closes for good; pending calls end with store_down.
  void stop();
  bool is_up() const noexcept;
  /// Journal::is_half_full.
  bool is_journal_half_full() const noexcept;
  /// Called once if the first Redis that answers holds the data of a newer build.
  void on_refused(std::function<void(const Error&)> callback);
  /// Called after each replay that wrote something: no snapshot holds it yet.
  void on_replayed(std::function<void()> callback);

  /// What it has cost so far, and what the journal holds that no snapshot does.
  const RedisTraffic& traffic() const noexcept;
  const Journal& journal() const noexcept;

  void send(store::Batch batch, Done done) override;
  /// The same for coroutines.
  Awaitable<Result<std::vector<store::Reply>>> call(store::Batch batch);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace webmon::api
