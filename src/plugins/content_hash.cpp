// content-hash: is this the same page as last time, exactly, in its text, and how far has the text
// moved.
#include <fmt/format.h>

#include <array>
#include <bit>

#include "plugins/builder.hpp"
#include "plugins/ignored_fact.hpp"
#include "plugins/sha256.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::add_metric;
using plugins::hex;
using plugins::raw;
using plugins::Sha256;
using plugins::sha256;

constexpr std::array kMetrics = {
    MetricSpec{"hamming_to_prev", 400, "count", false, 0, 0,
               "bits of simhash64 that differ from the page before"},
};

constexpr std::array kFacts = {
    FactSpec{"sha256_raw", ValueType::text, "of the decoded body, less what is ignored of it"},
    FactSpec{"sha256_normalised", ValueType::text,
             "of the visible text, white space folded; of the body where there is no HTML"},
    FactSpec{"simhash64", ValueType::text, "of the words of the visible text (Charikar 2002)"},
    FactSpec{"changed", ValueType::boolean, "whether sha256_normalised is another than before"},
    FactSpec{"changed_raw", ValueType::boolean, "whether sha256_raw is another than before"},
    plugins::kIgnoredFact,
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    ReasonSpec{ReportState::ok, "content_changed", "the visible text is another than before"},
};

struct Prints {
  Sha256 raw;
  Sha256 text;  ///< of the visible text; of the body where there is none
  std::uint64_t simhash;
};

Prints take_prints(const Page& page) {
  const std::string_view text = page.features.is_present ? page.features.text : page.body;
  return {.raw = sha256(page.body), .text = sha256(text), .simhash = page.features.text_simhash};
}

// State: raw 32 bytes, text 32 bytes, simhash 8 bytes big-endian.
constexpr std::size_t kStateBytes = 72;

std::string simhash_bytes(std::uint64_t simhash) {
  std::string bytes;
  for (unsigned shift = 64; shift > 0; shift -= 8) {
    bytes.push_back(static_cast<char>(simhash >> (shift - 8) & 0xFFU));
  }
  return bytes;
}

std::uint64_t simhash_of(std::string_view state) {
  std::uint64_t simhash = 0;
  for (const char c : state.substr(64, 8)) simhash = simhash << 8U | static_cast<unsigned char>(c);
  return simhash;
}

void compare(Report& report, const Prints& now, std::string_view before) {
  const bool is_same_text = before.substr(32, 32) == raw(now.text);
  const int distance = std::popcount(now.simhash ^ simhash_of(before));
  report.facts["changed"] = !is_same_text;
  report.facts["changed_raw"] = before.substr(0, 32) != raw(now.raw);
  add_metric(report, kMetrics[0], distance);
  if (is_same_text) return;
  Finding finding;
  finding.severity = Severity::info;
  finding.code = "content_changed";
  finding.message = fmt::format(
      "the text of the page is not the one seen before ({} of 64 bits of its simhash differ)",
      distance);
  finding.expected = hex(before.substr(32, 32));
  finding.seen = hex(raw(now.text));
  add_finding(report, std::move(finding));
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_content(input); !why.empty()) {
    return plugins::skipped(input, why);
  }
  const Prints prints = take_prints(input.page);
  const std::string simhash = simhash_bytes(prints.simhash);
  PluginOutput output;
  Report& report = output.report;
  report.facts["sha256_raw"] = hex(raw(prints.raw));
  report.facts["sha256_normalised"] = hex(raw(prints.text));
  if (input.page.features.is_present) report.facts["simhash64"] = hex(simhash);
  plugins::add_ignored(report, input);
  if (input.state.size() == kStateBytes) compare(report, prints, input.state);
  output.next_state = std::string{raw(prints.raw)}.append(raw(prints.text)).append(simhash);
  return output;
}

constexpr Plugin kPlugin{
    .name = "content-hash",
    .number = 4,
    .version = 2,
    .describes_content = true,
    .summary = "Whether the page is the one seen before: exactly, and in its visible text.",
    .metrics = kMetrics,
    .facts = kFacts,
    .reasons = kReasons,
    .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
