#include "lib/change/explain.hpp"

#include <fmt/format.h>

#include <string>

#include "lib/html/text_folder.hpp"
#include "lib/stats/detector.hpp"

namespace webmon::change {
namespace {

constexpr std::size_t kMostSaid = 3;  ///< signs in the sentence
constexpr std::size_t kMostTold = 5;  ///< and in the evidence
constexpr std::size_t kMostEvidence = 512;

/// As one line of a table: the sign, what it used to be, its part of the score.
std::string told(const Part& part) {
  std::string text = fmt::format("{}={:.3g}", to_string(part.sign), part.value);
  if (const Usual& usual = part.usual; usual.n > 0) {
    text += fmt::format(" mean={:.2g} sd={:.2g} n={}", usual.mean, usual.sd, usual.n);
  }
  return text + fmt::format(" part={:.2f}; ", part.part);
}

}  // namespace

Finding explain(const Verdict& verdict) {
  std::string says, evidence;
  for (std::size_t i = 0; i < verdict.score.parts.size(); ++i) {
    const Part& part = verdict.score.parts[i];
    if (i < kMostSaid) says += fmt::format("{}{}", i == 0 ? "" : "; ", in_words(part.sign));
    if (i < kMostTold) evidence += told(part);
  }
  evidence += verdict.excerpt;
  Finding finding;
  finding.severity = has_attack_sign(verdict.evidence) ? Severity::crit : Severity::warn;
  finding.code = kExcessiveChange;
  finding.message =
      fmt::format("the page is unlike the {} observations before it: {} (score {:.1f})",
                  verdict.seen, says, verdict.score.value);
  finding.expected = fmt::format("score below {:.3g}", verdict.alert);
  finding.seen = fmt::format("score {:.2f}", verdict.score.value);
  finding.evidence = html::utf8_prefix(evidence, kMostEvidence);
  return finding;
}

}  // namespace webmon::change
