#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <optional>

#include "cli/api_client.hpp"
#include "cli/commands.hpp"
#include "cli/endpoints.hpp"
#include "cli/environment.hpp"
#include "cli/exit_code.hpp"
#include "cli/fields_text.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "lib/bus/socket.hpp"
#include "lib/wire/frames.hpp"

namespace webmon::cli {
namespace {

struct Options {
  std::vector<std::string> words;
  std::string control;
  std::string data_dir;
  unsigned timeout_s = 60;
  bool is_json = false;
};

std::string control_endpoint(const Options& options) {
  if (!options.control.empty()) return options.control;
  if (const auto dir = data_dir(options.data_dir))
    if (const auto endpoints = read_endpoints(*dir); endpoints && *endpoints)
      return (*endpoints)->control;
  return Endpoints{}.control;
}

// One request, one reply, one deadline.
Result<std::string> ask(const std::string& endpoint, std::string_view command, seconds limit) {
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

int control(const Options& options) {
  std::string text;
  for (const auto& word : options.words) text += (text.empty() ? "" : " ") + word;
  const auto command = wire::parse_command(text);
  if (!command) {
    complain(fmt::format("\"{}\": {}", text, command.error().detail));
    return kFailed;
  }
  const auto endpoint = control_endpoint(options);
  const auto frame = ask(endpoint, text, seconds{options.timeout_s});
  if (!frame) return failed(frame.error());
  if (options.is_json) print(*frame + "\n");
  const auto reply = wire::parse_reply(*frame);
  if (!reply)
    return failed({reply.error().code, fmt::format("{}: {}", text, reply.error().detail)});
  if (!options.is_json) print(render_fields(*reply, terminal_width()));
  return kOk;
}

}  // namespace

void add_control(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand(
      "control", "Send the dispatcher a command over its control channel (ZeroMQ)");
  command
      ->add_option("COMMAND", options->words,
                   "SNAPSHOT NOW, PING, STATUS, PAUSE, RESUME, DRAIN or SHUTDOWN")
      ->required();
  command->add_option("--control", options->control,
                      "The dispatcher's control endpoint (default: of the data directory, else "
                      "tcp://127.0.0.1:5561)");
  command->add_option("--data-dir", options->data_dir,
                      "Use the `webmon up` that runs on this directory");
  command->add_option("--timeout", options->timeout_s, "Seconds to wait for the answer")
      ->capture_default_str()
      ->check(CLI::Range(1, 3600));
  command->add_flag("--json", options->is_json, "Print the reply as it came");
  command->footer(
      "SNAPSHOT NOW answers when the snapshot has ended; the others answer at once.\n"
      "Exit codes: 0 the dispatcher said ok, 2 it did not, or did not answer.");
  command->callback([options, &status] { status = control(*options); });
}

}  // namespace webmon::cli
