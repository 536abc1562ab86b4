/// Replies and commands of the model's tests as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/store/reply.hpp"

namespace webmon::sim {

/// nil, 3, "text", +status, -ERR ..., [a, b].
inline std::string to_text(const store::Reply& reply) {
  using Kind = store::Reply::Kind;
  switch (reply.kind) {
    case Kind::nil:
      return "nil";
    case Kind::integer:
      return std::to_string(reply.integer);
    case Kind::text:
      return '"' + reply.text + '"';
    case Kind::status:
      return '+' + reply.text;
    case Kind::error:
      return '-' + reply.text;
    case Kind::array:
      break;
  }
  std::string text = "[";
  for (const auto& item : reply.items) text += (text.size() > 1 ? ", " : "") + to_text(item);
  return text + "]";
}

/// Words between single spaces; "''" is the empty word.
inline std::vector<std::string_view> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    words.push_back(word == "''" ? word.substr(0, 0) : word);
  }
  return words;
}

}  // namespace webmon::sim
