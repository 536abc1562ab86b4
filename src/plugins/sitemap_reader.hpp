/// What a sitemap holds (sitemaps.org protocol), read by expat as it comes: also of one that is cut
/// off. Pure.
#pragma once

#include <expat.h>

#include <memory>
#include <new>
#include <string>
#include <string_view>

namespace webmon::plugins {

struct Sitemap {
  bool is_sitemap = false;     ///< <urlset> or <sitemapindex>
  bool is_index = false;       ///< its entries are sitemaps
  std::int64_t entries = 0;    ///< <url> or <sitemap>
  std::string newest_lastmod;  ///< the last of the dates (W3C datetime: YYYY-MM-DD and more)
};

class SitemapReader {
 public:
  Sitemap read(std::string_view text) {
    const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser{
        XML_ParserCreateNS(nullptr, '|'), XML_ParserFree};
    if (!parser) throw std::bad_alloc{};
    XML_SetUserData(parser.get(), this);
    XML_SetElementHandler(
        parser.get(),
        [](void* self, const char* name, const char**) {
          static_cast<SitemapReader*>(self)->begin(local(name));
        },
        [](void* self, const char*) { static_cast<SitemapReader*>(self)->end(); });
    XML_SetCharacterDataHandler(parser.get(), [](void* self, const char* part, int size) {
      static_cast<SitemapReader*>(self)->take({part, static_cast<std::size_t>(size)});
    });
    // What is wrong with it, or missing at its end, ends the reading; what was read stands. A chunk
    // at a time: sizes are int.
    for (; !text.empty(); text.remove_prefix(std::min(text.size(), kChunk))) {
      const auto part = text.substr(0, kChunk);
      if (XML_Parse(parser.get(), part.data(), static_cast<int>(part.size()), 0) ==
          XML_STATUS_ERROR) {
        break;
      }
    }
    return std::move(sitemap_);
  }

 private:
  static constexpr std::size_t kChunk = 64U << 10U;
  static constexpr std::size_t kMostDate = 40;

  /// Without its namespace, which many sitemaps get wrong.
  static std::string_view local(std::string_view name) { return name.substr(name.rfind('|') + 1); }

  void begin(std::string_view name) {
    ++depth_;
    if (depth_ == 1) {
      sitemap_.is_index = name == "sitemapindex";
      sitemap_.is_sitemap = sitemap_.is_index || name == "urlset";
    } else if (depth_ == 2) {
      if (name == (sitemap_.is_index ? "sitemap" : "url")) ++sitemap_.entries;
    } else if (depth_ == 3) {
      is_lastmod_ = name == "lastmod";
      date_.clear();
    }
  }

  void end() {
    if (depth_ == 3 && is_lastmod_) {
      if (is_date(date_) && date_ > sitemap_.newest_lastmod) sitemap_.newest_lastmod = date_;
      is_lastmod_ = false;
    }
    --depth_;
  }

  void take(std::string_view text) {
    if (depth_ != 3 || !is_lastmod_) return;
    for (const char c : text) {
      if (c > ' ' && date_.size() < kMostDate) date_ += c;
    }
  }

  static bool is_date(std::string_view text) {
    constexpr std::string_view kShape = "dddd-dd-dd";
    if (text.size() < kShape.size()) return false;
    for (std::size_t i = 0; i < kShape.size(); ++i) {
      const bool is_digit = text[i] >= '0' && text[i] <= '9';
      if (kShape[i] == 'd' ? !is_digit : text[i] != '-') return false;
    }
    return true;
  }

  Sitemap sitemap_;
  int depth_ = 0;
  bool is_lastmod_ = false;
  std::string date_;
};

}  // namespace webmon::plugins
