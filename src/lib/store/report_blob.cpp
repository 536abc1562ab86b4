#include "lib/store/report_blob.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "lib/core/plugin.hpp"
#include "lib/store/bytes.hpp"

namespace webmon::store {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMaxBlob = 32U << 10U;
constexpr std::size_t kMaxEntries = 255;

Error torn() { return {Errc::bad_frame, "report blob: torn or foreign bytes"}; }

// ---- writing ----

void put_finding(ByteWriter& out, const Finding& finding) {
  out.put(static_cast<std::uint8_t>(finding.severity));
  for (const auto* text :
       {&finding.code, &finding.message, &finding.expected, &finding.seen, &finding.evidence})
    out.put_text<std::uint16_t>(*text);
}

std::string encode_entry(const PluginEntry& entry) {
  const auto& report = entry.report;
  ByteWriter out;
  out.put(report.plugin);
  out.put(report.version);
  out.put_text<std::uint16_t>(entry.state);
  out.put(static_cast<std::uint8_t>(report.state));
  out.put_text<std::uint8_t>(report.reason);
  out.put(static_cast<std::uint16_t>(report.metrics.size()));
  for (const auto& metric : report.metrics) {
    out.put(metric.number);
    out.put(metric.value);
  }
  out.put_text<std::uint32_t>(boost::json::serialize(report.facts));
  out.put(static_cast<std::uint16_t>(report.findings.size()));
  for (const auto& finding : report.findings) put_finding(out, finding);
  return out.take();
}

/// Makes one entry smaller: first its facts go, then the later half of its findings. False: nothing
/// left to cut.
bool cut(PluginEntry& entry) {
  static const boost::json::object kCut{{"truncated", true}};
  auto& report = entry.report;
  if (report.facts != kCut && !report.facts.empty()) {
    report.facts = kCut;
    return true;
  }
  if (report.findings.empty()) return false;
  report.facts = kCut;
  report.findings.resize(report.findings.size() / 2);
  return true;
}

/// Encoded entries, together at most kMaxBlob where cutting can achieve it; the largest is cut
/// first.
std::vector<std::string> encode_entries(std::vector<PluginEntry> entries) {
  std::vector<std::string> parts;
  std::size_t total = 32;
  for (const auto& entry : entries) {
    parts.push_back(encode_entry(entry));
    total += parts.back().size() + 4;
  }
  std::vector<bool> is_spent(entries.size());
  while (total > kMaxBlob) {
    std::size_t largest = entries.size();
    for (std::size_t i = 0; i < entries.size(); ++i)
      if (!is_spent[i] && (largest == entries.size() || parts[i].size() > parts[largest].size()))
        largest = i;
    if (largest == entries.size()) break;
    is_spent[largest] = !cut(entries[largest]);
    total -= parts[largest].size();
    parts[largest] = encode_entry(entries[largest]);
    total += parts[largest].size();
  }
  return parts;
}

// ---- reading ----

template <class E>
Result<E> read_enum(ByteReader& in, E last) {
  const auto value = in.get<std::uint8_t>();
  if (value > static_cast<std::uint8_t>(last)) return fail(torn());
  return static_cast<E>(value);
}

Result<Finding> read_finding(ByteReader& in) {
  Finding finding;
  const auto severity = read_enum(in, Severity::crit);
  if (!severity) return fail(severity.error());
  finding.severity = *severity;
  for (auto* text :
       {&finding.code, &finding.message, &finding.expected, &finding.seen, &finding.evidence})
    *text = in.get_text<std::uint16_t>();
  if (in.is_torn()) return fail(torn());
  return finding;
}

Result<void> read_metrics(ByteReader& in, std::vector<Metric>& metrics) {
  const auto count = in.get<std::uint16_t>();
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = in.get<std::uint16_t>();
    const auto value = in.get_double();
    if (in.is_torn() || !std::isfinite(value)) return fail(torn());
    metrics.push_back({number, value});
  }
  return {};
}

Result<boost::json::object> read_facts(ByteReader& in) {
  const auto text = in.get_text<std::uint32_t>();
  if (in.is_torn()) return fail(torn());
  boost::json::parse_options options;
  options.allow_invalid_utf8 = true;  // what a page said, as a plugin kept it
  boost::json::error_code code;
  auto value = boost::json::parse(text, code, {}, options);
  if (code || !value.is_object()) return fail(torn());
  return std::move(value.get_object());
}

Result<PluginEntry> decode_entry(std::string_view bytes) {
  ByteReader in{bytes};
  PluginEntry entry;
  auto& report = entry.report;
  report.plugin = in.get<std::uint8_t>();
  report.version = in.get<std::uint8_t>();
  entry.state = in.get_text<std::uint16_t>();
  const auto state = read_enum(in, ReportState::skipped);
  if (!state) return fail(state.error());
  report.state = *state;
  report.reason = in.get_text<std::uint8_t>();
  if (auto metrics = read_metrics(in, report.metrics); !metrics) return fail(metrics.error());
  auto facts = read_facts(in);
  if (!facts) return fail(facts.error());
  report.facts = std::move(*facts);
  const auto findings = in.get<std::uint16_t>();
  for (std::size_t i = 0; i < findings; ++i) {
    auto finding = read_finding(in);
    if (!finding) return fail(finding.error());
    report.findings.push_back(std::move(*finding));
  }
  if (in.is_torn() || !in.is_empty() || entry.state.size() > kMaxPluginState) return fail(torn());
  return entry;
}

struct Frame {
  StoreTime observed{};
  JobId job;
  std::vector<std::string_view> entries;
};

Result<Frame> read_frame(std::string_view bytes) {
  ByteReader in{bytes};
  const auto version = in.get<std::uint8_t>();
  if (auto known = check_report_version(bytes); !known) return fail(std::move(known.error()));
  if (version != kVersion) return fail(torn());
  Frame frame;
  frame.observed = store_time_ms(in.get<std::int64_t>());
  std::array<std::uint8_t, 16> id{};
  for (auto& byte : id) byte = in.get<std::uint8_t>();
  frame.job = JobId{id};
  const auto count = in.get<std::uint8_t>();
  for (std::size_t i = 0; i < count; ++i) frame.entries.push_back(in.get_text<std::uint32_t>());
  if (in.is_torn() || !in.is_empty()) return fail(torn());
  return frame;
}

}  // namespace

std::string encode(const ReportBlob& blob) {
  auto entries = blob.entries;
  if (entries.size() > kMaxEntries) entries.resize(kMaxEntries);
  ByteWriter out;
  out.put(kVersion);
  out.put(to_ms(blob.observed));
  for (const auto byte : blob.job.bytes()) out.put(byte);
  out.put(static_cast<std::uint8_t>(entries.size()));
  for (const auto& part : encode_entries(std::move(entries))) out.put_text<std::uint32_t>(part);
  return out.take();
}

Result<void> check_report_version(std::string_view bytes) {
  const auto version = bytes.empty() ? 0 : static_cast<unsigned char>(bytes.front());
  if (version <= kVersion) return {};
  return fail(Errc::schema, "the reports in Redis have version " + std::to_string(version) +
                                ", this build reads version " + std::to_string(kVersion) +
                                ": upgrade this program");
}

Result<ReportBlob> decode_report_blob(std::string_view bytes) {
  if (bytes.empty()) return ReportBlob{};
  const auto frame = read_frame(bytes);
  if (!frame) return fail(frame.error());
  ReportBlob blob;
  blob.observed = frame->observed;
  blob.job = frame->job;
  for (const auto part : frame->entries) {
    auto entry = decode_entry(part);
    if (!entry) return fail(entry.error());
    blob.entries.push_back(std::move(*entry));
  }
  return blob;
}

Result<std::vector<PluginState>> decode_plugin_states(std::string_view bytes) {
  std::vector<PluginState> states;
  if (bytes.empty()) return states;
  const auto frame = read_frame(bytes);
  if (!frame) return fail(frame.error());
  for (const auto part : frame->entries) {
    ByteReader in{part};
    PluginState state{in.get<std::uint8_t>(), in.get<std::uint8_t>(), {}};
    state.state = in.get_text<std::uint16_t>();
    if (in.is_torn() || state.state.size() > kMaxPluginState) return fail(torn());
    states.push_back(state);
  }
  return states;
}

}  // namespace webmon::store
