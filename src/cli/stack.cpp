#include "cli/stack.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <utility>

#include "cli/exit_code.hpp"
#include "cli/ports.hpp"
#include "cli/redis_server.hpp"
#include "lib/core/log.hpp"

namespace webmon::cli {
namespace {

constexpr seconds kStartLimit{120};  // an orphan's lock, the check of a large snapshot, loading it
constexpr milliseconds kLookEvery{20};

// Redis has to write its snapshot, the dispatcher to wait for one.
milliseconds grace_of(const std::string& title) {
  if (title == "redis") return seconds{120};
  return title == "dispatcher" ? seconds{45} : seconds{20};
}

}  // namespace

Stack::Stack(Loop& loop, std::filesystem::path dir, Endpoints endpoints, UpOptions options,
             int output, Events events)
    : loop_{loop},
      dir_{std::move(dir)},
      endpoints_{std::move(endpoints)},
      options_{std::move(options)},
      output_{output},
      events_{std::move(events)} {}

Stack::~Stack() { loop_.cancel(timer_); }

Part& Stack::add(std::string title, std::vector<std::string> args) {
  SpawnOptions spawn{.name = "webmon", .args = std::move(args), .is_self = true, .output = output_};
  parts_.push_back(std::make_unique<Part>(
      loop_, std::move(spawn), std::move(title),
      [this](const Part& part, const Ended& ended) { return part_ended(part, ended); }));
  return *parts_.back();
}

void Stack::start() {
  deadline_ = loop_.now() + kStartLimit;
  add("redis", redis_part(dir_)).start();
  store::RedisConfig config;
  config.address.unix_socket = redis_socket(dir_).string();
  config.reconnect_first = milliseconds{10};
  redis_ = std::make_unique<store::LoopRedis>(loop_, config);
  redis_->on_up([this] { start_others(); });
  timer_ = loop_.after(kLookEvery, [this] { look(); });
}

// Also called when Redis is back after a crash; then they run already.
void Stack::start_others() {
  if (is_stopping_ || parts_.size() > 1) return;
  const auto flags = flags_for_parts(options_.flags, endpoints_, dir_);
  add("dispatcher", dispatcher_part(flags)).start();
  add("executor", executor_part(flags, endpoints_)).start();
  add("api", api_part(flags)).start();
  if (options_.has_demo) add("demo-site", {"demo-site", "--listen", options_.demo_listen}).start();
}

void Stack::look() {
  timer_ = 0;
  if (is_stopping_ || is_ready_) return;
  const auto answers = [](const std::string& text) {
    const auto address = parse_host_port(text);
    return address && accepts(*address);
  };
  const auto listeners = tcp_listeners(endpoints_);
  if (parts_.size() > 1 && listeners && std::ranges::all_of(*listeners, answers) &&
      (!options_.has_demo || answers(options_.demo_listen))) {
    is_ready_ = true;
    events_.ready();
    return;
  }
  if (loop_.now() >= deadline_) {
    give_up({Errc::timeout, fmt::format("not ready within {} s{}", kStartLimit.count(),
                                        redis_->is_up() ? "" : "; Redis: " + redis_->trouble())});
    return;
  }
  timer_ = loop_.after(kLookEvery, [this] { look(); });
}

bool Stack::part_ended(const Part& part, const Ended& ended) {
  // What ends by itself before it was ready, saying that it cannot run, will say so the next time,
  // too.
  if (!is_ready_ && ended.signal == 0 && ended.code == kFailed) {
    give_up(
        {Errc::bad_config, fmt::format("{} could not start; its message is above", part.title())});
    return false;
  }
  log_warn("a part died, starting it again", {{"part", part.title()}, {"how", to_string(ended)}});
  return !is_stopping_;
}

void Stack::give_up(Error error) {
  if (is_stopping_) return;
  events_.failed(error);
  stop();
}

void Stack::stop() {
  if (std::exchange(is_stopping_, true)) {
    for (auto& part : parts_)
      if (part->title() != "redis") part->hurry();
    return;
  }
  loop_.cancel(timer_);
  // From the loop: the caller may be a part of ours that is in the middle of something.
  timer_ = loop_.after(nanoseconds{0}, [this] { stop_next(); });
}

void Stack::reload() {
  for (const auto& part : parts_)
    if (part->title() != "redis" && part->title() != "demo-site") part->signal(SIGHUP);
}

void Stack::stop_next() {
  constexpr std::array<std::string_view, 5> kOrder{"demo-site", "api", "dispatcher", "executor",
                                                   "redis"};
  for (const auto title : kOrder) {
    const auto part = std::ranges::find_if(
        parts_, [&](const auto& p) { return p->title() == title && p->is_running(); });
    if (part == parts_.end()) continue;
    (*part)->stop(grace_of((*part)->title()), [this] { stop_next(); });
    return;
  }
  events_.stopped();
}

}  // namespace webmon::cli
