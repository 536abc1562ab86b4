#include "pipeline/executor/check.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "cli/config_process.hpp"
#include "cli/exit_code.hpp"
#include "cli/nets.hpp"
#include "cli/result_text.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "lib/fetch/fetcher.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kAtOnce = 16;

struct Options {
  std::vector<std::string> urls;
  std::string file;
  ConfigFlags flags;
  bool is_insecure = false;
  bool is_json = false;
};

json::object judge(const Url& url, Page page) {
  Asset asset;
  asset.url = url;
  executor::add_features(page);
  const auto checked = executor::check_once(asset, page);
  json::array reports;
  for (const auto& entry : checked.entries) reports.push_back(report_json(entry.report));
  auto result = result_json(url.text, std::string{to_string(checked.state)}, std::move(reports));
  if (!page.detail.empty()) result["detail"] = page.detail;
  return result;
}

// Fetches all URLs, a few at once, and shows each result as soon as those before it are shown.
class Checks {
 public:
  Checks(Loop& loop, const Options& options, fetch::FetcherConfig config, std::vector<Url> urls)
      : loop_{loop},
        options_{options},
        urls_{std::move(urls)},
        results_(urls_.size()),
        fetcher_{loop, system_clock(), std::move(config)} {
    while (next_ < std::min(kAtOnce, urls_.size())) start(next_++);
  }
  bool is_all_up() const noexcept { return is_all_up_; }
  bool has_ended() const noexcept { return shown_ == urls_.size(); }

 private:
  void start(std::size_t index) {
    fetch::FetchRequest request;
    request.url = urls_[index];
    request.tls_verify = !options_.is_insecure;
    request.observed_at = system_clock().wall();
    fetcher_.start(std::move(request), [this, index](Page&& page) {
      results_[index] = judge(urls_[index], std::move(page));
      if (next_ < urls_.size()) start(next_++);
      show_ready();
    });
  }

  void show_ready() {
    for (; shown_ < urls_.size() && results_[shown_]; ++shown_) {
      auto& result = *results_[shown_];
      is_all_up_ = is_all_up_ && result["state"] == "up";
      if (options_.is_json) {
        print(json::serialize(result) + "\n");
      } else {
        print((shown_ > 0 ? "\n" : "") + render_result(result, terminal_width()));
      }
      result = {};
    }
    if (has_ended()) loop_.stop();
  }

  Loop& loop_;
  const Options& options_;
  std::vector<Url> urls_;
  std::vector<std::optional<json::object>> results_;
  fetch::Fetcher fetcher_;
  std::size_t next_ = 0;
  std::size_t shown_ = 0;
  bool is_all_up_ = true;
};

int check(Options& options) {
  if (!options.file.empty()) {
    const auto lines = read_url_file(options.file);
    if (!lines) return failed(lines.error());
    options.urls.insert(options.urls.end(), lines->begin(), lines->end());
  }
  if (options.urls.empty())
    return failed({Errc::bad_input, "no URL given: `webmon check URL…` or --file FILE"});
  auto urls = parse_urls(options.urls);
  if (!urls) return failed(urls.error());
  auto process = ProcessConfig::open(kCheck, options.flags);
  if (!process) return failed(process.error());
  auto settings = process->settings();
  auto& nets = settings.allow_nets;
  for (const auto& net : literal_loopback_nets(*urls)) {
    if (std::ranges::find(nets, net) != nets.end()) continue;
    remark(
        fmt::format("A given URL is on this machine: {} may be fetched from in this check.", net));
    nets.push_back(net);
  }
  auto config = executor_config(settings, {}).fetch;

  Loop loop;
  StopSignals signals;
  bool is_interrupted = false;
  Checks checks{loop, options, std::move(config), std::move(*urls)};
  signals.attach(loop, [&] {
    is_interrupted = true;
    loop.stop();
  });
  loop.run();
  signals.detach();
  if (is_interrupted) return failed({Errc::timeout, "interrupted"});
  return checks.is_all_up() ? kOk : kNotOk;
}

}  // namespace

void add_check(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand(
      "check", "Fetch pages once, without any server, and print every plugin's report");
  command->add_option("URL", options->urls, "Pages; a missing scheme is http");
  command->add_option("--file", options->file,
                      "Read URLs from a file, one a line; - is standard input");
  add_config_flags(*command, kCheck, options->flags);
  command->add_flag("--insecure", options->is_insecure,
                    "Fetch the page even if its certificate is not valid");
  command->add_flag("--json", options->is_json, "One JSON object a line and URL, for programs");
  command->footer(
      "Exit codes: 0 all pages are up, 1 something is not ok, 2 Webmon failed.\n"
      "A page has no history here, so nothing is said about what is normal for it: `webmon up` "
      "learns that.\n"
      "\n"
      "Examples:\n"
      "  webmon check https://example.org\n"
      "  webmon check --json --file urls.txt | jq .state\n"
      "  webmon check --allow-net 10.0.0.0/8 http://intranet.example/");
  command->callback([options, &status] { status = check(*options); });
}

}  // namespace webmon::cli
