#include "lib/loop/loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <deque>
#include <map>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace webmon {
namespace {

constexpr std::size_t kEventsPerTurn = 256;
constexpr auto kForever = std::chrono::hours{1};  // the longest single wait; then it looks again

class Descriptor {
 public:
  Descriptor(int fd, const char* what) : fd_{fd} {
    if (fd < 0) throw std::system_error{errno, std::generic_category(), what};
  }
  ~Descriptor() { close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

std::uint32_t to_epoll(unsigned events) noexcept {
  return ((events & Loop::kRead) != 0 ? std::uint32_t{EPOLLIN} : 0U) |
         ((events & Loop::kWrite) != 0 ? std::uint32_t{EPOLLOUT} : 0U);
}

unsigned from_epoll(std::uint32_t events) noexcept {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return Loop::kRead | Loop::kWrite;
  return ((events & EPOLLIN) != 0 ? Loop::kRead : 0U) |
         ((events & EPOLLOUT) != 0 ? Loop::kWrite : 0U);
}

}  // namespace

struct Loop::Impl {
  // The generation tells an event of a closed descriptor from one of its successor with the same
  // number.
  struct Watch {
    std::uint32_t generation;
    std::shared_ptr<FdCallback> callback;  // shared: it may unwatch itself while it runs
  };
  using TimerKey = std::pair<MonoTime, TimerId>;  // equal times fire in the order they were set

  explicit Impl(Clock& c)
      : clock{c},
        epoll{epoll_create1(EPOLL_CLOEXEC), "epoll_create1"},
        waker{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"},
        now{c.mono()} {
    control(EPOLL_CTL_ADD, waker.get(), EPOLLIN, 0);
  }

  static std::uint64_t pack(int fd, std::uint32_t of) noexcept {
    return std::uint64_t{of} << 32U | static_cast<std::uint32_t>(fd);
  }

  bool control(int operation, int fd, std::uint32_t wanted, std::uint32_t of) const {
    epoll_event event{};
    event.events = wanted;
    event.data.u64 = pack(fd, of);
    return epoll_ctl(epoll.get(), operation, fd, &event) == 0;
  }

  // A descriptor that was closed without `unwatch` has left epoll by itself; its number is added
  // anew.
  void arm(int fd, std::uint32_t wanted, std::uint32_t of) const {
    if (control(EPOLL_CTL_MOD, fd, wanted, of)) return;
    if (control(EPOLL_CTL_ADD, fd, wanted, of)) return;
    throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
  }

  std::size_t wait(nanoseconds limit);
  void dispatch(const epoll_event& event);
  void drain_waker() const noexcept;
  bool fire_timers();
  nanoseconds until_next_timer(nanoseconds limit) const;

  Clock& clock;
  Descriptor epoll;
  Descriptor waker;
  MonoTime now;
  std::uint32_t generation = 0;
  TimerId next_timer = 0;
  std::unordered_map<int, Watch> watches;
  std::map<TimerKey, TimerCallback> timers;
  std::unordered_map<TimerId, MonoTime> timer_times;
  std::deque<std::function<void()>> hooks;  // a hook may add one while it runs: it must not move
  std::array<epoll_event, kEventsPerTurn> events{};
  std::atomic<bool> is_stopping{false};
};

std::size_t Loop::Impl::wait(nanoseconds limit) {
  // Rounded up, so that a timer is due when the wait for it ends.
  const auto rest = std::chrono::ceil<milliseconds>(std::clamp<nanoseconds>(limit, {}, kForever));
  const auto look = [&](int limit_ms) {
    return epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), limit_ms);
  };
  int count = look(static_cast<int>(rest.count()));
  // Interrupted: by a signal, or the process was stopped for a while. What came meanwhile goes
  // before timers that are due by now, or answers that are there would be taken for missing.
  if (count < 0) count = look(0);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void Loop::Impl::drain_waker() const noexcept {
  std::uint64_t count = 0;
  while (read(waker.get(), &count, sizeof count) > 0) {
  }
}

void Loop::Impl::dispatch(const epoll_event& event) {
  const auto fd = static_cast<int>(event.data.u64 & 0xffffffffU);
  if (fd == waker.get()) return drain_waker();
  const auto at = watches.find(fd);
  // An earlier callback of this turn may have removed or replaced the watch.
  if (at == watches.end() || at->second.generation != event.data.u64 >> 32U) return;
  const auto callback = at->second.callback;
  (*callback)(from_epoll(event.events));
}

bool Loop::Impl::fire_timers() {
  bool is_any = false;
  // Timers set by a callback wait for the next turn, even if due: a timer that re-arms itself at
  // once must not starve the descriptors.
  const auto newest = next_timer;
  for (auto at = timers.begin(); at != timers.end() && at->first.first <= now;) {
    if (at->first.second > newest) {
      ++at;
      continue;
    }
    const auto key = at->first;
    const auto callback = std::move(at->second);
    timers.erase(at);
    timer_times.erase(key.second);
    callback();
    is_any = true;
    at = timers.begin();  // the callback may have cancelled any of them
  }
  return is_any;
}

nanoseconds Loop::Impl::until_next_timer(nanoseconds limit) const {
  if (timers.empty()) return limit;
  return std::min<nanoseconds>(limit, timers.begin()->first.first - clock.mono());
}

Loop::Loop(Clock& clock) : impl_{std::make_unique<Impl>(clock)} {}
Loop::~Loop() = default;

MonoTime Loop::now() const noexcept { return impl_->now; }

void Loop::watch(int fd, unsigned events, FdCallback callback) {
  const auto generation = ++impl_->generation;
  impl_->arm(fd, to_epoll(events), generation);
  impl_->watches[fd] = {generation, std::make_shared<FdCallback>(std::move(callback))};
}

void Loop::change(int fd, unsigned events) {
  const auto at = impl_->watches.find(fd);
  if (at != impl_->watches.end()) impl_->arm(fd, to_epoll(events), at->second.generation);
}

void Loop::unwatch(int fd) {
  if (impl_->watches.erase(fd) != 0) impl_->control(EPOLL_CTL_DEL, fd, 0, 0);
}

Loop::TimerId Loop::at(MonoTime at, TimerCallback callback) {
  const auto id = ++impl_->next_timer;
  impl_->timers.emplace(Impl::TimerKey{at, id}, std::move(callback));
  impl_->timer_times.emplace(id, at);
  return id;
}

void Loop::cancel(TimerId id) {
  const auto at = impl_->timer_times.find(id);
  if (at == impl_->timer_times.end()) return;
  impl_->timers.erase({at->second, id});
  impl_->timer_times.erase(at);
}

std::optional<MonoTime> Loop::next_timer() const noexcept {
  if (impl_->timers.empty()) return std::nullopt;
  return impl_->timers.begin()->first.first;
}

void Loop::after_turn(std::function<void()> hook) { impl_->hooks.push_back(std::move(hook)); }

bool Loop::turn(nanoseconds limit) {
  const auto count = impl_->wait(impl_->until_next_timer(limit));
  impl_->now = impl_->clock.mono();
  for (std::size_t i = 0; i < count; ++i) impl_->dispatch(impl_->events[i]);
  const bool has_fired = impl_->fire_timers();
  for (std::size_t i = 0; i < impl_->hooks.size(); ++i) impl_->hooks[i]();
  return count > 0 || has_fired;
}

void Loop::run() {
  while (!impl_->is_stopping.load(std::memory_order_relaxed)) turn(kForever);
  impl_->is_stopping = false;
}

void Loop::stop() noexcept { impl_->is_stopping = true; }

void Loop::wake() noexcept {
  const std::uint64_t one = 1;
  // Fails only when the counter is full; then it is awake anyway.
  [[maybe_unused]] const auto written = write(impl_->waker.get(), &one, sizeof one);
}

}  // namespace webmon
