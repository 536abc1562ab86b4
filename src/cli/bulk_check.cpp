#include "cli/bulk_check.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "cli/check_summary.hpp"
#include "cli/exit_code.hpp"
#include "cli/line_reader.hpp"
#include "cli/progress.hpp"
#include "cli/signals.hpp"
#include "cli/steady_output.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

constexpr milliseconds kProgressEvery{100};
constexpr unsigned kPagesPerThread = 16;   // below that another thread costs more than it gains
constexpr rlim_t kDescriptorsPerPage = 3;  // two addresses raced, and name servers
constexpr rlim_t kOtherDescriptors = 128;
/// Pages read ahead, so that a host with many in a row does not hold up the others.
constexpr std::size_t kWindow = 4'096;

// As many pages at once as the kernel gives descriptors for.
unsigned affordable(unsigned concurrency) {
  rlimit limit{};
  const rlim_t want = concurrency * kDescriptorsPerPage + kOtherDescriptors;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want) return concurrency;
  limit.rlim_cur = std::min(want, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= want) return concurrency;
  const auto pages =
      (limit.rlim_cur - std::min(limit.rlim_cur - 1, kOtherDescriptors)) / kDescriptorsPerPage;
  const auto most = static_cast<unsigned>(std::max<rlim_t>(pages, 1));
  remark(fmt::format("Only {} pages at once: the limit of open files is {} (ulimit -n).", most,
                     limit.rlim_cur));
  return most;
}

unsigned threads_for(const BulkOptions& options) {
  if (options.threads > 0) return options.threads;
  const auto pages = options.file.empty() ? options.urls.size() : options.concurrency;
  const auto useful = std::min<std::size_t>(pages, options.concurrency) / kPagesPerThread + 1;
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  return static_cast<unsigned>(std::min<std::size_t>(useful, cores));
}

using PageKey = std::pair<std::uint64_t, std::uint64_t>;  ///< sequence, line

class BulkCheck {
 public:
  explicit BulkCheck(BulkOptions options)
      : options_{std::move(options)},
        queue_{options_.per_host},
        done_{kWindow},
        began_{system_clock().mono()} {}

  int run();

 private:
  Result<void> open();
  void pump();
  void take_results();
  void read_input();
  void add(Url url, std::uint64_t line);
  void refuse(const NumberedLine& line, const std::string& why);
  void start_pages();
  void emit(CheckDone&& done);
  void write_out();
  void show_progress();
  void tick();
  void give_up(const Error& error);
  int end();
  bool is_done() const { return input_ended_ && unfinished_.empty(); }

  BulkOptions options_;
  Loop loop_;
  StopSignals signals_;
  std::optional<LineReader> reader_;
  PoliteQueue queue_;
  BoundedQueue<CheckDone> done_;
  std::vector<std::unique_ptr<CheckWorker>> workers_;
  std::vector<unsigned> load_;                      ///< pages in flight per worker
  std::map<std::uint64_t, std::size_t> in_flight_;  ///< sequence -> worker
  std::set<PageKey> unfinished_;                    ///< not written yet
  std::vector<PageKey> emitted_;                    ///< of these, those in `text_`
  std::map<std::uint64_t, CheckDone> early_;        ///< only if ordered: those that wait for others
  CheckSummary summary_;
  Progress progress_{"pages"};
  SteadyOutput output_{STDOUT_FILENO};
  std::string text_;
  MonoTime began_;
  std::uint64_t next_sequence_ = 0, next_shown_ = 0, total_ = 0;
  bool has_shown_ = false, input_ended_ = false, is_interrupted_ = false, has_failed_ = false;
};

Result<void> BulkCheck::open() {
  if (!options_.file.empty()) {
    auto reader = LineReader::open(options_.file, loop_);
    if (!reader) return fail(reader.error());
    reader_.emplace(std::move(*reader));
    if (is_terminal(STDERR_FILENO)) total_ = reader_->count();
  }
  if (total_ > 0 || options_.file.empty()) total_ += options_.urls.size();
  options_.concurrency = affordable(options_.concurrency);
  const auto threads = threads_for(options_);
  for (unsigned i = 0; i < threads; ++i)
    workers_.push_back(
        std::make_unique<CheckWorker>(options_.rules, options_.concurrency, done_, loop_));
  load_.assign(threads, 0);
  return {};
}

int BulkCheck::run() {
  if (auto opened = open(); !opened) return failed(opened.error());
  signals_.attach(loop_, [this] {
    is_interrupted_ = true;
    loop_.stop();
  });
  loop_.after_turn([this] { pump(); });
  if (options_.is_summed_up) tick();
  for (auto& url : options_.urls) add(std::move(url), 0);
  loop_.wake();
  loop_.run();
  signals_.detach();
  is_interrupted_ = is_interrupted_ || signals_.is_set();
  return end();
}

void BulkCheck::tick() {
  show_progress();
  loop_.after(kProgressEvery, [this] { tick(); });
}

void BulkCheck::pump() {
  take_results();
  read_input();
  start_pages();
  write_out();
  if (is_done() || output_.is_closed()) loop_.stop();
}

void BulkCheck::take_results() {
  for (auto& done : done_.take_all()) {
    const auto started = in_flight_.find(done.sequence);
    --load_[started->second];
    in_flight_.erase(started);
    queue_.finished(done.host);
    summary_.add(done.state, done.total_ms);
    if (options_.is_ordered)
      early_.emplace(done.sequence, std::move(done));
    else
      emit(std::move(done));
  }
  for (; !early_.empty() && early_.begin()->first == next_shown_; ++next_shown_) {
    emit(std::move(early_.begin()->second));
    early_.erase(early_.begin());
  }
}

void BulkCheck::emit(CheckDone&& done) {
  if (std::exchange(has_shown_, true)) text_ += options_.separator;
  text_ += done.text;
  emitted_.emplace_back(done.sequence, done.line);
}

void BulkCheck::read_input() {
  if (!reader_) input_ended_ = true;
  while (!input_ended_ && unfinished_.size() < kWindow) {
    auto line = reader_->next([this] { loop_.wake(); });
    if (!line) return give_up(line.error());
    if (!*line) {
      input_ended_ = reader_->has_ended();
      return;
    }
    auto url = (*line)->is_too_long
                   ? Result<Url>{fail(Errc::bad_input, "the line is longer than 8,192 bytes")}
                   : parse_url((*line)->text, true);
    if (url)
      add(std::move(*url), (*line)->number);
    else
      refuse(**line, url.error().detail);
  }
}

void BulkCheck::give_up(const Error& error) {
  progress_.clear();
  failed(error);
  has_failed_ = input_ended_ = true;
}

void BulkCheck::add(Url url, std::uint64_t line) {
  const auto sequence = next_sequence_++;
  unfinished_.emplace(sequence, line);
  queue_.add({.sequence = sequence, .line = line, .url = std::move(url)});
}

void BulkCheck::refuse(const NumberedLine& line, const std::string& why) {
  summary_.add_bad_line();
  const auto text = clip(printable(line.text), 200);
  if (options_.is_json) {
    text_ += json::serialize(json::object{{"line", line.number}, {"input", text}, {"error", why}}) +
             "\n";
    return;
  }
  progress_.clear();
  complain(fmt::format("line {}: {}: {}", line.number, text, why));
}

void BulkCheck::start_pages() {
  while (in_flight_.size() < options_.concurrency) {
    auto job = queue_.next();
    if (!job) return;
    const auto idlest = std::ranges::min_element(load_);
    ++*idlest;
    const auto worker = static_cast<std::size_t>(idlest - load_.begin());
    in_flight_.emplace(job->sequence, worker);
    workers_[worker]->start(std::move(*job));
  }
}

void BulkCheck::write_out() {
  if (text_.empty()) return;
  if (is_terminal(STDOUT_FILENO)) progress_.clear();
  if (!output_.write(text_, [this] { return signals_.is_set(); })) return;
  for (const auto& page : std::exchange(emitted_, {})) unfinished_.erase(page);
  text_.clear();
}

void BulkCheck::show_progress() {
  const auto begun = options_.urls.size() + (reader_ ? reader_->passed() : 0);
  progress_.show(begun - std::min<std::uint64_t>(unfinished_.size(), begun), total_);
}

int BulkCheck::end() {
  workers_.clear();
  if (is_interrupted_) take_results();
  write_out();
  progress_.clear();
  if (options_.is_summed_up) remark(summary_.text(system_clock().mono() - began_));
  if (is_interrupted_) {
    const auto first = unfinished_.empty() ? 0 : unfinished_.begin()->second;
    remark(first == 0 ? "Interrupted."
                      : fmt::format("Interrupted; every line before line {} is done.", first));
    return kInterrupted;
  }
  if (has_failed_) return kFailed;
  if (next_sequence_ == 0 && summary_.bad_lines() == 0)
    return failed({Errc::bad_input, "there is no URL in " + options_.file});
  return summary_.is_all_up() ? kOk : kNotOk;
}

}  // namespace

int bulk_check(BulkOptions options) { return BulkCheck{std::move(options)}.run(); }

}  // namespace webmon::cli
