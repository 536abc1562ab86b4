#include "cli/replay_pages.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <boost/json.hpp>
#include <fstream>
#include <memory>
#include <optional>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/json_read.hpp"
#include "cli/print_json.hpp"
#include "cli/terminal.hpp"
#include "lib/change/explain.hpp"
#include "lib/change/page_watch.hpp"
#include "lib/stats/asset_state.hpp"
#include "lib/store/report_blob.hpp"
#include "pipeline/executor/check.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kLayout =
    "a folder of recorded pages has a manifest.jsonl; see `webmon replay --help`";
constexpr std::size_t kMostBody = 64U << 20U;

/// A file of zstd frames, read forwards.
class Bodies {
 public:
  static Result<std::unique_ptr<Bodies>> open(const std::string& path) {
    auto bodies = std::make_unique<Bodies>();
    bodies->file_.open(path, std::ios::binary);
    if (!bodies->file_) return fail(Errc::not_found, fmt::format("{}: cannot be read", path));
    bodies->path_ = path;
    return bodies;
  }

  Result<std::string> next(std::size_t size) {
    std::string body(size, '\0');
    ZSTD_outBuffer out{body.data(), body.size(), 0};
    while (out.pos < out.size) {
      if (in_.pos == in_.size && !fill()) {
        return fail(Errc::bad_input, fmt::format("{}: ends early", path_));
      }
      const std::size_t left = ZSTD_decompressStream(stream_.get(), &out, &in_);
      if (ZSTD_isError(left) != 0) {
        return fail(Errc::bad_input, fmt::format("{}: {}", path_, ZSTD_getErrorName(left)));
      }
    }
    return body;
  }

 private:
  bool fill() {
    file_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    in_ = {buffer_.data(), static_cast<std::size_t>(file_.gcount()), 0};
    return in_.size > 0;
  }
  struct Free {
    void operator()(ZSTD_DStream* stream) const noexcept { ZSTD_freeDStream(stream); }
  };
  std::ifstream file_;
  std::string path_;
  std::unique_ptr<ZSTD_DStream, Free> stream_{ZSTD_createDStream()};
  std::vector<char> buffer_ = std::vector<char>(1U << 17U);
  ZSTD_inBuffer in_{nullptr, 0, 0};
};

struct Recorded {
  std::string id, page, url, file;
  StoreTime time{};
  std::size_t size = 0;
};

Result<Recorded> read_line(const std::string& line) {
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  if (error) return fail(Errc::bad_input, error.message());
  Recorded recorded{.id = text_at(value, "/obs"),
                    .page = text_at(value, "/page"),
                    .url = text_at(value, "/url"),
                    .file = text_at(value, "/file")};
  const auto time = parse_rfc3339(text_at(value, "/time"));
  const auto size = number_at(value, "/len");
  if (recorded.id.empty() || recorded.page.empty() || recorded.file.empty()) {
    return fail(Errc::bad_input, "obs, page and file are needed");
  }
  if (!time) return fail(Errc::bad_input, "time: must be as 2014-05-01T10:00:00Z");
  if (!size || *size < 0 || *size > static_cast<double>(kMostBody)) {
    return fail(Errc::bad_input, "len: must be 0 to 67108864");
  }
  recorded.time = *time;
  recorded.size = static_cast<std::size_t>(*size);
  return recorded;
}

/// What an executor keeps of an asset between two checks.
struct History {
  std::string page, model;
  std::vector<store::PluginEntry> entries;  ///< of the check before: the plugins' states
  std::unique_ptr<Bodies> bodies;
  bool has_alert = false;  ///< of all pages so far
};

bool is_alert(AssetState state) noexcept {
  return state == AssetState::changed || state == AssetState::down ||
         state == AssetState::inconclusive;
}

/// One observation judged.
struct Judged {
  AssetState state = AssetState::unknown;
  std::optional<change::Verdict> change;  ///< nothing where there is no page to compare
  std::string page_class;                 ///< why it is not the page itself; empty: it is
};

json::array reasons_of(const Judged& judged) {
  json::array reasons;
  if (!judged.page_class.empty()) {
    reasons.push_back(json::object{{"sign", "page_class"}, {"value", judged.page_class}});
  }
  if (!judged.change || !judged.change->is_alert) return reasons;
  for (const auto& part : judged.change->score.parts) {
    json::object reason{{"sign", to_string(part.sign)},
                        {"says", in_words(part.sign)},
                        {"value", part.value},
                        {"part", part.part}};
    if (const auto& usual = part.usual; usual.n > 0) {
      reason["mean"] = usual.mean;
      reason["sd"] = usual.sd;
      reason["n"] = usual.n;
    }
    reasons.push_back(std::move(reason));
  }
  return reasons;
}

/// Above every sum of signs: something else stands in the page's place.
constexpr double kNotThePage = 50;

json::object line_of(const Recorded& recorded, const Judged& result, bool evidence) {
  json::object line{{"obs", recorded.id},
                    {"score", result.change ? result.change->score.value : kNotThePage},
                    {"alert", is_alert(result.state)},
                    {"state", to_string(result.state)}};
  line["reasons"] = reasons_of(result);
  if (result.change && !result.change->excerpt.empty()) {
    line["excerpt"] = result.change->excerpt;
  }
  if (evidence && result.change) {
    json::object signs;
    for (std::size_t i = 0; i < change::kSigns; ++i) {
      const std::string name{to_string(static_cast<change::Sign>(i))};
      const double value = result.change->evidence.at(i);
      const double excess = result.change->unusual.excess.at(i);
      const double deviation = result.change->unusual.deviations.at(i);
      if (value != 0) signs[name] = value;
      if (excess != value) signs[name + "_excess"] = excess;
      if (deviation != 0) signs[name + "_deviation"] = deviation;
    }
    line["evidence"] = std::move(signs);
  }
  return line;
}

Result<Page> page_of(const Recorded& recorded, std::string body) {
  auto url = parse_url(recorded.url);
  if (!url) return fail(std::move(url.error()));
  Page page;
  page.url = std::move(*url);
  page.outcome = Outcome::ok;
  page.status = 200;
  page.headers.push_back({"content-type", "text/html"});
  page.observed_at = recorded.time;
  page.body = std::move(body);
  executor::add_features(page);
  return page;
}

/// What the executor does with a page that has arrived, its model and its plugins' states in
/// `history` instead of Redis.
Judged judge(const Page& page, History& history) {
  Asset asset;
  asset.url = page.url;
  std::vector<store::PluginState> states;
  for (const auto& entry : history.entries) {
    states.push_back({entry.report.plugin, entry.report.version, entry.state});
  }
  auto verdict = executor::judge_entries(
      asset, page, executor::run_plugins({.asset = asset, .page = page, .states = states}),
      history.model, false);
  history.entries = std::move(verdict.result.entries);
  if (verdict.result.has_learned) history.model = std::move(verdict.result.model);
  Judged judged{
      .state = verdict.result.state, .change = std::move(verdict.change), .page_class = {}};
  for (const auto& entry : history.entries) {
    if (entry.report.plugin == kPageClass) judged.page_class = entry.report.reason;
  }
  return judged;
}

Result<void> replay_line(const std::string& line, const ReplayPages& options, History& history) {
  auto recorded = read_line(line);
  if (!recorded) return fail(std::move(recorded.error()));
  if (recorded->page != history.page) {
    auto bodies = Bodies::open(options.folder + "/" + recorded->file);
    if (!bodies) return fail(std::move(bodies.error()));
    history = {.page = recorded->page,
               .model = {},
               .entries = {},
               .bodies = std::move(*bodies),
               .has_alert = history.has_alert};
  }
  auto body = history.bodies->next(recorded->size);
  if (!body) return fail(std::move(body.error()));
  const auto page = page_of(*recorded, std::move(*body));
  if (!page) return fail(page.error());
  const Judged judged = judge(*page, history);
  history.has_alert = history.has_alert || is_alert(judged.state);
  print_json(line_of(*recorded, judged, options.has_evidence));
  return {};
}

}  // namespace

int replay_pages(const ReplayPages& options) {
  const std::string path = options.folder + "/manifest.jsonl";
  std::ifstream manifest{path};
  if (!manifest) {
    return failed({Errc::not_found, fmt::format("{}: cannot be read: {}", path, kLayout)});
  }
  History history;
  std::string line;
  for (std::uint64_t number = 1; std::getline(manifest, line); ++number) {
    if (line.empty()) continue;
    if (auto done = replay_line(line, options, history); !done) {
      return failed(
          {done.error().code, fmt::format("{}:{}: {}", path, number, done.error().detail)});
    }
  }
  return history.has_alert ? kNotOk : kOk;
}

}  // namespace webmon::cli
