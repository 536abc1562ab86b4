#include "lib/change/page_traits.hpp"

#include <algorithm>
#include <array>

#include "lib/change/common_hosts.hpp"
#include "lib/core/hashing.hpp"
#include "lib/core/reference.hpp"
#include "lib/core/registrable_domain.hpp"

namespace webmon::change {
namespace {

constexpr std::size_t kMaxWords = 40'000;

bool is_letter(unsigned char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}
bool is_digit(unsigned char c) noexcept { return c >= '0' && c <= '9'; }
bool is_replacement(std::string_view text, std::size_t i) noexcept {  // U+FFFD
  return text.substr(i, 3) == "\xEF\xBF\xBD";
}

/// A small letter for an ASCII letter, 0 for all else.
constexpr auto kFolded = [] {
  std::array<unsigned char, 256> folded{};
  for (unsigned c = 'a'; c <= 'z'; ++c) folded[c] = folded[c - 32] = static_cast<unsigned char>(c);
  return folded;
}();

/// Splits into words; a Han, Kana or Hangul character (three bytes from U+2E80 on) is one.
class WordReader {
 public:
  WordReader(PageTraits& out, std::uint64_t salt) : out_{out}, salt_{salt} {}

  void read(std::string_view text, Piece& piece) {
    piece.first_word = static_cast<std::uint32_t>(out_.words.size());
    word_ = 0;
    all_ = salt_;
    was_letter_ = false;
    for (std::size_t i = 0; i < text.size();) {
      const auto c = static_cast<unsigned char>(text[i]);
      if (const unsigned char folded = kFolded[c]; folded != 0) {  // most of most texts
        put(folded);
        was_letter_ = true;
        ++i;
      } else if (c == ' ') {
        end_word();
        was_letter_ = false;
        ++i;
      } else {
        i += read_other(text, i, piece);
      }
    }
    end_word();
    piece.hash = all_;
    piece.words = static_cast<std::uint32_t>(out_.words.size()) - piece.first_word;
  }

 private:
  void put(unsigned char c) noexcept {
    word_ = (word_ + c + 1) * 0x9E3779B97F4A7C15U ^ word_ >> 29U;
  }

  void end_word() {
    if (word_ == 0) return;
    const std::uint64_t hash = mix(word_ ^ salt_);
    all_ = mix(all_ ^ hash) + 1;
    if (out_.words.size() < kMaxWords) out_.words.push_back(hash);
    word_ = 0;
  }

  /// What is neither an ASCII letter nor a space. Returns how many bytes it takes.
  std::size_t read_other(std::string_view text, std::size_t i, Piece& piece) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) ++piece.foreign_letters;
    const bool is_broken = c == '?' || c < 0x20 || is_replacement(text, i);
    if (is_broken && was_letter_ && i + 1 < text.size() &&
        (is_letter(static_cast<unsigned char>(text[i + 1])) || text[i + 1] == '?')) {
      ++piece.odd;
    }
    const bool is_wide = c > 0xE2 || (c == 0xE2 && i + 1 < text.size() &&
                                      static_cast<unsigned char>(text[i + 1]) >= 0xBA);
    if (is_wide) {
      end_word();
      const auto character = text.substr(i, 3);
      for (const char byte : character) put(static_cast<unsigned char>(byte));
      end_word();
      was_letter_ = true;
      return character.size();
    }
    if (c >= 0x80) {
      put(c);
      was_letter_ = true;
    } else if (is_digit(c)) {
      if (was_letter_) put('0');
      was_letter_ = false;
    } else {
      end_word();
      was_letter_ = false;
    }
    return 1;
  }

  PageTraits& out_;
  std::uint64_t salt_, word_ = 0, all_ = 0;
  bool was_letter_ = false;
};

void read_pieces(const PageFeatures& features, std::uint64_t salt, PageTraits& out) {
  WordReader reader{out, salt};
  out.pieces.reserve(features.text_runs.size());
  out.words.reserve(features.words + features.words / 4);
  const std::string_view all = features.text;
  for (const TextRun& run : features.text_runs) {
    Piece piece;
    if (run.begin < all.size()) piece.text = all.substr(run.begin, run.size);
    piece.is_hidden = run.is_hidden;
    piece.is_heading = run.is_heading;
    reader.read(piece.text, piece);
    out.pieces.push_back(piece);
  }
  Piece title;
  reader.read(features.title, title);
  out.title = static_cast<std::uint32_t>(title.hash >> 32U);
  out.title_first = title.first_word;
  out.title_words = title.words;
}

class NameReader {
 public:
  NameReader(const Page& page, std::uint64_t salt, PageTraits& out)
      : own_{final_url(page).host}, salt_{salt}, out_{out} {}

  /// Nullptr if it is of the page's own host, or of none.
  Name* add(Role role, std::string_view reference) {
    const Reference read = read_reference(reference);
    if (read.kind == Reference::Kind::other) return add_other(role, reference);
    if (read.kind != Reference::Kind::web || is_own_host(read.host, own_)) return nullptr;
    if (read.host != last_written_) {
      last_written_ = read.host;
      last_host_ = lower(read.host.substr(0, 255));
      const std::string_view domain = registrable_domain(last_host_);
      last_domain_hash_ = hash_of(domain.empty() ? last_host_ : domain, salt_);
      is_common_ = is_common_host(last_host_);
    }
    out_.names.push_back({.role = role,
                          .domain = mix(last_domain_hash_ + salt_of(role)),
                          .linked_domain = mix(last_domain_hash_ + salt_of(Role::link)),
                          .text = read.host,
                          .is_common = is_common_});
    return &out_.names.back();
  }

 private:
  static std::uint64_t salt_of(Role role) noexcept {
    return static_cast<std::uint64_t>(role) * 0x9E37U;
  }
  /// "data:", "javascript:" and the like where something is loaded or sent.
  Name* add_other(Role role, std::string_view reference) {
    if (role == Role::link) return nullptr;
    const std::string_view scheme = reference.substr(0, reference.find(':'));
    const std::uint64_t hash = mix(hash_of(scheme, salt_ + 2) + static_cast<std::uint64_t>(role));
    out_.names.push_back({.role = role, .domain = hash, .linked_domain = hash, .text = scheme});
    return &out_.names.back();
  }

  std::string own_;
  std::uint64_t salt_;
  PageTraits& out_;
  std::string last_host_;
  std::string_view last_written_ = "\n";
  std::uint64_t last_domain_hash_ = 0;
  bool is_common_ = false;
};

void read_names(const Page& page, std::uint64_t salt, PageTraits& out) {
  NameReader reader{page, salt, out};
  const PageFeatures& f = page.features;
  for (const Script& script : f.scripts) {
    if (!script.src.empty()) reader.add(Role::script, script.src);
  }
  for (const Frame& frame : f.frames) {
    Name* name = reader.add(Role::frame, frame.src);
    if (name != nullptr) name->is_hidden = frame.is_hidden || frame.is_pixel;
  }
  for (const Form& form : f.forms) reader.add(Role::form, form.action);
  if (f.refresh.is_present && !f.refresh.url.empty()) reader.add(Role::refresh, f.refresh.url);
  for (const Link& link : f.links) {
    Name* name = reader.add(Role::link, link.href);
    if (name == nullptr) continue;
    name->is_hidden = link.is_hidden;
    name->piece = link.text_run;
  }
}

/// What is between quotes, digits and white space do not count, so that a token or a counter makes
/// no new script.
std::uint64_t shape_of(std::string_view text, std::uint64_t salt) {
  std::uint64_t shape = salt;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote || c == '\n') quote = 0;
      continue;
    }
    if (c == '"' || c == '\'' || c == '`') {
      quote = c;
      continue;
    }
    if (is_digit(static_cast<unsigned char>(c)) || c == ' ' || c == '\n' || c == '\t' || c == '\r')
      continue;
    shape = (shape + static_cast<unsigned char>(c) + 1) * 0x9E3779B97F4A7C15U ^ shape >> 29U;
  }
  return mix(shape);
}

void read_scripts(const PageFeatures& features, std::uint64_t salt, PageTraits& out) {
  for (const Script& script : features.scripts) {
    if (script.text.empty()) continue;
    out.scripts.push_back({.shape = shape_of(script.text, salt), .text = script.text});
  }
}

void sort_pieces(PageTraits& out) {
  out.sorted.reserve(out.pieces.size());
  for (const Piece& piece : out.pieces) {
    out.sorted.push_back(static_cast<std::uint32_t>(piece.hash >> 32U));
  }
  std::ranges::sort(out.sorted);
  const auto rest = std::ranges::unique(out.sorted);
  out.sorted.erase(rest.begin(), rest.end());
}

double repeated_share(const PageTraits& traits) {
  if (traits.pieces.empty()) return 0;
  const auto all = static_cast<double>(traits.pieces.size());
  return (all - static_cast<double>(traits.sorted.size())) / all;
}

void read_sizes(const PageFeatures& f, PageTraits& out) {
  auto& s = out.sizes;
  s[kTextBytes] = static_cast<double>(f.text_bytes);
  s[kTags] = f.tags_total;
  s[kLinks] = f.links_total;
  s[kScripts] = static_cast<double>(f.scripts.size());
  s[kHidden] = f.hidden_elements;
  s[kPasswords] =
      static_cast<double>(std::ranges::count(f.fields, std::string_view{"password"}, &Field::type));
  s[kRepeated] = repeated_share(out);
  s[kErrors] = static_cast<double>(f.parse_errors);
  for (const Piece& piece : out.pieces) {
    s[kForeign] += piece.foreign_letters;
    s[kOdd] += piece.odd;
  }
  s[kBodies] =
      std::max({f.tag("body"), f.tag("html"), f.tag("title"), f.tag("main"), f.tag("footer")});
  s[kExternal] = f.external_scripts;
  s[kForms] = static_cast<double>(f.forms.size());
  for (std::size_t i = 0; i < f.tags.size(); ++i) {
    out.tags[i * 0x9E3779B1U >> 16U & 31U] += f.tags[i];
  }
}

}  // namespace

PageTraits read_traits(const Page& page, std::uint64_t salt) {
  PageTraits out;
  const PageFeatures& features = page.features;
  read_pieces(features, salt, out);
  read_names(page, salt, out);
  read_scripts(features, salt, out);
  sort_pieces(out);
  read_sizes(features, out);
  out.has_end = features.has_end;
  return out;
}

}  // namespace webmon::change
