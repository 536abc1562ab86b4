/// Turns parser events into PageFeatures. Knows HTML's elements, not how bytes become events, so
/// that it stays when the parser below it is replaced. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lib/core/page_features.hpp"
#include "lib/html/text_folder.hpp"

namespace webmon::html {

struct Attribute {
  std::string_view name;   ///< lower case
  std::string_view value;  ///< entities resolved; empty if there is none
};

class FeatureCollector {
 public:
  explicit FeatureCollector(PageFeatures& out);

  /// Names are in lower case. Every start has its end, void elements as well.
  void start_element(std::string_view name, std::span<const Attribute> attributes);
  void end_element(std::string_view name);
  void characters(std::string_view text);
  void comment() noexcept { ++out_.comments; }
  void parse_error() noexcept { ++out_.parse_errors; }
  /// Writes what is only known at the end. Call once.
  void finish();

 private:
  void keep_references(std::string_view name, std::span<const Attribute> attributes);

  PageFeatures& out_;
  TextFolder text_;
  TextFolder title_;
  std::uint32_t depth_ = 0;
  std::uint32_t unseen_depth_ = 0;  ///< open elements whose text nobody sees
  std::uint32_t script_depth_ = 0;
  std::uint32_t title_depth_ = 0;
  bool has_title_ = false;
};

}  // namespace webmon::html
