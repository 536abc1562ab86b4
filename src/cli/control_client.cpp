#include "cli/control_client.hpp"

#include <fmt/format.h>

#include <optional>

#include "cli/endpoints.hpp"
#include "cli/environment.hpp"
#include "lib/bus/socket.hpp"

namespace webmon::cli {

std::string control_endpoint(const std::string& given, const std::string& data_directory) {
  if (!given.empty()) return given;
  if (const auto dir = data_dir(data_directory))
    if (const auto endpoints = read_endpoints(*dir); endpoints && *endpoints)
      return (*endpoints)->control;
  return Endpoints{}.control;
}

Result<std::string> ask_dispatcher(const std::string& endpoint, std::string_view command,
                                   seconds limit) {
  bus::Context context;
  auto socket = bus::Socket::open(context, bus::Role::control_client);
  if (!socket) return fail(socket.error());
  if (auto connected = socket->connect(endpoint); !connected) return fail(connected.error());
  Loop loop;
  bool is_sent = false;
  std::optional<std::string> reply;
  const auto look = [&] {
    is_sent = is_sent || socket->send(command);
    bus::Frames frames;
    if (socket->receive(frames) && !frames.empty()) reply = frames.back();
    if (reply) loop.stop();
  };
  const bus::Watch watch{loop, *socket, look, [&] { return !reply; }};
  const auto deadline = loop.now() + limit;
  look();
  while (!reply && loop.now() < deadline) {
    loop.turn(milliseconds{50});
    look();
  }
  if (reply) return *reply;
  return fail(
      Errc::timeout,
      fmt::format("no answer from the dispatcher at {} within {} s. Does it run (`webmon up`)? "
                  "Another one is named with --control ENDPOINT",
                  endpoint, limit.count()));
}

}  // namespace webmon::cli
