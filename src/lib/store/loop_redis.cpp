#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <deque>
#include <system_error>

#include "lib/core/rng.hpp"
#include "lib/store/redis.hpp"
#include "lib/store/redis_socket.hpp"
#include "lib/store/resp.hpp"

namespace webmon::store {
namespace {

constexpr std::size_t kReadPiece = 64U << 10U;
constexpr int kPiecesPerTurn =
    16;  // a flood from Redis must not starve the loop's other descriptors

}  // namespace

/// Shared by the callbacks in the loop, which hold it weakly: whoever is called may destroy the
/// driver.
struct LoopRedis::Impl : std::enable_shared_from_this<Impl> {
  enum class Phase : std::uint8_t { waiting, connecting, greeting, up };
  struct Caller {
    Done done;
    MonoTime deadline;
  };
  struct Answer {
    Done done;
    Result<std::vector<Reply>> result;
  };

  Impl(Loop& l, RedisConfig c, RedisTraffic* t)
      : loop{l}, config{std::move(c)}, traffic{t}, backoff{config.reconnect_first} {}

  // ---- callers ----

  void send(Batch batch, Done done) {
    if (phase != Phase::up) return refuse(std::move(done), trouble);
    if (client.waiting() + batch.size() > config.max_waiting)
      return refuse(std::move(done), "too many unanswered commands");
    if (batch.empty()) return answer_soon({std::move(done), std::vector<Reply>{}});
    if (traffic != nullptr) traffic->commands.fetch_add(batch.size(), std::memory_order_relaxed);
    client.send(std::move(batch));
    callers.push_back({std::move(done), loop.now() + config.call_timeout});
    if (callers.size() == 1) arm_deadline();
    flush_soon();
  }

  void refuse(Done done, std::string why) {
    count_failures(1);
    answer_soon({std::move(done), fail(Errc::store_down, std::move(why))});
  }

  void count_failures(std::size_t count) noexcept {
    if (traffic != nullptr) traffic->failures.fetch_add(count, std::memory_order_relaxed);
  }

  void count_answer(const Caller& caller) noexcept {
    if (traffic == nullptr) return;
    const auto sent = caller.deadline - config.call_timeout;
    traffic->round_trips.add(loop.now() - sent);
  }

  void answer_soon(Answer answer) {
    answers.push_back(std::move(answer));
    if (answers.size() == 1) set_timer(answer_timer, loop.now(), &Impl::give_answers);
  }

  void give_answers() {
    answer_timer = 0;
    auto now = std::exchange(answers, {});
    for (auto& answer : now) answer.done(std::move(answer.result));
  }

  // ---- timers ----

  void set_timer(Loop::TimerId& timer, MonoTime at, void (Impl::*action)()) {
    loop.cancel(timer);
    timer = loop.at(at, [weak = weak_from_this(), action] {
      if (const auto self = weak.lock()) ((*self).*action)();
    });
  }

  void arm_deadline() {
    if (callers.empty()) {
      loop.cancel(deadline_timer);
      deadline_timer = 0;
    } else if (deadline_timer == 0) {
      set_timer(deadline_timer, callers.front().deadline, &Impl::on_deadline);
    }
  }

  void on_deadline() {
    deadline_timer = 0;
    if (callers.empty() || callers.front().deadline > loop.now()) return arm_deadline();
    drop(Errc::timeout, "no answer within " + std::to_string(config.call_timeout.count()) + " ms");
  }

  void on_greeting_deadline() {
    greeting_timer = 0;
    if (phase != Phase::up) drop(Errc::timeout, "no connection in time");
  }

  // ---- connection ----

  void start() {
    set_timer(greeting_timer, loop.now() + config.call_timeout, &Impl::on_greeting_deadline);
    phase = Phase::connecting;
    auto opened = start_connect(config.address);
    if (!opened) return drop(opened.error().code, opened.error().detail);
    socket = std::move(*opened);
    wants = Loop::kWrite;
    loop.watch(socket.get(), wants, [weak = weak_from_this()](unsigned events) {
      if (const auto self = weak.lock()) self->on_event(events);
    });
  }

  void greet() {
    if (auto connected = connect_result(socket); !connected)
      return drop(Errc::store_down,
                  "Redis at " + to_string(config.address) + ": " + connected.error().detail);
    phase = Phase::greeting;
    client.reset();
    client.send(hello());
    want(Loop::kRead);
    flush();
  }

  void on_greeting(const std::vector<Reply>& replies) {
    if (auto ready = read_hello(replies); !ready)
      return drop(ready.error().code, ready.error().detail);
    phase = Phase::up;
    trouble.clear();
    backoff = config.reconnect_first;
    loop.cancel(greeting_timer);
    greeting_timer = 0;
    const auto listeners = up_callbacks;  // one may add another
    for (const auto& listener : listeners) listener();
  }

  /// Ends the connection, tells everybody who waits, and comes back after the backoff.
  void drop(Errc code, std::string why) {
    disconnect();
    const auto place = "Redis at " + to_string(config.address) + ": ";
    trouble = why.starts_with(place) ? std::move(why) : place + why;
    auto waiting = std::exchange(callers, {});
    count_failures(waiting.size());
    arm_deadline();
    for (auto& caller : waiting) {
      const bool is_late = code == Errc::timeout && caller.deadline <= loop.now();
      answer_soon(
          {std::move(caller.done), fail(is_late ? Errc::timeout : Errc::store_down, trouble)});
    }
    const auto jitter = 800 + static_cast<std::int64_t>(system_rng().next() % 401);
    set_timer(greeting_timer, loop.now() + backoff * jitter / 1000, &Impl::start);
    backoff = std::min(backoff * 2, config.reconnect_most);
  }

  void disconnect() {
    phase = Phase::waiting;
    if (socket.is_open()) loop.unwatch(socket.get());
    socket.close();
    client.reset();
    unsent.clear();
    unsent_at = 0;
  }

  // ---- bytes ----

  void want(unsigned events) {
    if (events == wants) return;
    wants = events;
    loop.change(socket.get(), events);
  }

  void on_event(unsigned events) {
    if (phase == Phase::connecting) return greet();
    const auto self = shared_from_this();  // a caller may destroy the driver
    if ((events & Loop::kWrite) != 0) flush();
    if ((events & Loop::kRead) != 0 && socket.is_open()) read_all();
  }

  void read_all() {
    std::array<char, kReadPiece> piece;  // not cleared: recv fills it
    for (int i = 0; i < kPiecesPerTurn && socket.is_open(); ++i) {
      const auto count = recv(socket.get(), piece.data(), piece.size(), 0);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (count < 0) return drop(Errc::store_down, std::generic_category().message(errno));
      if (count == 0) return drop(Errc::store_down, "the connection was closed");
      const auto size = static_cast<std::size_t>(count);
      if (!take({piece.data(), size}) || size < piece.size()) return;
    }
  }

  /// False once the connection is no more.
  bool take(std::string_view bytes) {
    auto complete = client.feed(bytes);
    if (!complete) {
      drop(complete.error().code, complete.error().detail);
      return false;
    }
    for (auto& replies : *complete) {
      if (phase == Phase::greeting) {
        on_greeting(replies);
        continue;
      }
      if (phase != Phase::up || callers.empty()) return false;
      count_answer(callers.front());
      const auto done = std::move(callers.front().done);
      callers.pop_front();
      done(std::move(replies));
    }
    if (!socket.is_open()) return false;
    arm_deadline();
    if (client.has_output()) flush_soon();
    return true;
  }

  // The hook after the turn writes everything at once; the timer only ends the wait of a loop that
  // is between turns.
  void flush_soon() {
    if (flush_timer == 0) set_timer(flush_timer, loop.now(), &Impl::on_flush_timer);
  }
  void on_flush_timer() { flush_timer = 0; }

  void after_turn() {
    if (flush_timer != 0) loop.cancel(std::exchange(flush_timer, 0));
    if (socket.is_open() && (client.has_output() || !unsent.empty())) flush();
  }

  void flush() {
    if (phase < Phase::greeting) return;
    for (;;) {
      if (unsent_at == unsent.size()) {
        unsent = client.take_output();
        unsent_at = 0;
        if (unsent.empty()) return want(Loop::kRead);
      }
      const auto count =
          ::send(socket.get(), unsent.data() + unsent_at, unsent.size() - unsent_at, MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return want(Loop::kRead | Loop::kWrite);
      if (count < 0) return drop(Errc::store_down, std::generic_category().message(errno));
      unsent_at += static_cast<std::size_t>(count);
    }
  }

  Loop& loop;
  const RedisConfig config;
  RedisTraffic* const traffic;  ///< or null
  Phase phase = Phase::waiting;
  Socket socket;
  unsigned wants = 0;
  RespClient client;
  std::string unsent;
  std::size_t unsent_at = 0;
  std::deque<Caller> callers;
  std::vector<Answer> answers;
  std::vector<std::function<void()>> up_callbacks;
  std::string trouble = "not connected yet";
  milliseconds backoff;
  Loop::TimerId flush_timer = 0;
  Loop::TimerId answer_timer = 0;
  Loop::TimerId deadline_timer = 0;
  Loop::TimerId greeting_timer = 0;  ///< of the connecting and greeting, then of the next attempt
};

LoopRedis::LoopRedis(Loop& loop, RedisConfig config, RedisTraffic* traffic)
    : impl_{std::make_shared<Impl>(loop, std::move(config), traffic)} {
  loop.after_turn([weak = std::weak_ptr{impl_}] {
    if (const auto self = weak.lock()) self->after_turn();
  });
  impl_->start();
}

LoopRedis::~LoopRedis() {
  impl_->disconnect();
  for (const auto timer :
       {impl_->flush_timer, impl_->answer_timer, impl_->deadline_timer, impl_->greeting_timer})
    impl_->loop.cancel(timer);
  impl_->callers.clear();
  impl_->answers.clear();
}

void LoopRedis::send(Batch batch, Done done) { impl_->send(std::move(batch), std::move(done)); }
bool LoopRedis::is_up() const noexcept { return impl_->phase == Impl::Phase::up; }
void LoopRedis::on_up(std::function<void()> callback) {
  impl_->up_callbacks.push_back(std::move(callback));
}
const std::string& LoopRedis::trouble() const noexcept { return impl_->trouble; }

}  // namespace webmon::store
