#include "cli/replay_series.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <optional>

#include "cli/exit_code.hpp"
#include "cli/line_reader.hpp"
#include "cli/series_text.hpp"
#include "cli/signals.hpp"
#include "cli/steady_output.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

constexpr std::size_t kLinesPerTurn = 512;

class SeriesReplay {
 public:
  explicit SeriesReplay(const ReplaySeriesOptions& options) : options_{options} {}

  int run();

 private:
  void pump();
  Result<void> read();
  Result<void> take(const NumberedLine& line);
  Error at_line(std::uint64_t number, const std::string& why) const;
  int end() const;

  const ReplaySeriesOptions& options_;
  Loop loop_;
  StopSignals signals_;
  std::optional<LineReader> reader_;
  std::optional<SeriesColumns> columns_;
  SeriesDetector detector_;
  SteadyOutput output_{STDOUT_FILENO};
  std::string text_;
  std::optional<Error> error_;
  std::uint64_t rows_ = 0;
  std::uint64_t alerts_ = 0;
};

int SeriesReplay::run() {
  auto reader = LineReader::open(options_.file, loop_);
  if (!reader) return failed(reader.error());
  reader_.emplace(std::move(*reader));
  signals_.attach(loop_, [this] { loop_.stop(); });
  loop_.after_turn([this] { pump(); });
  loop_.wake();
  loop_.run();
  signals_.detach();
  return end();
}

void SeriesReplay::pump() {
  const auto took = read();
  if (!took) error_ = took.error();
  const bool is_written = output_.write(text_, [this] { return signals_.is_set(); });
  text_.clear();
  if (!is_written || error_ || reader_->has_ended()) loop_.stop();
}

Result<void> SeriesReplay::read() {
  for (std::size_t i = 0; i < kLinesPerTurn; ++i) {
    auto line = reader_->next([this] { loop_.wake(); });
    if (!line) return fail(line.error());
    if (!*line) return {};
    if (auto took = take(**line); !took) return took;
  }
  loop_.wake();  // there is more
  return {};
}

Result<void> SeriesReplay::take(const NumberedLine& line) {
  if (line.is_too_long) return fail(at_line(line.number, "the line is longer than 8,192 bytes"));
  if (!columns_) {
    const auto columns = parse_series_header(line.text);
    if (!columns) return fail(at_line(line.number, columns.error().detail));
    columns_ = *columns;
    return {};
  }
  const auto row = parse_series_row(line.text, *columns_);
  if (!row) return fail(at_line(line.number, row.error().detail));
  const auto verdict = detector_.add(to_ms(row->time) / 1'000, row->value);
  if (!verdict)
    return fail(at_line(line.number, "the value is not finite; leave rows without a value out"));
  ++rows_;
  const bool is_alert = verdict->score >= options_.threshold;
  if (is_alert) ++alerts_;
  if (is_alert || !options_.is_alerts_only)
    text_ += render_series_row(*row, *verdict, options_.threshold);
  return {};
}

Error SeriesReplay::at_line(std::uint64_t number, const std::string& why) const {
  const auto name = options_.file == "-" ? "standard input" : options_.file;
  return {Errc::bad_input, fmt::format("{} line {}: {}", name, number, why)};
}

int SeriesReplay::end() const {
  if (signals_.is_set()) {
    remark(fmt::format("Interrupted after line {}.", reader_->passed()));
    return kInterrupted;
  }
  if (error_) return failed(*error_);
  if (rows_ == 0 && !output_.is_closed())
    return failed({Errc::bad_input, "there is no row in " + options_.file +
                                        "; a series has the first line timestamp,value and a row "
                                        "for each value"});
  return alerts_ == 0 ? kOk : kNotOk;
}

}  // namespace

int replay_series(const ReplaySeriesOptions& options) { return SeriesReplay{options}.run(); }

}  // namespace webmon::cli
