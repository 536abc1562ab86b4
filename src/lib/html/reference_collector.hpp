/// What a page refers to and how it describes itself: links, scripts, frames, forms, metas. Takes
/// the start tags that have the trait kHasReferences. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/core/page_features.hpp"
#include "lib/html/arena.hpp"
#include "lib/html/tag_traits.hpp"
#include "lib/html/token.hpp"

namespace webmon::html {

/// What the element itself says, and what is around it.
struct Visibility {
  bool is_hidden = false;
  bool is_pixel = false;  ///< 0 or 1 pixel wide or high
};

class ReferenceCollector {
 public:
  /// Texts are kept in `arena`, which must outlive `out`.
  ReferenceCollector(PageFeatures& out, Arena& arena) : out_{out}, arena_{arena} {}

  void start(const Token& token, TagId tag, Visibility visibility);
  /// Text of the <script> that was started last.
  void script_text(std::string_view text);
  void end_script();
  /// A piece of text has ended; in a link it is that link's.
  void end_run(std::size_t run) noexcept;
  void end_link() noexcept { is_in_link_ = false; }
  void end_form() noexcept { form_ = kNoForm; }

 private:
  void add_link(const Token& token, Visibility visibility);
  void add_script(const Token& token);
  void add_frame(const Token& token, TagId tag, Visibility visibility);
  void add_form(const Token& token, Visibility visibility);
  void add_field(const Token& token, TagId tag);
  void add_image(const Token& token, Visibility visibility);
  void add_meta(const Token& token);
  void add_link_element(const Token& token);
  void add_base(const Token& token);
  void add_insecure(TagId tag, std::string_view url, bool is_active);
  void add_json_ld_types(std::string_view json);
  std::string_view keep(std::string_view text, std::size_t max_bytes);
  std::string_view keep_lower(std::string_view text, std::size_t max_bytes);

  PageFeatures& out_;
  Arena& arena_;
  std::string script_text_;  // of the script that is open
  bool is_in_script_ = false;
  bool is_in_link_ = false;
  bool is_script_kept_ = false;
  std::size_t script_room_ = kMaxInlineScriptText;
  std::uint32_t form_ = kNoForm;
};

}  // namespace webmon::html
