#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <memory>

#include "cli/bulk_check.hpp"
#include "cli/commands.hpp"
#include "cli/config_process.hpp"
#include "cli/exit_code.hpp"
#include "cli/nets.hpp"
#include "cli/option_fields.hpp"
#include "cli/result_text.hpp"
#include "cli/signature_rules.hpp"
#include "cli/terminal.hpp"
#include "lib/core/plugin.hpp"
#include "lib/html/ignore_filter.hpp"
#include "lib/signatures/scanner.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostInFull = 3;  // pages whose reports a person reads one by one

/// What they say, they say of a page's history, which there is none of here. Others always run.
constexpr std::array<std::string_view, 2> kOnlyWithHistory{"content-hash", "html-stats"};

struct Options {
  std::vector<std::string> urls;
  ConfigFlags flags;
  std::vector<std::string> plugins;
  BulkOptions bulk;
  IgnoreFields ignore;
  bool keeps_alive = false;
  bool is_insecure = false;
  bool is_full = false, is_lines = false;
};

Result<json::object> plugin_options(const std::vector<std::string>& wanted, bool is_complete) {
  for (const auto& name : wanted)
    if (find_plugin(name) == nullptr)
      return fail(Errc::not_found,
                  "there is no plugin \"" + name + "\"; `webmon plugins` lists them");
  json::object options;
  for (const auto* plugin : all_plugins()) {
    const bool is_mute = !is_complete && std::ranges::count(kOnlyWithHistory, plugin->name) > 0;
    const bool is_on = wanted.empty() ? !is_mute : std::ranges::count(wanted, plugin->name) > 0;
    if (!is_on) options[plugin->name] = json::object{{"enabled", false}};
  }
  return options;
}

// As the API would read them.
Result<IgnoreRules> ignore_rules(const IgnoreFields& fields) {
  AssetOptionsPatch patch;
  if (auto read = read_option("ignore", ignore_json(fields), patch); !read)
    return fail(read.error());
  auto rules = patch.ignore.value().value();
  if (auto ok = check_ignore_rules(rules); !ok) return fail(ok.error());
  return rules;
}

// What the user typed may be on this machine; what a file says may not, unless the user says so.
void allow_typed(Settings& settings, const std::vector<Url>& typed) {
  auto& nets = settings.allow_nets;
  for (const auto& net : literal_loopback_nets(typed)) {
    if (std::ranges::find(nets, net) != nets.end()) continue;
    remark(
        fmt::format("A given URL is on this machine: {} may be fetched from in this check.", net));
    nets.push_back(net);
  }
}

// Without rules of the operator's, Webmon's own are compiled when the first page is there.
Result<void> use_rules(const std::string& place) {
  if (place.empty()) return {};
  const auto files = read_rule_files(place);
  if (!files) return fail(files.error());
  auto rules = compile_rules(*files);
  if (!rules) return fail(rules.error());
  for (const auto& warning : (*rules)->warnings()) remark("A rule may be slow: " + warning);
  signatures::use_in_this_process(std::move(*rules));
  return {};
}

std::function<std::string(const json::object&)> renderer(bool is_json, bool is_full) {
  if (is_json) return [](const json::object& result) { return json::serialize(result) + "\n"; };
  const auto look = terminal_look();
  if (is_full) return [look](const json::object& result) { return render_result(result, look); };
  return [look](const json::object& result) { return render_line(result, look); };
}

int check(const Options& options) {
  auto bulk = options.bulk;
  if (options.urls.empty() && bulk.file.empty())
    return failed({Errc::bad_input, "no URL given: `webmon check URL…` or --file FILE"});
  auto urls = parse_urls(options.urls);
  if (!urls) return failed(urls.error());
  const bool are_few = bulk.file.empty() && urls->size() <= kMostInFull;
  const bool is_full = options.is_full || (are_few && !options.is_lines);
  auto process = ProcessConfig::open(kCheck, options.flags);
  if (!process) return failed(process.error());
  auto settings = process->settings();
  allow_typed(settings, *urls);
  auto plugins = plugin_options(options.plugins, is_full || bulk.is_json);
  if (!plugins) return failed(plugins.error());
  auto ignore = ignore_rules(options.ignore);
  if (!ignore) return failed(ignore.error());
  if (auto used = use_rules(settings.signature_rules); !used) return failed(used.error());

  bulk.urls = std::move(*urls);
  bulk.separator = is_full && !bulk.is_json ? "\n" : "";
  bulk.is_ordered = bulk.is_ordered || is_full;
  bulk.is_summed_up = !are_few;
  bulk.rules.fetch = executor_config(settings, {}).fetch;
  bulk.rules.fetch.keep_alive = options.keeps_alive;
  bulk.rules.tls_verify = !options.is_insecure;
  bulk.rules.plugins = std::move(*plugins);
  bulk.rules.ignore = std::move(*ignore);
  bulk.rules.render = renderer(bulk.is_json, is_full);
  return bulk_check(std::move(bulk));
}

void add_fetch_options(CLI::App& command, Options& options) {
  command.add_flag("--insecure", options.is_insecure,
                   "Fetch the page even if its certificate is not valid");
  command.add_flag("--keep-alive", options.keeps_alive,
                   "Reuse connections: faster for many pages of a host, whose phases then lack the "
                   "connect");
}

void add_bulk_options(CLI::App& command, Options& options) {
  auto& bulk = options.bulk;
  command.add_option("--concurrency", bulk.concurrency, "Pages at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  command.add_option("--per-host", bulk.per_host, "Of these, of one host; 0: any number")
      ->capture_default_str()
      ->check(CLI::Range(0, 4096));
  command.add_option("--threads", bulk.threads, "Threads that fetch; 0: one per core")
      ->capture_default_str()
      ->check(CLI::Range(0, 64));
  command.add_flag("--ordered", bulk.is_ordered,
                   "Results in the order of the input, not as they end");
  auto* full = command.add_flag("--full", options.is_full,
                                "Every plugin's report of each page, however many they are");
  command.add_flag("--lines", options.is_lines, "One line a page, however few they are")
      ->excludes(full);
}

}  // namespace

void add_check(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand(
      "check", "Fetch pages once, without any server, and tell what all plugins say of them");
  command->add_option("URL", options->urls, "Pages; a missing scheme is http");
  command->add_option("--file", options->bulk.file,
                      "Read URLs from a file, one a line; - is standard input, of any length");
  add_config_flags(*command, kCheck, options->flags);
  add_fetch_options(*command, *options);
  add_bulk_options(*command, *options);
  command
      ->add_option("--plugin", options->plugins,
                   "Run only this plugin; may be repeated (default: all; for lines those that can "
                   "judge a page without its history)")
      ->take_all()
      ->allow_extra_args(false);
  add_ignore_fields(*command, options->ignore);
  command->add_flag("--json", options->bulk.is_json,
                    "One JSON object a line and URL, for programs");
  command->footer(
      "Up to three pages: every report. More, or --file: one line a page as soon as it is done: "
      "state, HTTP status,\n"
      "milliseconds, size, URL, the worst finding; a summary on standard error in the end. Lines "
      "that are no URL are told\n"
      "with their number and counted. Memory does not grow with the number of pages.\n"
      "A page has no history here, so nothing is said about what is normal for it: `webmon up` "
      "learns that.\n"
      "\n"
      "Exit codes: 0 all pages are up, 1 something is not ok or a line was no URL, 2 Webmon "
      "failed, 130 interrupted.\n"
      "\n"
      "Examples:\n"
      "  webmon check https://example.org\n"
      "  webmon check --file urls.txt > result.txt\n"
      "  zcat urls.gz | webmon check --file - --concurrency 1000 --json | jq -r "
      "'select(.state != \"up\").url'\n"
      "  webmon check --allow-net 10.0.0.0/8 http://intranet.example/");
  command->callback([options, &status] { status = check(*options); });
}

}  // namespace webmon::cli
