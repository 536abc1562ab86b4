#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/replay_series.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

struct Options {
  ReplaySeriesOptions series;
  std::string folder;
};

int replay(const Options& options) {
  if (!options.folder.empty())
    return failed({Errc::bad_input,
                   "pages cannot be replayed yet, only a numeric series: `webmon "
                   "replay --series FILE`"});
  if (options.series.file.empty())
    return failed({Errc::bad_input, "nothing to replay: `webmon replay --series FILE`"});
  return replay_series(options.series);
}

}  // namespace

void add_replay(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand(
      "replay", "Judge what was recorded as if it happened now, without any server");
  auto& series = options->series;
  command->add_option("DIR", options->folder, "Recorded pages: not possible yet");
  command->add_option("--series", series.file,
                      "A numeric series: CSV with the columns timestamp and value; - is standard "
                      "input, of any length");
  command->add_option("--threshold", series.threshold, "Score from which a value is an alert")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1000.0));
  command->add_flag("--alerts", series.is_alerts_only, "Only the values that are alerts");
  command->footer(
      "Each value is judged by those before it alone, and then learned; the first 100 have the "
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
      "  webmon replay --series latency.csv --alerts\n"
      "  zcat latency.csv.gz | webmon replay --series - | jq -c 'select(.alert)'");
  command->callback([options, &status] { status = replay(*options); });
}

}  // namespace webmon::cli
