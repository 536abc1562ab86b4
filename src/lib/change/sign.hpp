/// What about a page can be unlike what is remembered of it. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webmon::change {

enum class Sign : std::uint8_t {
  refresh_new,
  end_lost,
  frame_new,
  frame_hidden,
  form_new,
  password_new,
  script_new,
  script_common_new,
  script_odd,
  script_inline_new,
  hijacked,
  hijacked_share,
  link_hosts_new,
  links_to_new,
  links_hidden,
  hidden_text_new,
  hidden_more,
  novel_share,
  novel_bytes,
  novel_words_share,
  novel_words,
  title_new,
  headings_new,
  lost_share,
  text_shrunk,
  text_grown,
  tags_shrunk,
  tags_grown,
  structure_far,
  repeated,
  bodies_more,
  errors_more,
  odd_more,
  foreign_more,
  novelty_unusual,
  loss_unusual,
  novel_first,
  novel_links,
  novel_variety,
  scripts_more,
  size_calm,
  changes_often,
  tiny,
  novel_last,
  external_more,
  forms_more,
  novel_same,
  links_more,
  links_bare,
  calm,
  kinds,
  form_hijacked,
  links_alike,
  hijacked_alike,
  unfamiliar,
  pure_loss,
  replaced,
  count
};
inline constexpr auto kSigns = static_cast<std::size_t>(Sign::count);
std::string_view to_string(Sign sign) noexcept;
/// For people, without a verb: "a form that sends to a new host".
std::string_view in_words(Sign sign) noexcept;

/// A value for each sign, 0 or more, that grows with how unlike.
using Evidence = std::array<double, kSigns>;

}  // namespace webmon::change
