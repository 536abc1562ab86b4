/// Decoded text of a page to PageFeatures: the tokenizer and what reads it. Pure.
#pragma once

#include <string_view>

#include "lib/html/feature_collector.hpp"
#include "lib/html/tokenizer.hpp"

namespace webmon::html {

class PageReader {
 public:
  PageReader(Limits limits, PageFeatures& out);

  /// UTF-8, in any split; see Tokenizer::feed().
  void feed(std::string_view text);
  /// Call once.
  void finish();

 private:
  void read();

  PageFeatures& out_;
  Tokenizer tokenizer_;
  FeatureCollector collector_;
};

}  // namespace webmon::html
