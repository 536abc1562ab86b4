#include "pipeline/executor/external_checks.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace webmon::executor {
namespace {

/// For what waits at the helper before it is started, and for its answer.
constexpr milliseconds kGrace{20'000};

}  // namespace

ExternalChecks::ExternalChecks(Loop& loop, int socket, std::function<void()> on_gone)
    : loop_{loop}, socket_{socket}, on_gone_{std::move(on_gone)} {
  loop_.watch(socket_, Loop::kRead, [this](unsigned) { receive(); });
}

ExternalChecks::~ExternalChecks() {
  for (const auto& [id, open] : open_) loop_.cancel(open.timer);
  if (socket_ < 0) return;
  loop_.unwatch(socket_);
  close(socket_);
}

void ExternalChecks::run(std::vector<std::string> command, milliseconds deadline, Done done) {
  const auto id = ++last_;
  const auto packet = encode(CheckRequest{id, deadline, std::move(command)});
  const auto refuse = [&](std::string why) { done({.id = id, .output = std::move(why)}); };
  if (!packet) return refuse(packet.error().detail);
  if (socket_ < 0 || send(socket_, packet->data(), packet->size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    return refuse("the helper for external checks does not take it");
  const auto timer = loop_.after(deadline + kGrace, [this, id] {
    finish({.id = id, .output = "the helper for external checks did not answer"});
  });
  open_.emplace(id, Open{std::move(done), timer});
}

void ExternalChecks::receive() {
  std::array<char, kMaxCheckOutput + 64> packet;
  for (;;) {
    const auto size = recv(socket_, packet.data(), packet.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return end_all();
    auto answer = decode_check_answer({packet.data(), static_cast<std::size_t>(size)});
    if (answer) finish(std::move(*answer));
  }
}

void ExternalChecks::finish(CheckAnswer&& answer) {
  const auto found = open_.find(answer.id);
  if (found == open_.end()) return;  // too late
  const auto open = std::move(found->second);
  open_.erase(found);
  loop_.cancel(open.timer);
  open.done(std::move(answer));
}

void ExternalChecks::end_all() {
  loop_.unwatch(socket_);
  close(std::exchange(socket_, -1));
  while (!open_.empty())
    finish({.id = open_.begin()->first, .output = "the helper for external checks has ended"});
  on_gone_();
}

}  // namespace webmon::executor
