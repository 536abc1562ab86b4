#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/control_client.hpp"
#include "cli/exit_code.hpp"
#include "cli/fields_text.hpp"
#include "cli/terminal.hpp"
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

int control(const Options& options) {
  std::string text;
  for (const auto& word : options.words) text += (text.empty() ? "" : " ") + word;
  const auto command = wire::parse_command(text);
  if (!command) {
    complain(fmt::format("\"{}\": {}", text, command.error().detail));
    return kFailed;
  }
  const auto endpoint = control_endpoint(options.control, options.data_dir);
  const auto frame = ask_dispatcher(endpoint, text, seconds{options.timeout_s});
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
      "Exit codes: 0 the dispatcher said ok, 2 it did not, or did not answer.\n"
      "Examples:\n"
      "  webmon control STATUS\n"
      "  webmon control SNAPSHOT NOW");
  command->callback([options, &status] { status = control(*options); });
}

}  // namespace webmon::cli
