#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "lib/html/chars.hpp"
#include "lib/html/put_utf8.hpp"
#include "lib/html/selector.hpp"

namespace webmon::html {
namespace {

constexpr std::string_view kSupported =
    "supported are types, *, #id, .class, [attribute] with = ^= $= *= ~= |=, and of these lists "
    "(a, b), descendants (a b) and children (a > b)";

bool is_selector_space(char c) noexcept { return is_space(c) || c == '\r'; }

bool is_name_char(char c) noexcept {
  return is_alnum(c) || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

std::string in_lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), to_lower);
  return text;
}

void append_code_point(char32_t code, std::string& out) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = 0xFFFD;
  std::array<char, 4> bytes{};
  out.append(bytes.data(), put_utf8(code, bytes.data()));
}

std::optional<unsigned> hex_digit(char c) noexcept {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  const char lower = to_lower(c);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a') + 10;
  return std::nullopt;
}

/// Where what cannot be read begins is the end of what could: `at_`.
class SelectorParser {
 public:
  explicit SelectorParser(std::string_view text) : text_{text} {}

  Result<std::vector<Selector>> read_list() {
    std::vector<Selector> list;
    do {
      auto selector = read_selector();
      if (!selector) return fail(std::move(selector.error()));
      list.push_back(std::move(*selector));
    } while (take(','));
    if (!is_over()) return refuse_rest();
    return list;
  }

 private:
  bool is_over() const noexcept { return at_ == text_.size(); }
  char next() const noexcept { return is_over() ? '\0' : text_[at_]; }
  bool take(char c) noexcept {
    if (next() != c || is_over()) return false;
    ++at_;
    return true;
  }
  bool skip_space() noexcept {
    const std::size_t from = at_;
    while (!is_over() && is_selector_space(next())) ++at_;
    return at_ > from;
  }

  tl::unexpected<Error> refuse_rest() const {
    if (is_over())
      return fail(Errc::bad_input, fmt::format("ends where more is needed; {}", kSupported));
    std::size_t size = std::min<std::size_t>(24, text_.size() - at_);
    while (at_ + size < text_.size() && (static_cast<unsigned char>(text_[at_ + size]) >> 6U) == 2U)
      ++size;
    return fail(Errc::bad_input, fmt::format("cannot be read from \"{}\" on; {}",
                                             text_.substr(at_, size), kSupported));
  }

  Result<Selector> read_selector() {
    Selector selector;
    skip_space();
    for (bool is_child = false;;) {
      auto compound = read_compound();
      if (!compound) return fail(std::move(compound.error()));
      selector.push_back({std::move(*compound), is_child});
      const bool has_space = skip_space();
      is_child = take('>');
      if (is_child) {
        skip_space();
      } else if (!has_space || is_over() || next() == ',') {
        return selector;
      }
    }
  }

  Result<Compound> read_compound() {
    Compound compound;
    const std::size_t from = at_;
    if (!take('*')) compound.type = in_lower_case(read_name());
    for (;;) {
      if (take('#')) {
        if (!add_name(compound, "id", AttributeTest::Kind::equals)) return refuse_rest();
      } else if (take('.')) {
        if (!add_name(compound, "class", AttributeTest::Kind::has_word)) return refuse_rest();
      } else if (take('[')) {
        auto test = read_test();
        if (!test) return fail(std::move(test.error()));
        compound.tests.push_back(std::move(*test));
      } else {
        break;
      }
    }
    if (at_ == from) return refuse_rest();
    return compound;
  }

  bool add_name(Compound& compound, const char* attribute, AttributeTest::Kind kind) {
    auto name = read_name();
    if (name.empty()) return false;
    compound.tests.push_back({.kind = kind, .name = attribute, .value = std::move(name)});
    return true;
  }

  /// Behind "[".
  Result<AttributeTest> read_test() {
    AttributeTest test;
    skip_space();
    test.name = in_lower_case(read_name());
    if (test.name.empty()) return refuse_rest();
    skip_space();
    if (take(']')) return test;
    const auto kind = read_operator();
    if (!kind) return refuse_rest();
    test.kind = *kind;
    skip_space();
    auto value = read_value();
    if (!value) return refuse_rest();
    test.value = std::move(*value);
    skip_space();
    if (to_lower(next()) == 'i' || to_lower(next()) == 's') {
      test.ignores_case = to_lower(next()) == 'i';
      ++at_;
      skip_space();
    }
    if (!take(']')) return refuse_rest();
    return test;
  }

  std::optional<AttributeTest::Kind> read_operator() {
    using enum AttributeTest::Kind;
    constexpr std::pair<std::string_view, AttributeTest::Kind> kOperators[] = {
        {"=", equals},    {"^=", begins},   {"$=", ends},
        {"*=", contains}, {"~=", has_word}, {"|=", has_prefix}};
    for (const auto& [sign, kind] : kOperators) {
      if (!text_.substr(at_).starts_with(sign)) continue;
      at_ += sign.size();
      return kind;
    }
    return std::nullopt;
  }

  std::optional<std::string> read_value() {
    const char quote = next();
    if (quote != '"' && quote != '\'') {
      auto name = read_name();
      return name.empty() ? std::nullopt : std::optional{std::move(name)};
    }
    std::string value;
    for (std::size_t at = at_ + 1; at < text_.size();) {
      if (text_[at] == quote) {
        at_ = at + 1;
        return value;
      }
      if (text_[at] == '\\')
        at = read_escape(at, value);
      else
        value += text_[at++];
    }
    return std::nullopt;
  }

  /// Empty if there is none. Unlike in CSS it may begin with a digit.
  std::string read_name() {
    std::string name;
    while (!is_over()) {
      if (is_name_char(next())) {
        name += text_[at_++];
      } else if (next() == '\\' && at_ + 1 < text_.size()) {
        at_ = read_escape(at_, name);
      } else {
        break;
      }
    }
    return name;
  }

  /// Of the one at `at`; returns what is behind it.
  std::size_t read_escape(std::size_t at, std::string& out) const {
    char32_t code = 0;
    std::size_t end = at + 1;
    while (end < text_.size() && end < at + 7) {
      const auto digit = hex_digit(text_[end]);
      if (!digit) break;
      code = code * 16 + *digit;
      ++end;
    }
    if (end == at + 1) {
      if (end < text_.size()) out += text_[end++];
      return end;
    }
    append_code_point(code, out);
    return end < text_.size() && is_selector_space(text_[end]) ? end + 1 : end;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Selector>> parse_selectors(std::string_view text) {
  return SelectorParser{text}.read_list();
}

}  // namespace webmon::html
