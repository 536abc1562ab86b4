/// Turns tokens into PageFeatures: counts, texts, fingerprints. Knows HTML's elements, not how
/// bytes become tokens. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "lib/core/page_features.hpp"
#include "lib/html/arena.hpp"
#include "lib/html/content_model.hpp"
#include "lib/html/reference_collector.hpp"
#include "lib/html/simhash.hpp"
#include "lib/html/text_folder.hpp"
#include "lib/html/token.hpp"

namespace webmon::html {

class FeatureCollector {
 public:
  explicit FeatureCollector(PageFeatures& out);

  /// Takes one token. Returns the state in which the tokenizer has to read on; kData: as before.
  State add(const Token& token);
  bool allows_cdata() const noexcept { return model_.allows_cdata(); }
  /// Writes what is only known at the end. Call once.
  void finish();

 private:
  /// Whose text it is that comes.
  enum class Text : std::uint8_t { page, script, style, title, other };

  State start_tag(const Token& token);
  void end_tag(const Token& token);
  void text(std::string_view text, const char* room);
  void end_text();
  void end_run();
  Visibility read_attributes(const Token& token, TagId tag) noexcept;
  void start_heading(TagId tag) noexcept;
  void end_heading();

  PageFeatures& out_;
  std::shared_ptr<Arena> arena_;
  ContentModel model_;
  ReferenceCollector references_;
  TextFolder text_;
  TextFolder hidden_text_;
  TextFolder title_;
  SimHash structure_;
  std::uint64_t last_tags_ = 0;     // the last three, a byte each
  std::size_t heading_begin_ = 0;   // mark in text_
  std::size_t run_begin_ = 0;       // mark in text_
  std::uint8_t heading_level_ = 0;  // of the open heading; 0: none
  Text reads_ = Text::page;
  bool has_title_ = false;
};

}  // namespace webmon::html
