/// The tokenizer of WHATWG HTML §13.2.5: all states, all parse errors. It knows no elements: who
/// reads the tokens switches its state where the tree builder would (content_model.hpp does).
/// Checked against html5lib-tests (ctest `html5lib`).
///
///   Tokenizer tokenizer;
///   tokenizer.feed(chunk);                  // any number of times, in any split
///   while (tokenizer.next(token)) …
///   tokenizer.finish();
///   while (tokenizer.next(token)) …
///
/// How it reads. A token is made of one contiguous piece of text; its views point into the chunk
/// that was fed. Where a chunk ends inside a token, that token's text is kept and read again from
/// its beginning when half as much again has come: linear in all, whatever the split. Text is told
/// in pieces as it comes, never cut inside a character.
/// Threads: none. Memory: the unfinished token, at most what was fed, and 3 x the limits of a tag.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/html/arena.hpp"
#include "lib/html/parse_error.hpp"
#include "lib/html/state.hpp"
#include "lib/html/token.hpp"

namespace webmon::html {

struct Limits {
  std::uint32_t tokens = UINT32_MAX;  ///< then the page ends
  std::uint32_t attributes = 256;     ///< of one tag; more are counted, not kept
  std::uint32_t attribute_value_bytes =
      65536;  ///< before character references; the rest is cut off
};

class Tokenizer {
 public:
  /// `errors`, if given, gets every parse error, roughly in order, and must outlive the tokenizer.
  explicit Tokenizer(Limits limits = {}, std::vector<ParseError>* errors = nullptr);
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  /// `chunk` is UTF-8 and stays in place until next() has returned false. All tokens of the chunk
  /// before must have been read.
  void feed(std::string_view chunk);
  /// There is no more.
  void finish();
  /// The next token. False: feed() or finish() is next, or the page is over.
  bool next(Token& token);

  /// Reads on in `state`: one of the five text states or kCdataSection. `end_tag` is the name that
  /// ends RCDATA, RAWTEXT and script data, in lower case ("appropriate end tag token").
  void switch_to(State state, std::string_view end_tag = {});
  /// Whether "<![CDATA[" begins a section: only in SVG and MathML.
  void allow_cdata(bool is_allowed) noexcept { is_cdata_allowed_ = is_allowed; }

  /// Where the token told last ends, and the start tag told last begins: bytes of the page, each of
  /// its line endings one "\n".
  std::size_t end_offset() const noexcept { return offset_of(at_); }
  std::size_t tag_offset() const noexcept { return offset_of(tag_at_); }

  std::uint64_t error_count() const noexcept { return error_count_; }
  /// A limit of tokens ended the page early.
  bool is_cut() const noexcept { return is_cut_; }
  const StateSet& visited() const noexcept { return visited_; }

 private:
  /// What reading on from at_ came to. Only `token` and `skipped` move at_.
  enum class Scan : std::uint8_t { token, skipped, incomplete, end, no_match };

  void enter(State state) noexcept { visited_[static_cast<std::size_t>(state)] = true; }
  void report(ParseErrorCode code, const char* where);
  void add_text(std::string_view chunk);
  void check_input(std::size_t from);
  void keep_rest();
  std::size_t offset_of(const char* where) const noexcept {
    return base_ + static_cast<std::size_t>(where - begin_);
  }
  /// The text ends inside a construct, at end_: more may come, or `error` is all that does.
  Scan end_inside(ParseErrorCode error);

  Scan scan(Token& token);
  // tokenizer_text.cpp
  Scan scan_data(Token& token);
  Scan scan_rcdata(Token& token);
  Scan scan_raw(Token& token, char stop);
  Scan scan_cdata(Token& token);
  Scan emit_text(Token& token, const char* end);
  Scan emit_literal(Token& token, std::string_view text, const char* resume);
  Scan emit_null(Token& token, std::string_view as);
  Scan end_of_text() noexcept { return is_last_ ? Scan::end : Scan::incomplete; }
  // tokenizer_script.cpp
  Scan scan_script(Token& token);
  Scan scan_script_markup(Token& token);
  Scan scan_escaped_script_markup(Token& token);
  const char* skip_script_text(const char* p);
  Scan toggle_double_escape(const char* name, Token& token);
  // tokenizer_tag.cpp
  Scan scan_markup(Token& token);
  Scan scan_end_tag_open(Token& token);
  Scan scan_tag(const char* name, TokenKind kind, Token& token);
  Scan scan_attributes(const char*& p, bool& is_self_closing);
  Scan scan_attribute(const char*& p);
  Scan scan_value(const char*& p, std::string_view& value);
  Scan scan_quoted_value(const char*& p, std::string_view& value);
  Scan scan_unquoted_value(const char*& p, std::string_view& value);
  Scan after_quoted_value(const char* p);
  Scan scan_self_closing(const char*& p, bool& is_self_closing);
  Scan scan_special_end_tag(const char* less_than, State first, Token& token);
  std::string_view scan_name(const char*& p, bool is_attribute);
  std::string_view decode_value(std::string_view raw);
  bool is_new_attribute(std::string_view name) noexcept;
  // tokenizer_comment.cpp
  Scan scan_declaration(Token& token);
  Scan scan_comment(const char* p, Token& token);
  Scan scan_bogus_comment(const char* data, Token& token);
  Scan emit_comment(Token& token, std::string_view data, const char* resume);
  std::string_view without_nulls(std::string_view data);
  // tokenizer_doctype.cpp
  Scan scan_doctype(const char* p, Token& token);
  // tokenizer_char_ref.cpp
  struct CharRef;
  CharRef read_char_ref(const char* p, const char* end, bool is_end_known, bool is_attribute);
  CharRef read_named(const char* p, const char* end, bool is_end_known, bool is_attribute);
  CharRef read_numeric(const char* p, const char* end, bool is_end_known);
  char32_t checked_code_point(char32_t code, const char* where);
  Scan scan_char_ref(Token& token);

  const char* at_ = nullptr;      // where the next token begins
  const char* tag_at_ = nullptr;  // where the start tag told last begins
  const char* end_ = nullptr;     // of the text at hand
  const char* begin_ = nullptr;   // of the text at hand
  State state_ = State::kData;
  bool is_last_ = false;
  bool is_over_ = false;
  bool is_cut_ = false;
  bool is_cdata_allowed_ = false;
  std::uint32_t tokens_ = 0;
  std::uint32_t dropped_attributes_ = 0;
  std::uint32_t attempt_errors_ = 0;  // reported since at_
  std::uint32_t told_errors_ = 0;     // of these, how many an earlier reading has reported
  std::uint64_t error_count_ = 0;
  std::size_t base_ = 0;  // offset of begin_ in the page
  StateSet visited_{};
  Limits limits_;
  std::vector<ParseError>* errors_;
  std::string end_tag_;
  std::vector<Attribute> attributes_;
  std::uint64_t attribute_names_ = 0;  // a bit for the hash of each name of this tag
  Arena scratch_;                      // of this token: texts that are not in the page as they are
  Doctype doctype_;
  char decoded_[8] = {};  // a character reference

  std::string kept_;            // the unfinished token, if it began in an earlier chunk
  std::string tail_;            // up to 3 bytes: an unfinished character
  std::size_t retry_size_ = 0;  // of kept_, from which on it is worth reading again
  bool skips_line_feed_ = false;
};

}  // namespace webmon::html
