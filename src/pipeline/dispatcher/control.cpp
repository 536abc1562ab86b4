#include "pipeline/dispatcher/control.hpp"

#include <optional>
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

Result<void> Control::bind(bus::Network& network, const std::string& endpoint) {
  auto channel = network.bind(loop_, bus::Role::control_server, endpoint);
  if (!channel) return fail(std::move(channel.error()));
  channel_ = std::move(*channel);
  channel_->watch([this] { take(); }, [] { return true; });
  return {};
}

void Control::take() {
  bus::Frames frames;
  for (int i = 0; i < kRequestsPerTurn && channel_->receive(frames); ++i) {
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
    ++counters_.by_command[static_cast<std::size_t>(*command)];
    handler_(*command, [this, envelope = std::move(request.envelope)](std::string text) {
      answer(envelope, std::move(text));
    });
  }
}

void Control::answer(const bus::Frames& envelope, std::string text) {
  auto frames = envelope;
  frames.push_back(std::move(text));
  if (!channel_->send(frames)) log_debug("control reply not delivered: the client is gone");
  channel_->poke();  // sending may have eaten the edge of something that came in
}

}  // namespace webmon::dispatcher
