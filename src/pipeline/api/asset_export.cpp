// GET assets:export: NDJSON of all assets that a query means, written as they are read; or of the
// first few by a value.
#include <algorithm>

#include "lib/core/log.hpp"
#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/asset_walk.hpp"
#include "pipeline/api/asset_where.hpp"
#include "pipeline/api/handlers.hpp"
#include "pipeline/api/report_body.hpp"

namespace webmon::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kChunk = 64;       ///< assets read at once; with their reports 256 KB
constexpr std::size_t kMostTop = 1'000;  ///< assets held in memory
constexpr std::size_t kMostWheres = 16;

struct Export {
  std::string request;  ///< id
  AssetQuery filter;
  std::vector<Condition> conditions;
  std::optional<AssetValue> by;
  bool is_ascending = false;
  std::size_t top = 0;  ///< 0: all, unsorted
  bool with_metrics = false;
  bool with_reports = false;
  std::vector<std::uint16_t> asked;  ///< metrics that conditions and order are about

  bool needs_reports() const { return with_metrics || with_reports || !asked.empty(); }
};

Checked<void> read_include(const Request& request, Export& query) {
  auto words = request.parameter("include").value_or("");
  while (!words.empty()) {
    const auto word = words.substr(0, words.find(','));
    words.remove_prefix(std::min(words.size(), word.size() + 1));
    if (word == "metrics") {
      query.with_metrics = true;
    } else if (word == "reports") {
      query.with_reports = true;
    } else {
      return refuse(400, "bad_query", "include can be metrics, reports, or both with a comma");
    }
  }
  return {};
}

Checked<void> read_order(const Request& request, Export& query) {
  const auto by = request.parameter("by");
  const auto top = request.parameter("top");
  if (!by && !top) return {};
  if (!by) return refuse(400, "bad_query", "top needs by=METRIC, which says the top of what");
  auto name = *by;
  query.is_ascending = name.starts_with('-');
  if (query.is_ascending) name.remove_prefix(1);
  auto value = AssetValue::parse(name);
  if (!value) return refuse(std::move(value.error()));
  if (value->is_text()) return refuse(400, "bad_query", "by must be a number, such as a metric");
  query.by = *value;
  const auto count = top ? parse_number(*top) : std::optional<std::uint64_t>{20};
  if (!count || *count < 1 || *count > kMostTop) {
    return refuse(400, "bad_query", "top must be a number from 1 to 1000");
  }
  query.top = static_cast<std::size_t>(*count);
  return {};
}

Checked<void> read_conditions(const Request& request, Export& query) {
  for (const auto& [name, text] : request.query) {
    if (name != "where") continue;
    if (query.conditions.size() == kMostWheres) {
      return refuse(400, "bad_query", "more than 16 conditions");
    }
    auto condition = Condition::parse(text);
    if (!condition) return refuse(std::move(condition.error()));
    query.conditions.push_back(std::move(*condition));
  }
  return {};
}

Checked<Export> read_export(const Request& request) {
  Export query;
  query.request = request.id;
  auto filter = read_asset_query(request);
  if (!filter) return refuse(std::move(filter.error()));
  query.filter = std::move(*filter);
  if (auto ok = read_include(request, query); !ok) return refuse(std::move(ok.error()));
  if (auto ok = read_order(request, query); !ok) return refuse(std::move(ok.error()));
  if (auto ok = read_conditions(request, query); !ok) return refuse(std::move(ok.error()));
  const auto ask_for = [&query](const AssetValue& value) {
    if (value.is_metric()) query.asked.push_back(value.metric());
  };
  if (query.by) ask_for(*query.by);
  for (const auto& condition : query.conditions) ask_for(condition.value());
  return query;
}

/// All metrics, or only those that were asked about.
json::object metrics_body(const store::ReportBlob& reports, const Export& query) {
  json::object body;
  for (const auto& entry : reports.entries) {
    for (const auto& metric : entry.report.metrics) {
      if (query.with_metrics ||
          std::ranges::find(query.asked, metric.number) != query.asked.end()) {
        body[metric_name(metric.number)] = metric.value;
      }
    }
  }
  return body;
}

std::string line_of(const store::AssetHead& head, const store::ReportBlob& reports,
                    const Export& query) {
  auto body = asset_body(head);
  if (query.with_metrics || !query.asked.empty()) body["metrics"] = metrics_body(reports, query);
  if (query.with_reports) body["reports"] = reports_body(reports);
  return json::serialize(body) + '\n';
}

/// The first `most` lines by their key. A heap whose root is the next to go.
class Top {
 public:
  Top(std::size_t most, bool is_ascending) : most_{most}, is_ascending_{is_ascending} {}

  bool wants(double key) const {
    return lines_.size() < most_ || is_before(key, lines_.front().key);
  }
  void add(double key, std::string line) {
    const auto order = [this](const Line& a, const Line& b) { return is_before(a.key, b.key); };
    if (lines_.size() == most_) {
      std::ranges::pop_heap(lines_, order);
      lines_.pop_back();
    }
    lines_.push_back({key, std::move(line)});
    std::ranges::push_heap(lines_, order);
  }
  std::string take() {
    std::ranges::stable_sort(
        lines_, [this](const Line& a, const Line& b) { return is_before(a.key, b.key); });
    std::string text;
    for (const auto& line : lines_) text += line.text;
    return text;
  }

 private:
  struct Line {
    double key;
    std::string text;
  };
  bool is_before(double a, double b) const noexcept { return is_ascending_ ? a < b : a > b; }
  std::size_t most_;
  bool is_ascending_;
  std::vector<Line> lines_;
};

/// What the matching ones of a chunk write; with an order they go into `top` instead.
std::string write_chunk(const std::vector<AssetWalk::Found>& chunk, const Export& query, Top& top) {
  std::string text;
  for (const auto& one : chunk) {
    const auto& head = one.head;
    // Reports that cannot be read are none here; GET of the asset's reports tells why.
    const auto reports = store::decode_report_blob(one.reports).value_or(store::ReportBlob{});
    const auto holds = [&](const auto& condition) { return condition.holds(head, reports); };
    if (!std::ranges::all_of(query.conditions, holds)) continue;
    if (!query.by) {
      text += line_of(head, reports, query);
      continue;
    }
    const auto value = query.by->of(head, reports);
    const auto* key = std::get_if<double>(&value);
    if (key != nullptr && top.wants(*key)) top.add(*key, line_of(head, reports, query));
  }
  return text;
}

/// False, so that the client sees that something is missing, if Redis or the server goes away.
Awaitable<bool> run(Context* context, std::shared_ptr<const Export> query, BodySink* sink) {
  AssetWalk walk{*context, query->filter, AssetId{}};
  Top top{query->top, query->is_ascending};
  while (!walk.is_done()) {
    if (sink->is_ending()) co_return false;
    const auto chunk = co_await walk.next(kChunk, query->needs_reports());
    if (!chunk) {
      log_warn("an export broke off", {{"request", query->request},
                                       {"error", chunk.error().code},
                                       {"detail", chunk.error().detail}});
      co_return false;
    }
    const auto text = write_chunk(*chunk, *query, top);
    if (!co_await sink->write(text)) co_return false;
  }
  const auto last = top.take();
  const bool is_written = co_await sink->write(last);
  co_return is_written;
}

}  // namespace

Awaitable<Answer> export_assets(Context& context, const Request& request) {
  auto query = read_export(request);
  if (!query) co_return refuse(query.error());
  Response response;
  response.content_type = "application/x-ndjson";
  response.stream = [&context, query = std::make_shared<const Export>(std::move(*query))](
                        BodySink& sink) { return run(&context, query, &sink); };
  co_return response;
}

}  // namespace webmon::api
