#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/api_client.hpp"
#include "cli/commands.hpp"
#include "cli/control_client.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_read.hpp"
#include "cli/print_json.hpp"
#include "cli/screen.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "cli/watch_view.hpp"
#include "lib/wire/frames.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

constexpr seconds kPatience{3};
constexpr seconds kDispatcherPatience{1};
constexpr milliseconds kSizeEvery{200};

struct Options {
  ClientOptions client;
  std::string control;
  unsigned every_s = 1;
  bool is_once = false;
};

std::string time_of_day() { return to_rfc3339(system_clock().wall()).substr(11, 8); }

class Looker {
 public:
  explicit Looker(const Options& options)
      : api_{client_for(options.client).server(), kPatience},
        control_{control_endpoint(options.control, options.client.data_dir)} {}
  const std::string& server() const noexcept { return api_.server(); }

  WatchSeen look() {
    WatchSeen seen;
    const auto fleet = api_.call("GET", "/api/v1/fleet");
    if (!fleet) {
      seen.trouble = fleet.error().detail;
      return seen;
    }
    seen.fleet = fleet->body;
    if (const auto runs = api_.call("GET", "/api/v1/runs"))
      seen.runs = array_at(runs->body, "/items");
    for (const auto* state : {"down", "changed", "degraded", "inconclusive"})
      if (const auto assets =
              api_.call("GET", std::string{"/api/v1/assets?limit=50&state="} + state))
        for (const auto& asset : array_at(assets->body, "/items")) seen.troubled.push_back(asset);
    if (const auto frame = ask_dispatcher(control_, "STATUS", kDispatcherPatience))
      if (auto reply = wire::parse_reply(*frame)) seen.dispatcher = std::move(*reply);
    return seen;
  }

 private:
  ApiClient api_;
  std::string control_;
};

json::object to_json(const WatchSeen& seen) {
  return {{"fleet", seen.fleet},
          {"runs", seen.runs},
          {"troubled", seen.troubled},
          {"dispatcher", seen.dispatcher}};
}

/// The loop on a terminal: a look every so often, keys and size in between.
class Watching {
 public:
  explicit Watching(const Options& options) : looker_{options}, every_{seconds{options.every_s}} {
    view_.server = looker_.server();
  }

  int run() {
    signals_.attach(loop_, [this] { loop_.stop(); });
    loop_.watch(STDIN_FILENO, Loop::kRead, [this](unsigned) { read_keys(); });
    look();
    watch_size();
    loop_.run();
    loop_.unwatch(STDIN_FILENO);
    signals_.detach();
    return kOk;  // that is how one leaves it
  }

 private:
  void look() {
    if (!view_.is_paused) view_.take(looker_.look(), system_clock().mono(), time_of_day());
    draw();
    loop_.after(every_, [this] { look(); });
  }

  void watch_size() {
    if (width_ != screen_.width() || height_ != screen_.height()) draw();
    loop_.after(kSizeEvery, [this] { watch_size(); });
  }

  void draw() {
    width_ = screen_.width();
    height_ = screen_.height();
    screen_.draw(view_.render(width_, height_, is_coloured(STDOUT_FILENO)));
  }

  void read_keys() {
    const auto keys = screen_.keys();
    if (keys.empty()) return loop_.stop();  // the terminal is gone
    for (const auto key : keys) {
      if (key == Screen::Key::quit) return loop_.stop();
      if (key == Screen::Key::pause) view_.is_paused = !view_.is_paused;
      if (key == Screen::Key::down && view_.scroll + 1 < view_.log.changes().size()) ++view_.scroll;
      if (key == Screen::Key::up && view_.scroll > 0) --view_.scroll;
    }
    draw();
  }

  Looker looker_;
  milliseconds every_;
  WatchView view_;
  Loop loop_;
  StopSignals signals_;
  std::size_t width_ = 0, height_ = 0;
  Screen screen_;
};

int look_once(const Options& options) {
  Looker looker{options};
  WatchView view;
  view.server = looker.server();
  view.take(looker.look(), system_clock().mono(), time_of_day());
  if (!view.seen.trouble.empty()) return failed({Errc::bus_down, view.seen.trouble});
  if (options.client.is_json) {
    print_json(to_json(view.seen));
    return kOk;
  }
  const auto look = terminal_look();
  for (const auto& line : view.render(look.width == 0 ? 120 : look.width, 0, look.has_colour))
    print(line + "\n");
  return kOk;
}

// One line a look, until somebody ends it.
int stream(const Options& options) {
  Looker looker{options};
  const StopSignals signals;
  do {
    const auto seen = looker.look();
    if (!seen.trouble.empty()) return failed({Errc::bus_down, seen.trouble});
    print_json(to_json(seen));
  } while (!signals.wait(seconds{options.every_s}));
  return kOk;
}

int watch(const Options& options) {
  if (options.is_once) return look_once(options);
  if (options.client.is_json) return stream(options);
  if (!is_terminal(STDOUT_FILENO) || !is_terminal(STDIN_FILENO))
    return failed(
        {Errc::bad_input,
         "watch draws on a terminal, and this is none: use --once for one look, or --json "
         "for a line a look"});
  return Watching{options}.run();
}

}  // namespace

void add_watch(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand(
      "watch", "Watch the fleet live: states, checks a second, executors, runs, what changes");
  add_client_options(*command, options->client);
  command->add_option("--control", options->control,
                      "The dispatcher's control endpoint (default: of the data directory)");
  command->add_option("--every", options->every_s, "Seconds from look to look")
      ->capture_default_str()
      ->check(CLI::Range(1, 3'600));
  command->add_flag("--once", options->is_once, "Look once, print, end");
  command->footer(
      "Keys: q or Ctrl-C ends it, p pauses, arrows scroll the changes. Changes are those of pages "
      "that are not all right,\n"
      "50 of each state. Lag and checks a second come from the dispatcher; without it they are "
      "\"-\".\n"
      "Exit codes: 0 left as asked, 2 no terminal, or with --once or --json no API.\n"
      "Examples:\n"
      "  webmon watch\n"
      "  webmon watch --once\n"
      "  webmon watch --json --every 10 | jq .fleet.assets.by_state");
  command->callback([options, &status] { status = watch(*options); });
}

}  // namespace webmon::cli
