#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/replay_pages.hpp"
#include "cli/replay_series.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

struct Options {
  ReplaySeriesOptions series;
  ReplayPages pages;
};

int replay(const Options& options) {
  const bool has_pages = !options.pages.folder.empty();
  if (has_pages && !options.series.file.empty())
    return failed({Errc::bad_input, "DIR and --series: one of them at a time"});
  if (has_pages) return replay_pages(options.pages);
  if (options.series.file.empty())
    return failed({Errc::bad_input,
                   "nothing to replay: `webmon replay DIR` or `webmon replay --series FILE`"});
  return replay_series(options.series);
}

}  // namespace

void add_replay(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand(
      "replay", "Judge what was recorded as if it happened now, without any server");
  auto& series = options->series;
  command->add_option("DIR", options->pages.folder,
                      "A folder with manifest.jsonl and the recorded pages it names");
  command->add_flag("--evidence", options->pages.has_evidence,
                    "Of pages: also the value of every sign of change");
  command->add_option("--series", series.file,
                      "A numeric series: CSV with the columns timestamp and value; - is standard "
                      "input, of any length");
  command->add_option("--threshold", series.threshold, "Score from which a value is an alert")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1000.0));
  command->add_flag("--alerts", series.is_alerts_only, "Only the values that are alerts");
  command->footer(
      "Pages: one JSON object an observation: obs, score, alert, state, reasons. manifest.jsonl "
      "has "
      "a line of JSON an observation, page by page and in order of time: obs (a name), page, url, "
      "time (RFC 3339), file (zstd, beside it) and len: the bodies of a page stand one after the "
      "other in its file. The first 20 of a page are learned. docs/detection.md has more.\n"
      "\n"
      "A series: each value is judged by those before it alone, and then learned; the first 100 "
      "have the "
      "score 0. One JSON object a row:\n"
      "time, value, score, alert, surprise (the score before repeated ones are silenced), cause "
      "(of an alert), expected, sigma.\n"
      "Times are UTC, as 2014-04-01 00:05:00 or 2014-04-01T00:05:00Z. The first line that cannot "
      "be read ends it.\n"
      "\n"
      "Exit codes: 0 no alert, 1 there was an alert, 2 Webmon failed or the series cannot be "
      "read, 130 interrupted.\n"
      "\n"
      "Examples:\n"
      "  webmon replay recorded/ | jq -c 'select(.alert)'\n"
      "  webmon replay --series latency.csv --alerts\n"
      "  zcat latency.csv.gz | webmon replay --series - | jq -c 'select(.alert)'");
  command->callback([options, &status] { status = replay(*options); });
}

}  // namespace webmon::cli
