#include "lib/change/sign.hpp"

namespace webmon::change {
namespace {

struct Words {
  Sign sign;
  std::string_view name, meaning;
};
/// In the order of `Sign`.
constexpr std::array kWords = {
    Words{Sign::refresh_new, "refresh_new", "a redirect by meta refresh to a new place"},
    Words{Sign::end_lost, "end_lost", "the end of the document is missing"},
    Words{Sign::frame_new, "frame_new", "a frame of a new host"},
    Words{Sign::frame_hidden, "frame_hidden", "a hidden frame of a new host"},
    Words{Sign::form_new, "form_new", "a form that sends to a new host"},
    Words{Sign::password_new, "password_new", "a new field for a password"},
    Words{Sign::script_new, "script_new", "a script of a new host"},
    Words{Sign::script_common_new, "script_common_new",
          "a script of a host that is new here, but well known or linked to"},
    Words{Sign::script_odd, "script_odd", "a new inline script that hides what it does"},
    Words{Sign::script_inline_new, "script_inline_new", "a new inline script"},
    Words{Sign::hijacked, "hijacked", "links with known text that lead to new hosts"},
    Words{Sign::hijacked_share, "hijacked_share", "many links that lead elsewhere now"},
    Words{Sign::link_hosts_new, "link_hosts_new", "links to new hosts"},
    Words{Sign::links_to_new, "links_to_new", "links to new hosts"},
    Words{Sign::links_hidden, "links_hidden", "hidden links to new hosts"},
    Words{Sign::hidden_text_new, "hidden_text_new", "new text that is hidden"},
    Words{Sign::hidden_more, "hidden_more", "more hidden elements"},
    Words{Sign::novel_share, "novel_share", "much text that was never there"},
    Words{Sign::novel_bytes, "novel_bytes", "text that was never there"},
    Words{Sign::novel_words_share, "novel_words_share", "words that the page never used"},
    Words{Sign::novel_words, "novel_words", "many words that the page never used"},
    Words{Sign::title_new, "title_new", "a title that it never had"},
    Words{Sign::headings_new, "headings_new", "new headings"},
    Words{Sign::lost_share, "lost_share", "much of the text is gone"},
    Words{Sign::text_shrunk, "text_shrunk", "less text"},
    Words{Sign::text_grown, "text_grown", "more text"},
    Words{Sign::tags_shrunk, "tags_shrunk", "fewer elements"},
    Words{Sign::tags_grown, "tags_grown", "more elements"},
    Words{Sign::structure_far, "structure_far", "another structure"},
    Words{Sign::repeated, "repeated", "content that is there twice"},
    Words{Sign::bodies_more, "bodies_more", "a second document in the page"},
    Words{Sign::errors_more, "errors_more", "more errors of markup"},
    Words{Sign::odd_more, "odd_more", "broken characters"},
    Words{Sign::foreign_more, "foreign_more", "more letters beyond ASCII"},
    Words{Sign::novelty_unusual, "novelty_unusual", "more news than the page uses to have"},
    Words{Sign::loss_unusual, "loss_unusual", "more loss than the page uses to have"},
    Words{Sign::novel_first, "novel_first", "new text at the top"},
    Words{Sign::novel_links, "novel_links", "the new text is links"},
    Words{Sign::novel_variety, "novel_variety", "new text with few repetitions"},
    Words{Sign::scripts_more, "scripts_more", "more scripts"},
    Words{Sign::size_calm, "size_calm", "sizes as before"},
    Words{Sign::changes_often, "changes_often", "a page that changes often"},
    Words{Sign::tiny, "tiny", "a small page"},
    Words{Sign::novel_last, "novel_last", "new text at the end"},
    Words{Sign::external_more, "external_more", "more external scripts"},
    Words{Sign::forms_more, "forms_more", "more forms"},
    Words{Sign::novel_same, "novel_same", "one new text many times"},
    Words{Sign::links_more, "links_more", "more links"},
    Words{Sign::links_bare, "links_bare", "links without text to new hosts"},
    Words{Sign::calm, "calm", "all else as before"},
    Words{Sign::kinds, "kinds", "several kinds of change at once"},
    Words{Sign::form_hijacked, "form_hijacked", "a known form that sends to a new host"},
    Words{Sign::links_alike, "links_alike", "many links to one new host"},
    Words{Sign::hijacked_alike, "hijacked_alike", "many known links that lead to one new host"},
    Words{Sign::unfamiliar, "unfamiliar", "text of words that the page never used"},
    Words{Sign::pure_loss, "pure_loss", "text is gone and nothing came for it"},
    Words{Sign::replaced, "replaced", "another page in its place"},
};
static_assert(kWords.size() == kSigns);
static_assert([] {
  for (std::size_t i = 0; i < kSigns; ++i) {
    if (kWords[i].sign != static_cast<Sign>(i)) return false;
  }
  return true;
}());

const Words& words_of(Sign sign) noexcept { return kWords[static_cast<std::size_t>(sign)]; }

}  // namespace

std::string_view to_string(Sign sign) noexcept { return words_of(sign).name; }
std::string_view in_words(Sign sign) noexcept { return words_of(sign).meaning; }

}  // namespace webmon::change
