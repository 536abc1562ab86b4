#include "cli/part.hpp"

#include <signal.h>

#include <utility>

#include "lib/core/log.hpp"

namespace webmon::cli {

Part::Part(Loop& loop, SpawnOptions options, std::string title, OnEnd on_end)
    : loop_{loop},
      options_{std::move(options)},
      title_{std::move(title)},
      on_end_{std::move(on_end)} {}

Part::~Part() {
  loop_.cancel(timer_);
  if (child_) loop_.unwatch(child_->fd());
}

void Part::start() {
  loop_.cancel(std::exchange(timer_, 0));
  if (child_ || stopped_) return;
  started_ = loop_.now();
  auto child = Child::spawn(options_);
  if (!child) {
    log_error("cannot start a part", {{"part", title_}, {"error", child.error().detail}});
    restart_later();
    return;
  }
  child_.emplace(std::move(*child));
  loop_.watch(child_->fd(), Loop::kRead, [this](unsigned) { has_ended(); });
}

void Part::has_ended() {
  const auto ended = child_->ended();
  if (!ended) return;
  loop_.unwatch(child_->fd());
  child_.reset();
  if (stopped_) {
    loop_.cancel(std::exchange(timer_, 0));
    // Named first: `done` may destroy us.
    const auto done = std::exchange(stopped_, [] {});
    done();
    return;
  }
  if (on_end_(*this, *ended)) restart_later();
}

void Part::restart_later() {
  timer_ = loop_.after(backoff_.next(loop_.now() - started_), [this] { start(); });
}

void Part::stop(milliseconds grace, std::function<void()> done) {
  loop_.cancel(std::exchange(timer_, 0));
  if (!child_) {
    stopped_ = [] {};
    done();
    return;
  }
  stopped_ = std::move(done);
  child_->signal(SIGCONT);
  child_->signal(SIGTERM);
  timer_ = loop_.after(grace, [this] {
    log_warn("killed, for it did not stop in time", {{"part", title_}});
    hurry();
  });
}

void Part::signal(int number) const noexcept {
  if (child_ && !stopped_) child_->signal(number);
}

void Part::hurry() noexcept {
  if (child_ && stopped_) child_->signal(SIGKILL);
}

}  // namespace webmon::cli
