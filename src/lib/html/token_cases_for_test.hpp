/// Tokenizer tests in the JSON format of html5lib-tests (its README: "Tokenizer Tests"), and how to
/// run one: tokens, errors and their places are compared. One member of ours: "allowCdata".
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "lib/html/tokenizer.hpp"

namespace webmon::html {

/// What a tokenizer made of one input.
struct Outcome {
  boost::json::array tokens;
  std::vector<std::tuple<std::size_t, std::size_t, std::string>> errors;  // line, column, code
  bool operator==(const Outcome&) const = default;
};

struct TokenCase {
  std::string name;
  std::string input;
  State state = State::kData;
  std::string end_tag;
  bool allows_cdata = false;
  Outcome want;
};

inline State initial_state(std::string_view name) {
  constexpr std::pair<std::string_view, State> kStates[] = {
      {"Data state", State::kData},           {"RCDATA state", State::kRcdata},
      {"RAWTEXT state", State::kRawtext},     {"Script data state", State::kScriptData},
      {"PLAINTEXT state", State::kPlaintext}, {"CDATA section state", State::kCdataSection}};
  for (const auto& [known, state] : kStates) {
    if (known == name) return state;
  }
  throw std::runtime_error{"unknown state " + std::string{name}};
}

inline boost::json::value text_or_null(const std::optional<std::string>& text) {
  return text ? boost::json::value(*text) : boost::json::value(nullptr);
}

inline void append_token(const Token& token, boost::json::array& out) {
  boost::json::array entry;
  const auto is_text = [](const boost::json::value& last) {
    return last.as_array()[0] == "Character";
  };
  switch (token.kind) {
    case TokenKind::text:
      if (!out.empty() && is_text(out.back())) {
        out.back().as_array()[1].as_string() += token.text;
        return;
      }
      entry = {"Character", token.text};
      break;
    case TokenKind::start_tag: {
      boost::json::object attributes;
      for (const Attribute& attribute : token.attributes) {
        attributes[attribute.name] = attribute.value;
      }
      entry = {"StartTag", token.text, attributes};
      if (token.is_self_closing) entry.push_back(true);
      break;
    }
    case TokenKind::end_tag:
      entry = {"EndTag", token.text};
      break;
    case TokenKind::comment:
      entry = {"Comment", token.text};
      break;
    case TokenKind::doctype:
      entry = {"DOCTYPE", text_or_null(token.doctype->name),
               text_or_null(token.doctype->public_identifier),
               text_or_null(token.doctype->system_identifier), !token.doctype->forces_quirks};
      break;
  }
  out.push_back(std::move(entry));
}

inline std::string with_line_feeds(std::string_view input) {
  std::string text;
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (input[i] == '\r' && input.substr(i + 1).starts_with('\n')) continue;
    text += input[i] == '\r' ? '\n' : input[i];
  }
  return text;
}

/// The suite counts columns in UTF-16 code units.
inline std::size_t utf16_size(std::string_view text) {
  std::size_t size = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    size += byte >= 0xF0 ? 2U : (byte & 0xC0U) == 0x80U ? 0U : 1U;
  }
  return size;
}

/// Tokenizes `chunks`; `visited`, if given, collects the states entered.
inline Outcome tokenize(const TokenCase& test, const std::vector<std::string_view>& chunks,
                        StateSet* visited = nullptr) {
  Outcome outcome;
  std::vector<ParseError> errors;
  Tokenizer tokenizer{{}, &errors};
  tokenizer.switch_to(test.state, test.end_tag);
  tokenizer.allow_cdata(test.allows_cdata);
  Token token;
  const auto read = [&] {
    while (tokenizer.next(token)) append_token(token, outcome.tokens);
  };
  for (const std::string_view chunk : chunks) {
    tokenizer.feed(chunk);
    read();
  }
  tokenizer.finish();
  read();
  const std::string text = with_line_feeds(test.input);
  for (const ParseError& error : errors) {
    const std::string_view before = std::string_view{text}.substr(0, error.offset);
    const std::string_view line = before.substr(before.rfind('\n') + 1);
    outcome.errors.emplace_back(std::ranges::count(before, '\n') + 1, utf16_size(line) + 1,
                                to_string(error.code));
  }
  std::ranges::sort(outcome.errors);
  for (std::size_t i = 0; visited != nullptr && i < kStateCount; ++i) {
    (*visited)[i] = (*visited)[i] || tokenizer.visited()[i];
  }
  return outcome;
}

inline std::string to_text(const Outcome& outcome) {
  std::string text = boost::json::serialize(outcome.tokens);
  for (const auto& [line, column, code] : outcome.errors) {
    text += "\n    " + std::to_string(line) + ":" + std::to_string(column) + " " + code;
  }
  return text;
}

/// The tests of one file. Throws if it is not such a file.
inline boost::json::array read_tests(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  const std::string content{std::istreambuf_iterator<char>{file}, {}};
  return boost::json::parse(content).at("tests").as_array();
}

/// One entry for each initial state of each of `tests`.
inline std::vector<TokenCase> token_cases(const boost::json::array& tests) {
  std::vector<TokenCase> cases;
  for (const auto& entry : tests) {
    const boost::json::object& test = entry.as_object();
    TokenCase one;
    one.name = std::string{test.at("description").as_string()};
    one.input = std::string{test.at("input").as_string()};
    if (const auto* tag = test.if_contains("lastStartTag")) one.end_tag = tag->as_string();
    if (const auto* cdata = test.if_contains("allowCdata")) one.allows_cdata = cdata->as_bool();
    one.want.tokens = test.at("output").as_array();
    if (const auto* errors = test.if_contains("errors")) {
      for (const auto& error : errors->as_array()) {
        one.want.errors.emplace_back(error.at("line").to_number<std::size_t>(),
                                     error.at("col").to_number<std::size_t>(),
                                     std::string{error.at("code").as_string()});
      }
      std::ranges::sort(one.want.errors);
    }
    const auto* states = test.if_contains("initialStates");
    if (states == nullptr) cases.push_back(one);
    for (std::size_t i = 0; states != nullptr && i < states->as_array().size(); ++i) {
      one.state = initial_state(states->as_array()[i].as_string());
      cases.push_back(one);
    }
  }
  return cases;
}

/// Runs `test` as a whole, byte by byte, and, if it is short, cut in two at every position. Returns
/// what is wrong; empty if nothing is.
inline std::string check_token_case(const TokenCase& test, StateSet* visited = nullptr) {
  constexpr std::size_t kShort = 200;
  const std::string_view input = test.input;
  const auto complain = [&](std::string_view how, const Outcome& got) {
    return "\"" + test.name + "\" " + std::string{how} + "\n  input " +
           boost::json::serialize(boost::json::value(input)) + "\n  want  " + to_text(test.want) +
           "\n  got   " + to_text(got) + "\n";
  };
  if (const Outcome got = tokenize(test, {input}, visited); got != test.want) {
    return complain("as a whole", got);
  }
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < input.size(); ++i) bytes.push_back(input.substr(i, 1));
  if (const Outcome got = tokenize(test, bytes, visited); got != test.want) {
    return complain("byte by byte", got);
  }
  for (std::size_t at = 1; input.size() <= kShort && at < input.size(); ++at) {
    const Outcome got = tokenize(test, {input.substr(0, at), input.substr(at)}, visited);
    if (got != test.want) return complain("cut at " + std::to_string(at), got);
  }
  return {};
}

}  // namespace webmon::html
