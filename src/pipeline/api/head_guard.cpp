#include "pipeline/api/head_guard.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace webmon::api {
namespace {

HeadRefused refused(std::string detail) { return {400, "bad_request", std::move(detail)}; }

bool is_token_char(char c) noexcept {  // RFC 9110 §5.6.2
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}
bool is_control(char c) noexcept {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view trim(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// The end of the head; or what is wrong with the line ends before it.
std::variant<HeadIncomplete, HeadComplete, HeadRefused> find_end(std::string_view bytes) {
  std::size_t line = 0;  // where the current line begins
  for (auto at = bytes.find_first_of("\r\n"); at != bytes.npos;
       at = bytes.find_first_of("\r\n", line)) {
    if (bytes[at] == '\n') return refused("a line ends in a bare LF");
    if (at + 1 == bytes.size()) return HeadIncomplete{};
    if (bytes[at + 1] != '\n') return refused("a bare CR in the head");
    if (at == line) {
      if (line == 0) return refused("an empty line before the request line");
      return HeadComplete{at + 2};
    }
    line = at + 2;
  }
  return HeadIncomplete{};
}

std::optional<HeadRefused> check_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == line.npos || first == last) return refused("the request line needs three parts");
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(line.substr(0, first))) return refused("the method is not a token");
  if (target.size() > kMaxTargetBytes) {
    return HeadRefused{414, "uri_too_long", "the request target is over 8 KiB"};
  }
  const auto is_bad = [](char c) {
    return is_control(c) || c == ' ' || c == '\t' || (c & 0x80) != 0;
  };
  if (target.empty() || std::ranges::any_of(target, is_bad)) {
    return refused("the request target has characters that must be percent-encoded");
  }
  if (target.front() != '/' && target != "*") return refused("the request target must be a path");
  if (!version.starts_with("HTTP/")) return refused("no HTTP version in the request line");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return HeadRefused{505, "bad_version", "this server speaks HTTP/1.1 and HTTP/1.0"};
  }
  return std::nullopt;
}

struct Framing {
  int hosts = 0;
  int lengths = 0;
  int codings = 0;
};

std::optional<HeadRefused> check_field(std::string_view line, Framing& framing) {
  if (line.front() == ' ' || line.front() == '\t') return refused("a folded header line");
  const auto colon = line.find(':');
  if (colon == line.npos) return refused("a header line without a colon");
  if (!is_token(line.substr(0, colon))) return refused("a header name is not a token");
  const auto value = trim(line.substr(colon + 1));
  if (std::ranges::any_of(value, is_control)) return refused("a control character in a header");
  const auto name = lower(line.substr(0, colon));
  if (name == "host") ++framing.hosts;
  if (name == "content-length") {
    ++framing.lengths;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (value.empty() || value.size() > 18 || !std::ranges::all_of(value, is_digit)) {
      return refused("Content-Length is not one decimal number");
    }
  }
  if (name == "transfer-encoding") {
    ++framing.codings;
    if (lower(value) != "chunked") {
      return HeadRefused{501, "bad_transfer_encoding", "the only transfer coding here is chunked"};
    }
  }
  return std::nullopt;
}

std::optional<HeadRefused> check_framing(const Framing& framing, bool is_http10) {
  if (framing.hosts > 1) return refused("more than one Host header");
  if (framing.hosts == 0 && !is_http10) return refused("no Host header");
  if (framing.lengths > 1) return refused("more than one Content-Length");
  if (framing.codings > 1) return refused("more than one Transfer-Encoding");
  if (framing.codings > 0 && framing.lengths > 0) {
    return refused("both Content-Length and Transfer-Encoding");
  }
  if (framing.codings > 0 && is_http10) return refused("Transfer-Encoding in HTTP/1.0");
  return std::nullopt;
}

std::optional<HeadRefused> check_lines(std::string_view head) {
  const auto next_line = [&head] {
    const auto line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    return line;
  };
  const auto request_line = next_line();
  if (auto bad = check_request_line(request_line)) return bad;
  Framing framing;
  std::size_t lines = 0;
  for (auto line = next_line(); !line.empty(); line = next_line()) {
    if (++lines > kMaxHeaderLines) {
      return HeadRefused{431, "header_too_large", "more than 100 header lines"};
    }
    if (auto bad = check_field(line, framing)) return bad;
  }
  return check_framing(framing, request_line.ends_with("HTTP/1.0"));
}

}  // namespace

std::variant<HeadIncomplete, HeadComplete, HeadRefused> check_head(std::string_view bytes,
                                                                   std::size_t limit) {
  if (bytes.find('\0') < bytes.find("\r\n\r\n")) return refused("NUL in the head");
  auto end = find_end(bytes);
  const auto* complete = std::get_if<HeadComplete>(&end);
  if (std::holds_alternative<HeadRefused>(end)) return end;
  if ((complete ? complete->size : bytes.size()) > limit) {
    return HeadRefused{431, "header_too_large",
                       "the request head is over " + std::to_string(limit) + " bytes"};
  }
  if (!complete) return HeadIncomplete{};
  if (auto bad = check_lines(bytes.substr(0, complete->size))) return *bad;
  return end;
}

}  // namespace webmon::api
