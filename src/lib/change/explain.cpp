#include "lib/change/explain.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

#include "lib/html/text_folder.hpp"
#include "lib/stats/detector.hpp"

namespace webmon::change {
namespace {

struct Words {
  Sign sign;
  std::string_view text;
};
constexpr std::array kMeanings = {
    Words{Sign::refresh_new, "a redirect by meta refresh to a new place"},
    Words{Sign::end_lost, "the end of the document is missing"},
    Words{Sign::frame_new, "a frame of a new host"},
    Words{Sign::frame_hidden, "a hidden frame of a new host"},
    Words{Sign::form_new, "a form that sends to a new host"},
    Words{Sign::password_new, "a new field for a password"},
    Words{Sign::script_new, "a script of a new host"},
    Words{Sign::script_common_new,
          "a script of a host that is new here, but well known or linked to"},
    Words{Sign::script_odd, "a new inline script that hides what it does"},
    Words{Sign::script_inline_new, "a new inline script"},
    Words{Sign::hijacked, "links with known text that lead to new hosts"},
    Words{Sign::hijacked_share, "many links that lead elsewhere now"},
    Words{Sign::link_hosts_new, "links to new hosts"},
    Words{Sign::links_to_new, "links to new hosts"},
    Words{Sign::links_hidden, "hidden links to new hosts"},
    Words{Sign::hidden_text_new, "new text that is hidden"},
    Words{Sign::hidden_more, "more hidden elements"},
    Words{Sign::novel_share, "much text that was never there"},
    Words{Sign::novel_bytes, "text that was never there"},
    Words{Sign::novel_words_share, "words that the page never used"},
    Words{Sign::novel_words, "many words that the page never used"},
    Words{Sign::title_new, "a title that it never had"},
    Words{Sign::headings_new, "new headings"},
    Words{Sign::lost_share, "much of the text is gone"},
    Words{Sign::text_shrunk, "less text"},
    Words{Sign::text_grown, "more text"},
    Words{Sign::tags_shrunk, "fewer elements"},
    Words{Sign::tags_grown, "more elements"},
    Words{Sign::structure_far, "another structure"},
    Words{Sign::repeated, "content that is there twice"},
    Words{Sign::bodies_more, "a second document in the page"},
    Words{Sign::errors_more, "more errors of markup"},
    Words{Sign::odd_more, "broken characters"},
    Words{Sign::foreign_more, "more letters beyond ASCII"},
    Words{Sign::novelty_unusual, "more news than the page uses to have"},
    Words{Sign::loss_unusual, "more loss than the page uses to have"},
    Words{Sign::novel_first, "new text at the top"},
    Words{Sign::novel_links, "the new text is links"},
    Words{Sign::novel_repeats, "new text with few repetitions"},
    Words{Sign::scripts_more, "more scripts"},
    Words{Sign::size_calm, "sizes as before"},
    Words{Sign::changes_often, "a page that changes often"},
    Words{Sign::tiny, "a small page"},
    Words{Sign::novel_last, "new text at the end"},
    Words{Sign::external_more, "more external scripts"},
    Words{Sign::forms_more, "more forms"},
    Words{Sign::novel_same, "one new text many times"},
    Words{Sign::links_more, "more links"},
    Words{Sign::links_bare, "links without text to new hosts"},
    Words{Sign::calm, "all else as before"},
    Words{Sign::kinds, "several kinds of change at once"},
    Words{Sign::form_hijacked, "a known form that sends to a new host"},
    Words{Sign::links_alike, "many links to one new host"},
    Words{Sign::hijacked_alike, "many known links that lead to one new host"},
    Words{Sign::unfamiliar, "text of words that the page never used"},
    Words{Sign::pure_loss, "text is gone and nothing came for it"},
    Words{Sign::replaced, "another page in its place"},
};
static_assert(kMeanings.size() == kSigns);

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

std::string_view in_words(Sign sign) noexcept {
  for (const Words& words : kMeanings) {
    if (words.sign == sign) return words.text;
  }
  return {};
}

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
