#include "cli/session.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "cli/api_client.hpp"
#include "cli/asset_ref.hpp"
#include "cli/commands.hpp"
#include "cli/demo_site.hpp"
#include "cli/endpoints.hpp"
#include "cli/environment.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_read.hpp"
#include "cli/nets.hpp"
#include "cli/process.hpp"
#include "cli/progress.hpp"
#include "cli/result_text.hpp"
#include "cli/run_follow.hpp"
#include "cli/signals.hpp"
#include "cli/stats_text.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* kDemoTag = "demo";
constexpr const char* kDemoListen = "127.0.0.11:8090";
constexpr seconds kStartLimit{150};
constexpr seconds kStopLimit{240};  // the sum of what `up` grants its parts

/// A directory that is removed at the end, for --once without --data-dir.
class TemporaryDir {
 public:
  static Result<TemporaryDir> make() {
    auto pattern = (fs::path{environment("TMPDIR").value_or("/tmp")} / "webmon-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      return fail(Errc::bad_config, "cannot make a directory like " + pattern);
    return TemporaryDir{pattern};
  }
  TemporaryDir(TemporaryDir&& other) noexcept : path_{std::exchange(other.path_, {})} {}
  TemporaryDir& operator=(TemporaryDir&&) = delete;
  ~TemporaryDir() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const noexcept { return path_; }

 private:
  explicit TemporaryDir(fs::path path) : path_{std::move(path)} {}
  fs::path path_;
};

struct Watched {
  std::string id, url;
};

class Session {
 public:
  Session(SessionOptions options, std::vector<Url> urls, fs::path dir)
      : options_{std::move(options)},
        urls_{std::move(urls)},
        dir_{std::move(dir)},
        log_{dir_ / "webmon.log"} {}

  int run() {
    auto started = start();
    const auto status = started ? check_all() : started;
    if (!status) return end(failed(status.error()));
    int code = show_results();
    if (!options_.is_once && code != kFailed) code = stay(code);
    return end(code);
  }

 private:
  bool is_demo() const noexcept { return urls_.empty(); }
  Result<void> start();
  Result<void> wait_until_ready();
  Result<void> check_all();
  Result<void> add_assets();
  Result<void> remove_old_demo();
  Result<void> run_round(unsigned round, unsigned rounds, Progress& progress);
  Result<json::object> result_of(const Watched& asset);
  int show_results();
  void explain(const std::vector<json::object>& results);
  int stay(int code);
  int end(int code);
  Error with_log(Error error) const;

  SessionOptions options_;
  std::vector<Url> urls_;
  fs::path dir_, log_;
  std::uintmax_t log_start_ = 0;  ///< what is before it, others wrote
  HostPort demo_;
  StopSignals signals_;
  std::optional<Child> up_;
  std::optional<ApiClient> api_;
  std::vector<Watched> assets_;
};

std::vector<std::string> up_arguments(const SessionOptions& options, const fs::path& dir,
                                      const fs::path& log, const std::vector<std::string>& nets) {
  std::vector<std::string> args{"up", "--data-dir", dir.string(), "--log-file", log.string()};
  const auto add = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    args.emplace_back(name);
    args.push_back(value);
  };
  for (const auto& net : nets) add("--allow-net", net);
  // Loopback needs no politeness.
  add("--unlimited-host", "127.0.0.0/8");
  add("--unlimited-host", "::1");
  add("--ports", options.ports);
  add("--listen", options.listen);
  // The demo's story, and what was asked to be checked so and so often, is told by counting.
  const bool counts =
      options.is_once || options.rounds > 0 || (options.urls.empty() && options.file.empty());
  add("--interval", counts ? "never" : "");
  add("--ca-file", options.ca_file);
  if (options.threads > 0) add("--threads", std::to_string(options.threads));
  return args;
}

Result<void> Session::start() {
  auto nets = options_.allow_nets;
  auto own_nets =
      is_demo() ? std::vector<std::string>{"127.0.0.0/8"} : literal_loopback_nets(urls_);
  for (const auto& net : own_nets) {
    if (std::ranges::find(nets, net) != nets.end()) continue;
    if (!is_demo())
      remark(fmt::format("A given URL is on this machine: {} may be fetched from while this runs.",
                         net));
    nets.push_back(net);
  }
  auto args = up_arguments(options_, dir_, log_, nets);
  if (is_demo()) {
    demo_ = *parse_host_port(kDemoListen);
    if (options_.ports == "auto" || !check_free(demo_, "the demo site")) {
      const auto port = pick_free_port(demo_.host, system_rng());
      if (!port) return fail(port.error());
      demo_.port = *port;
    }
    args.insert(args.end(), {"--demo", "--demo-listen", to_string(demo_)});
  }
  std::error_code ignored;
  fs::create_directories(dir_, ignored);
  if (const auto size = fs::file_size(log_, ignored); !ignored) log_start_ = size;
  auto up =
      Child::spawn({.name = "webmon", .args = std::move(args), .is_self = true, .output = -1});
  if (!up) return fail(up.error());
  up_.emplace(std::move(*up));
  return wait_until_ready();
}

Result<void> Session::wait_until_ready() {
  const auto deadline = system_clock().mono() + kStartLimit;
  while (system_clock().mono() < deadline) {
    if (const auto ended = up_->ended())
      return fail(with_log({Errc::bad_config, "Webmon did not start (" + to_string(*ended) + ")"}));
    if (const auto endpoints = read_endpoints(dir_);
        endpoints && *endpoints && (*endpoints)->pid == up_->pid()) {
      api_.emplace((*endpoints)->server());
      const auto health = api_->call("GET", "/api/v1/health");
      if (health && text_at(health->body, "/dispatcher") != "down") return {};
    }
    if (signals_.wait(milliseconds{20})) return fail(Errc::timeout, "interrupted");
  }
  return fail(with_log(
      {Errc::timeout, fmt::format("Webmon is not ready after {} s", kStartLimit.count())}));
}

// The demo's defacement counts from the first fetch, so its assets must not know more than this run
// shows them.
Result<void> Session::remove_old_demo() {
  std::vector<std::string> ids;
  const auto listed =
      api_->for_each(fmt::format("/api/v1/assets?tag={}", kDemoTag),
                     [&](const auto& asset) { ids.push_back(text_at(asset, "/id")); });
  if (!listed) return listed;
  for (const auto& id : ids)
    if (auto removed = api_->call("DELETE", "/api/v1/assets/" + id + "?purge=true"); !removed)
      return fail(removed.error());
  return {};
}

Result<void> Session::add_assets() {
  auto urls = urls_;
  if (is_demo()) {
    if (auto removed = remove_old_demo(); !removed) return removed;
    const auto addresses = demo_addresses(demo_);
    if (!addresses) return fail(addresses.error());
    for (std::size_t i = 0; i < kDemoPages.size(); ++i)
      urls.push_back(*parse_url(demo_url(kDemoPages[i], (*addresses)[i])));
  }
  for (const auto& url : urls) {
    if (std::ranges::find(assets_, url.text, &Watched::url) != assets_.end()) continue;
    json::object body{{"url", url.text}};
    if (is_demo()) body["tags"] = json::array{kDemoTag};
    auto added = api_->call("POST", "/api/v1/assets", body, {});
    if (!added && added.error().code != Errc::conflict) return fail(added.error());
    auto id =
        added ? Result<std::string>{text_at(added->body, "/id")} : find_asset_id(*api_, url.text);
    if (!id) return fail(id.error());
    assets_.push_back({std::move(*id), url.text});
    if (signals_.is_set()) return fail(Errc::timeout, "interrupted");
  }
  return {};
}

Result<void> Session::run_round(unsigned round, unsigned rounds, Progress& progress) {
  json::array ids;
  for (const auto& asset : assets_) ids.emplace_back(asset.id);
  const auto answer = start_run(*api_, {{"assets", std::move(ids)}});
  if (!answer) return fail(answer.error());
  const auto before = static_cast<std::uint64_t>(round) * assets_.size();
  const auto status =
      follow_run(*api_, text_at(answer->body, "/id"), signals_, [&](const RunStatus& s) {
        progress.show(before + s.ended(), static_cast<std::uint64_t>(rounds) * assets_.size());
      });
  if (!status) return fail(status.error());
  if (status->dead > 0)
    return fail(with_log(
        {Errc::internal, fmt::format("{} jobs could not be run by Webmon itself", status->dead)}));
  return {};
}

Result<void> Session::check_all() {
  if (auto added = add_assets(); !added) return added;
  const auto rounds = options_.rounds > 0 ? options_.rounds : is_demo() ? kDemoRounds : 1;
  remark(fmt::format("{} page{}, {} round{}; the API is at {}", assets_.size(),
                     assets_.size() == 1 ? "" : "s", rounds, rounds == 1 ? "" : "s",
                     api_->server()));
  Progress progress{"checked"};
  Result<void> result{};
  for (unsigned round = 0; round < rounds && result; ++round)
    result = run_round(round, rounds, progress);
  progress.finish();
  return result;
}

Result<json::object> Session::result_of(const Watched& asset) {
  const auto answer = api_->call("GET", "/api/v1/assets/" + asset.id + "/reports");
  if (!answer) return fail(answer.error());
  auto result =
      result_json(asset.url, text_at(answer->body, "/state"), array_at(answer->body, "/items"));
  result["id"] = asset.id;
  return result;
}

int Session::show_results() {
  std::vector<json::object> results;
  for (const auto& asset : assets_) {
    auto result = result_of(asset);
    if (!result) return failed(result.error());
    results.push_back(std::move(*result));
  }
  if (options_.is_json) {
    for (const auto& result : results) print(json::serialize(result) + "\n");
  } else {
    print(render_results(results, terminal_look()));
    explain(results);
  }
  return verdict(results);
}

// The statistics behind each page that changed.
void Session::explain(const std::vector<json::object>& results) {
  for (const auto& result : results) {
    const json::value value(result);
    if (text_at(value, "/state") != "changed") continue;
    const auto statistics =
        api_->call("GET", "/api/v1/assets/" + text_at(value, "/id") + "/statistics");
    if (!statistics) continue;
    print(fmt::format("\nWhat is unusual about {}, against what was normal for it before:\n",
                      printable(text_at(value, "/url"))) +
          render_excesses(statistics->body, terminal_width()));
  }
}

// How to call this very program, from wherever it was called.
std::string own_program() {
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  const auto near = fs::relative(program, error);
  return error || near.native().starts_with("../") ? program.string() : near.string();
}

int Session::stay(int code) {
  const auto command = [&](const char* words) {
    const auto dir = options_.data_dir.empty() ? "" : " --data-dir " + options_.data_dir;
    return own_program() + " " + words + dir;
  };
  remark(
      fmt::format("\nWebmon stays up; its API is at {}/api/v1 and its log is {}. Ctrl-C stops it.\n"
                  "Try, elsewhere:  {}\n"
                  "                 {}",
                  api_->server(), log_.string(), command("asset list"),
                  command(("stats " + assets_.front().url).c_str())));
  while (!signals_.wait(milliseconds{200}))
    if (const auto ended = up_->ended())
      return failed(
          with_log({Errc::internal, "Webmon ended by itself (" + to_string(*ended) + ")"}));
  return code;
}

int Session::end(int code) {
  if (!up_ || up_->ended()) return code;
  up_->signal(SIGTERM);
  const auto deadline = system_clock().mono() + kStopLimit;
  bool was_told = signals_.is_set();
  while (system_clock().mono() < deadline) {
    if (const auto ended = up_->wait(milliseconds{100})) {
      if (ended->code == 0 && ended->signal == 0) return code;
      return failed(
          with_log({Errc::internal, "Webmon did not stop cleanly (" + to_string(*ended) + ")"}));
    }
    if (!was_told && signals_.is_set()) {
      was_told = true;
      up_->signal(SIGTERM);
    }
  }
  return failed(with_log({Errc::timeout, "Webmon did not stop in time"}));
}

// What the parts wrote last says more than we know. A temporary directory will be gone.
Error Session::with_log(Error error) const {
  constexpr std::size_t kLines = 15;
  std::ifstream file{log_};
  file.seekg(static_cast<std::streamoff>(log_start_));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
    if (lines.size() > kLines) lines.erase(lines.begin());
  }
  if (lines.empty()) return error;
  error.detail += ". The last lines of " + log_.string() + ":";
  for (const auto& line : lines) error.detail += "\n  " + line;
  return error;
}

}  // namespace

int verdict(const std::vector<json::object>& results) {
  int code = kOk;
  for (const auto& result : results) {
    const auto state = text_at(json::value(result), "/state");
    if (state == "up" || state == "paused" || state == "maintenance") continue;
    if (state.empty() || state == "unknown") return kFailed;
    code = kNotOk;
  }
  return code;
}

int run_session(SessionOptions options) {
  if (!options.file.empty()) {
    const auto lines = read_url_file(options.file);
    if (!lines) return failed(lines.error());
    if (lines->empty()) return failed({Errc::bad_input, "there is no URL in " + options.file});
    options.urls.insert(options.urls.end(), lines->begin(), lines->end());
  }
  auto urls = parse_urls(options.urls);
  if (!urls) return failed(urls.error());
  if (auto nets = parse_nets(options.allow_nets); !nets) return failed(nets.error());
  if (options.is_once && options.ports.empty()) options.ports = "auto";
  std::optional<TemporaryDir> temporary;
  if (options.is_once && options.data_dir.empty()) {
    auto made = TemporaryDir::make();
    if (!made) return failed(made.error());
    temporary.emplace(std::move(*made));
    options.data_dir = temporary->path().string();
  }
  auto dir = data_dir(options.data_dir);
  if (!dir) return failed(dir.error());
  return Session{std::move(options), std::move(*urls), std::move(*dir)}.run();
}

void add_session(CLI::App& root, int& status) {
  auto options = std::make_shared<SessionOptions>();
  auto* command = root.add_subcommand("session", "")->group("");
  command->description(
      "./run: start Webmon, check the given pages (none: a bundled demo site), show the results");
  command->add_option("URL", options->urls, "Pages; a missing scheme is http");
  command->add_option("--file", options->file,
                      "Read URLs from a file, one a line; - is standard input");
  command->add_flag("--once", options->is_once,
                    "End after the first complete round: exit code 0 all up, 1 something is not "
                    "ok, 2 Webmon failed");
  command->add_flag("--json", options->is_json,
                    "Print one JSON object a line and page instead of a table");
  command
      ->add_option("--rounds", options->rounds,
                   "How often each page is checked (default: 1; the demo: 70)")
      ->check(CLI::Range(1, 100'000));
  command->add_option(
      "--data-dir", options->data_dir,
      "Default: $XDG_DATA_HOME/webmon or ~/.local/share/webmon; with --once a temporary one");
  command->add_option("--ports", options->ports,
                      "As in `webmon up`; with --once \"auto\" is the default");
  command->add_option("--listen", options->listen, "ADDRESS:PORT of the API, on loopback");
  command
      ->add_option("--allow-net", options->allow_nets,
                   "CIDR that may be fetched from beside public addresses; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--ca-file", options->ca_file, "Trusted certificate authorities, PEM");
  command->add_option("--threads", options->threads, "Executor threads (default: one per core)");
  command->footer(
      "Examples:\n"
      "  ./run                                  the demo: 70 rounds, one page is defaced in the "
      "end\n"
      "  ./run https://example.org              check it, show the result, stay up\n"
      "  ./run --once --file urls.txt           check all of them once, then end");
  command->callback([options, &status] { status = run_session(*options); });
}

}  // namespace webmon::cli
