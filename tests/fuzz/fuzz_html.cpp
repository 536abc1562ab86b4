// Whatever the bytes and however they are split: the same tokens, errors and features; bounded
// lists; valid UTF-8. The first byte of an input says where it is cut, the second which charset the
// server names.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "lib/html/charset.hpp"
#include "lib/html/extract.hpp"
#include "lib/html/page_reader.hpp"
#include "require.hpp"

namespace {

using namespace webmon;
using Chunks = std::vector<std::string_view>;

constexpr std::array<std::string_view, 6> kTypes = {
    "text/html; charset=utf-8",        "text/html",
    "text/html; charset=windows-1252", "text/html; charset=utf-16",
    "text/html; charset=shift_jis",    "text/html; charset=iso-2022-jp"};
constexpr html::Limits kLimits{.tokens = 5000, .attributes = 8, .attribute_value_bytes = 64};

void require_equal(const std::string& whole, const std::string& cut) {
  if (whole == cut) return;
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(whole, cut).in1 - whole.begin());
  const std::size_t from = at > 60 ? at - 60 : 0;
  std::fprintf(stderr, "whole: %s\ncut:   %s\n", whole.substr(from, 160).c_str(),
               cut.substr(from, 160).c_str());
  require(false, "tokens differ");
}

/// Cut at pseudo-random places, `seed` 0: nowhere.
Chunks split(std::string_view text, unsigned seed) {
  Chunks chunks;
  std::uint32_t state = seed;
  while (!text.empty()) {
    state = state * 1664525U + 1013904223U;
    const std::size_t size = seed == 0 ? text.size() : seed < 8 ? seed : 1 + (state >> 16U) % seed;
    chunks.push_back(text.substr(0, size));
    text.remove_prefix(std::min(size, text.size()));
  }
  return chunks;
}

void describe(const html::Token& token, std::string& out) {
  if (token.kind == html::TokenKind::text) {  // may come in pieces
    out += token.text;
    return;
  }
  out += '\x01';
  out += static_cast<char>('0' + static_cast<int>(token.kind));
  out += token.text;
  for (const html::Attribute& attribute : token.attributes) {
    out += '\x02';
    out += attribute.name;
    out += '=';
    out += attribute.value;
  }
  if (token.kind == html::TokenKind::doctype) {
    out += token.doctype->name.value_or("?") + token.doctype->public_identifier.value_or("?") +
           token.doctype->system_identifier.value_or("?");
  }
  const bool is_tag =
      token.kind == html::TokenKind::start_tag || token.kind == html::TokenKind::end_tag;
  if (is_tag && token.is_self_closing) out += '/';
  out += '\x01';
}

std::string tokens_of(const Chunks& chunks) {
  std::vector<html::ParseError> errors;
  html::Tokenizer tokenizer{{.attributes = 8, .attribute_value_bytes = 64}, &errors};
  html::Token token;
  std::string out;
  const auto read = [&] {
    while (tokenizer.next(token)) {
      describe(token, out);
      if (token.kind != html::TokenKind::start_tag) continue;
      if (token.text == "script") tokenizer.switch_to(html::State::kScriptData, token.text);
      if (token.text == "title") tokenizer.switch_to(html::State::kRcdata, token.text);
      if (token.text == "style") tokenizer.switch_to(html::State::kRawtext, token.text);
      tokenizer.allow_cdata(token.text == "svg");
    }
  };
  for (const std::string_view chunk : chunks) {
    tokenizer.feed(chunk);
    read();
  }
  tokenizer.finish();
  read();
  std::ranges::sort(errors, [](const auto& a, const auto& b) {
    return std::pair{a.offset, a.code} < std::pair{b.offset, b.code};
  });
  for (const html::ParseError& error : errors) {
    out += std::to_string(error.offset) + std::string{to_string(error.code)};
  }
  return out;
}

PageFeatures features_of(const Chunks& chunks) {
  PageFeatures out;
  html::PageReader reader{kLimits, out};
  for (const std::string_view chunk : chunks) reader.feed(chunk);
  reader.finish();
  return out;
}

void require_same(const PageFeatures& a, const PageFeatures& b) {
  require(a.tags == b.tags && a.tags_total == b.tags_total, "tags differ");
  require(a.max_depth == b.max_depth && a.attributes == b.attributes, "structure differs");
  require(a.comments == b.comments && a.comment_bytes == b.comment_bytes, "comments differ");
  require(a.parse_errors == b.parse_errors, "errors differ");
  require(a.text == b.text && a.words == b.words && a.text_bytes == b.text_bytes, "text differs");
  require(a.hidden_text == b.hidden_text && a.title == b.title, "hidden text or title differs");
  require(a.structure_simhash == b.structure_simhash, "structure_simhash differs");
  require(a.text_simhash == b.text_simhash, "text_simhash differs");
  require(a.links_total == b.links_total && a.links.size() == b.links.size(), "links differ");
  require(a.scripts.size() == b.scripts.size(), "scripts differ");
  for (std::size_t i = 0; i < a.scripts.size(); ++i) {
    require(a.scripts[i].text_hash == b.scripts[i].text_hash, "a script differs");
  }
  require(a.headings.size() == b.headings.size() && a.metas.size() == b.metas.size() &&
              a.fields.size() == b.fields.size() && a.insecure_total == b.insecure_total,
          "lists differ");
}

void require_sound(const PageFeatures& f) {
  require(html::is_utf8(f.text) && html::is_utf8(f.title), "text is not UTF-8");
  require(f.text.find('\0') == std::string::npos, "NUL in the text");
  require(f.text.size() <= 1U << 20U && f.title.size() <= 512, "text beyond its bound");
  for (const Link& link : f.links) require(html::is_utf8(link.href), "href is not UTF-8");
  for (const Script& script : f.scripts) require(html::is_utf8(script.text), "script is not UTF-8");
  require(f.links.size() <= kMaxLinks && f.fields.size() <= kMaxFields, "a list beyond its bound");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view body{reinterpret_cast<const char*>(data) + 2, size - 2};
  PageFeatures whole;
  extract_features(body, kTypes[data[1] % kTypes.size()], whole);
  require_sound(whole);
  html::Decoded decoded;
  html::decode(body, kTypes[data[1] % kTypes.size()], decoded);
  require(html::is_utf8(decoded.text), "decoded text is not UTF-8");
  const Chunks uncut = split(decoded.text, 0);
  const Chunks cut = split(decoded.text, 1U + data[0] % 64U);
  // The limit of tokens counts pieces of text, so that it may cut at different places.
  const PageFeatures a = features_of(uncut);
  const PageFeatures b = features_of(cut);
  require_sound(a);
  if (!a.is_cut && !b.is_cut) require_same(a, b);
  require_equal(tokens_of(uncut), tokens_of(cut));
  return 0;
}
