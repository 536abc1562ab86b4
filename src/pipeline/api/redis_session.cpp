#include "pipeline/api/redis_session.hpp"

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <deque>

#include "lib/core/log.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/resp.hpp"

namespace webmon::api {

namespace asio = boost::asio;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;

namespace {

constexpr seconds kLookEvery{1};  ///< at the snapshot state, while the journal holds something
constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

/// Where to connect to. Names are resolved on Asio's own resolver thread.
Awaitable<Result<std::vector<asio::generic::stream_protocol::endpoint>>> resolve(
    store::RedisAddress address) {
  using Endpoints = std::vector<asio::generic::stream_protocol::endpoint>;
  if (!address.unix_socket.empty()) {
    if (address.unix_socket.size() >= sizeof(sockaddr_un::sun_path)) {
      co_return fail(Errc::bad_config, "the path of Redis' unix socket is too long");
    }
    co_return Endpoints{asio::local::stream_protocol::endpoint{address.unix_socket}};
  }
  asio::ip::tcp::resolver resolver{co_await asio::this_coro::executor};
  const auto port = std::to_string(address.port);
  auto [ec, found] = co_await resolver.async_resolve(address.host, port, kAsTuple);
  if (ec) co_return fail(Errc::store_down, address.host + ": " + ec.message());
  Endpoints endpoints;
  for (const auto& entry : found) endpoints.emplace_back(entry.endpoint());
  co_return endpoints;
}

}  // namespace

struct RedisSession::Impl : std::enable_shared_from_this<RedisSession::Impl> {
  struct Waiting {
    Done done;
    MonoTime deadline;
  };

  asio::io_context& context;
  store::RedisConfig config;
  store::Keys keys;
  Clock& clock;
  Rng& rng;
  std::uint64_t connection = 0;  ///< counts connections: a late write callback is of an older one
  store::RespClient client;
  Socket socket;
  asio::steady_timer backoff;
  asio::steady_timer deadline;
  asio::steady_timer look_timer;
  std::deque<Waiting> waiting;
  Journal journal;
  RedisTraffic traffic;
  std::function<void()> on_replayed;
  std::function<void(const Error&)> on_refused;
  std::string output;
  Error trouble{Errc::store_down, "not connected to Redis yet"};
  std::string told;  // what was last logged of it; empty while up
  milliseconds delay{};
  bool is_connected = false;  ///< the socket is
  bool is_up = false;         ///< and scripts and schema are in order
  bool was_up = false;        ///< once
  bool is_writing = false;
  bool is_flush_posted = false;
  bool is_look_due = false;  ///< look_timer runs
  bool is_stopped = false;

  Impl(asio::io_context& io, store::RedisConfig redis, store::Keys names, Clock& time, Rng& random,
       JournalLimits limits)
      : context{io},
        config{std::move(redis)},
        keys{std::move(names)},
        clock{time},
        rng{random},
        socket{io},
        backoff{io},
        deadline{io},
        look_timer{io},
        journal{keys, make_token(random), limits},
        delay{config.reconnect_first} {}

  void send(store::Batch batch, Done done) {
    const bool is_full = client.waiting() + batch.size() > config.max_waiting;
    if (!is_up || is_full) {
      traffic.failures.fetch_add(1, std::memory_order_relaxed);
      auto error = is_up ? Error{Errc::store_down, "too many commands wait for Redis"} : trouble;
      asio::post(context, [done = std::move(done), error = std::move(error)]() mutable {
        done(fail(std::move(error)));
      });
      return;
    }
    auto sent = journal.prepare(batch);
    if (!sent) return queue(std::move(batch), std::move(done));
    queue(std::move(batch), [self = shared_from_this(), done = std::move(done),
                             sent = std::make_shared<Journal::Sent>(std::move(*sent))](
                                Result<std::vector<store::Reply>> replies) {
      if (replies) {
        self->journal.answered(*sent, *replies);
        self->watch_journal();
      }
      done(std::move(replies));
    });
  }

  void watch_journal() {
    if (journal.take_overflow()) {
      log_warn(
          "too many changes since the last snapshot: the oldest of them would not be repeated "
          "if redis lost its memory now",
          {{"commands", journal.commands()}, {"bytes", journal.bytes()}});
    }
    if (journal.empty() || is_look_due || is_stopped) return;
    is_look_due = true;
    look_timer.expires_after(kLookEvery);
    look_timer.async_wait([self = shared_from_this()](error_code ec) {
      self->is_look_due = false;
      if (!ec) self->look();
    });
  }

  /// Learns what has become durable while nobody writes.
  void look() {
    if (!is_up) return;  // the next connection goes on
    store::Batch batch;
    journal.add_look(batch);
    queue(std::move(batch), [self = shared_from_this()](auto replies) {
      if (replies) self->journal.looked(*replies);
      self->watch_journal();
    });
  }

  void queue(store::Batch batch, Done done) {
    traffic.commands.fetch_add(batch.size(), std::memory_order_relaxed);
    client.send(std::move(batch));
    waiting.push_back({std::move(done), clock.mono() + config.call_timeout});
    if (waiting.size() == 1) watch_deadline();
    if (is_flush_posted) return;
    is_flush_posted = true;  // one write per turn of the loop
    asio::post(context, [self = shared_from_this()] {
      self->is_flush_posted = false;
      self->flush();
    });
  }

  void flush() {
    if (is_writing || !is_connected || !client.has_output()) return;
    is_writing = true;
    output = client.take_output();
    asio::async_write(socket, asio::buffer(output),
                      [self = shared_from_this(), mine = connection](error_code ec, std::size_t) {
                        if (mine != self->connection) return;
                        self->is_writing = false;
                        if (!ec) self->flush();  // the reader reports a broken connection
                      });
  }

  void watch_deadline() {
    if (waiting.empty()) {
      deadline.cancel();
      return;
    }
    deadline.expires_after(waiting.front().deadline - clock.mono());
    deadline.async_wait([self = shared_from_this()](error_code ec) {
      if (ec || self->waiting.empty()) return;
      if (self->waiting.front().deadline > self->clock.mono()) {
        return self->watch_deadline();
      }
      self->close({Errc::timeout, "Redis did not answer in time"});
    });
  }

  /// Ends the connection; the reader notices and reconnects.
  void close(Error why) {
    trouble = std::move(why);
    is_up = is_connected = false;
    error_code ignored;
    socket.close(ignored);
    client.reset();
    deadline.cancel();
    auto failed = std::exchange(waiting, {});
    traffic.failures.fetch_add(failed.size(), std::memory_order_relaxed);
    for (auto& call : failed) call.done(fail(trouble));
  }

  Awaitable<void> run() {
    const auto self = shared_from_this();
    while (!is_stopped) {
      auto connected = co_await connect();
      if (connected) {
        connected = co_await serve();
      }
      if (is_stopped) break;
      note(connected.error());
      const auto jitter = static_cast<std::int64_t>(rng.next() % 400) - 200;  // +-20 %
      backoff.expires_after(delay + delay * jitter / 1'000);
      delay = std::min(delay * 2, config.reconnect_most);
      auto [ec] = co_await backoff.async_wait(kAsTuple);
      static_cast<void>(ec);
    }
  }

  void note(const Error& error) {
    if (error.detail != told) {  // once, not with each try
      log_warn("redis is away", {{"address", to_string(config.address)},
                                 {"error", to_string(error.code)},
                                 {"detail", error.detail}});
      told = error.detail;
    }
    if (is_connected || !waiting.empty()) close(error);
    trouble = error;
  }

  Awaitable<Result<void>> connect() {
    auto endpoints = co_await resolve(config.address);
    if (!endpoints) co_return fail(std::move(endpoints.error()));
    error_code last = asio::error::host_not_found;
    for (const auto& endpoint : *endpoints) {
      error_code ignored;
      socket.close(ignored);
      backoff.expires_after(config.call_timeout);
      backoff.async_wait([self = shared_from_this()](error_code ec) {
        error_code unused;
        if (!ec) self->socket.close(unused);
      });
      auto [ec] = co_await socket.async_connect(endpoint, kAsTuple);
      backoff.cancel();
      if (!ec) co_return Result<void>{};
      last = ec;
    }
    co_return fail(Errc::store_down, to_string(config.address) + ": " + last.message());
  }

  /// Greets, then reads until the connection breaks; the error says why.
  Awaitable<Result<void>> serve() {
    is_connected = true;
    is_writing = false;
    ++connection;
    client.reset();
    greet();
    std::array<char, 16 * 1'024> bytes;
    while (true) {
      auto [ec, size] = co_await socket.async_read_some(asio::buffer(bytes), kAsTuple);
      if (!is_connected) co_return fail(trouble);  // close() was quicker
      if (ec) co_return fail(Errc::store_down, "the connection to Redis broke: " + ec.message());
      auto answers = client.feed({bytes.data(), size});
      if (!answers) co_return fail(Errc::store_down, "Redis: " + answers.error().detail);
      for (auto& answer : *answers) {
        if (waiting.empty()) break;  // close() was called by a callback
        auto call = std::move(waiting.front());
        waiting.pop_front();
        traffic.round_trips.add(clock.mono() - (call.deadline - config.call_timeout));
        call.done(std::move(answer));
      }
      watch_deadline();
      flush();
    }
  }

  /// At the start it is the operator's to settle; later it may pass: Redis was restored.
  void refuse(const Error& error) {
    close(error);
    if (error.code == Errc::schema && !was_up && on_refused) std::exchange(on_refused, {})(error);
  }

  void greet() {
    queue(store::hello(), [self = shared_from_this()](auto replies) {
      if (!replies) return;
      if (auto ok = store::read_hello(*replies); !ok) self->close(std::move(ok.error()));
    });
    store::Batch batch;
    store::add_meta_check(batch, keys);
    queue(std::move(batch), [self = shared_from_this()](auto replies) {
      if (!replies) return;
      if (auto ok = store::read_meta_check(replies->front()); !ok) self->refuse(ok.error());
    });
    store::Batch greeting;
    journal.add_greeting(greeting);
    queue(std::move(greeting), [self = shared_from_this()](auto replies) {
      if (!replies) return;
      if (auto ok = self->journal.greeted(*replies); !ok) return self->close(std::move(ok.error()));
      self->replay();
    });
  }

  /// One part after the other; nobody else is served before the last.
  void replay() {
    auto batch = journal.next_replay();
    if (batch.empty()) return serve_all();
    queue(std::move(batch), [self = shared_from_this()](auto replies) {
      if (!replies) return;
      if (auto ok = self->journal.replayed(*replies); !ok) {
        return self->close(std::move(ok.error()));
      }
      self->replay();
    });
  }

  void serve_all() {
    is_up = was_up = true;
    delay = config.reconnect_first;
    told.clear();
    log_info("redis is there", {{"address", to_string(config.address)}});
    if (const auto replayed = journal.take_replayed()) {
      log_warn("redis had lost changes since its last snapshot; they have been made again",
               {{"replayed", replayed->commands}, {"failed", replayed->failed}});
      if (on_replayed) on_replayed();
    }
    watch_journal();
  }
};

RedisSession::RedisSession(asio::io_context& context, store::RedisConfig config, store::Keys keys,
                           Clock& clock, Rng& rng, JournalLimits journal)
    : impl_{std::make_shared<Impl>(context, std::move(config), std::move(keys), clock, rng,
                                   journal)} {}

RedisSession::~RedisSession() = default;

void RedisSession::start() { asio::co_spawn(impl_->context, impl_->run(), asio::detached); }

void RedisSession::stop() {
  impl_->is_stopped = true;
  impl_->backoff.cancel();
  impl_->look_timer.cancel();
  impl_->close({Errc::store_down, "the server is stopping"});
}

bool RedisSession::is_up() const noexcept { return impl_->is_up; }

const RedisTraffic& RedisSession::traffic() const noexcept { return impl_->traffic; }
const Journal& RedisSession::journal() const noexcept { return impl_->journal; }
bool RedisSession::is_journal_half_full() const noexcept { return impl_->journal.is_half_full(); }

void RedisSession::on_refused(std::function<void(const Error&)> callback) {
  impl_->on_refused = std::move(callback);
}

void RedisSession::on_replayed(std::function<void()> callback) {
  impl_->on_replayed = std::move(callback);
}

void RedisSession::send(store::Batch batch, Done done) {
  impl_->send(std::move(batch), std::move(done));
}

Awaitable<Result<std::vector<store::Reply>>> RedisSession::call(store::Batch batch) {
  using Replies = Result<std::vector<store::Reply>>;
  auto shared = std::make_shared<store::Batch>(std::move(batch));  // std::function must be copyable
  std::function<void(std::function<void(Replies)>)> start =
      [impl = impl_, shared](std::function<void(Replies)> done) {
        impl->send(std::move(*shared), std::move(done));
      };
  co_return co_await wait_for<Replies>(std::move(start));
}

}  // namespace webmon::api
