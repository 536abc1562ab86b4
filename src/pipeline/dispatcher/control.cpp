#include "pipeline/dispatcher/control.hpp"

#include <utility>

#include "lib/core/log.hpp"

namespace webmon::dispatcher {
namespace {

constexpr int kRequestsPerTurn = 256;

/// What a ROUTER receives, in two: where to answer (identity, and the empty delimiter of a REQ) and
/// the command.
struct Request {
  bus::Frames envelope;
  std::optional<std::string> text;  ///< nothing: not one frame
};

Request split(bus::Frames frames) {
  Request request;
  request.envelope.push_back(std::move(frames.front()));
  std::size_t at = 1;
  if (frames.size() > 2 && frames[1].empty()) {
    request.envelope.emplace_back();
    at = 2;
  }
  if (frames.size() == at + 1) request.text = std::move(frames[at]);
  return request;
}

}  // namespace

Result<void> Control::bind(bus::Context& context, const std::string& endpoint) {
  auto socket = bus::Socket::open(context, bus::Role::control_server);
  if (!socket) return fail(std::move(socket.error()));
  if (auto bound = socket->bind(endpoint); !bound) return fail(std::move(bound.error()));
  socket_ = std::move(*socket);
  watch_ = std::make_unique<bus::Watch>(
      loop_, *socket_, [this] { take(); }, [] { return true; });
  return {};
}

void Control::take() {
  bus::Frames frames;
  for (int i = 0; i < kRequestsPerTurn && socket_->receive(frames); ++i) {
    ++counters_.commands;
    auto request = split(std::move(frames));
    const auto command =
        request.text ? wire::parse_command(*request.text)
                     : Result<wire::Command>{fail(Errc::bad_frame, "a command is one frame")};
    if (!command) {
      ++counters_.bad_commands;
      log_debug("bad control command", {{"detail", command.error().detail}});
      answer(request.envelope, wire::error_reply(command.error()));
      continue;
    }
    handler_(*command, [this, envelope = std::move(request.envelope)](std::string text) {
      answer(envelope, std::move(text));
    });
  }
}

void Control::answer(const bus::Frames& envelope, std::string text) {
  auto frames = envelope;
  frames.push_back(std::move(text));
  if (!socket_->send(frames)) log_debug("control reply not delivered: the client is gone");
  watch_->poke();  // sending may have eaten the edge of something that came in
}

}  // namespace webmon::dispatcher
