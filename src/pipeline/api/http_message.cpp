#include "pipeline/api/http_message.hpp"

#include <algorithm>

namespace webmon::api {
namespace {

constexpr std::size_t kMaxParameters = 64;

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string_view> find(const Fields& fields, std::string_view name) noexcept {
  const auto at = std::ranges::find(fields, name, &Fields::value_type::first);
  if (at == fields.end()) return std::nullopt;
  return at->second;
}

Result<Fields> parse_query(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    if (fields.size() == kMaxParameters) return fail(Errc::bad_input, "too many query parameters");
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    if (!name) return fail(std::move(name.error()));
    auto value = percent_decode(equals == pair.npos ? "" : pair.substr(equals + 1), true);
    if (!value) return fail(std::move(value.error()));
    fields.emplace_back(std::move(*name), std::move(*value));
  }
  return fields;
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const noexcept {
  return find(headers, name);
}

std::string Request::all(std::string_view name) const {
  std::string joined;
  for (const auto& [key, value] : headers) {
    if (key == name) joined += (joined.empty() ? "" : ", ") + value;
  }
  return joined;
}

std::optional<std::string_view> Request::parameter(std::string_view name) const noexcept {
  return find(query, name);
}

bool is_request_id(std::string_view text) noexcept {
  constexpr std::size_t kMost = 64;
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= kMost && std::ranges::all_of(text, is_plain);
}

Response json_response(int status, const boost::json::value& body) {
  Response response;
  response.status = status;
  response.body = boost::json::serialize(body);
  response.body += '\n';
  return response;
}

Result<RequestTarget> parse_target(std::string_view target) {
  if (!target.starts_with('/')) {
    return fail(Errc::bad_input, "the request target must be a path such as /api/v1/health");
  }
  const auto question = target.find('?');
  RequestTarget result;
  result.path = target.substr(0, question);
  if (question == target.npos) return result;
  auto query = parse_query(target.substr(question + 1));
  if (!query) return fail(std::move(query.error()));
  result.query = std::move(*query);
  return result;
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
      if (low < 0) return fail(Errc::bad_input, "bad percent escape in the request target");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') return fail(Errc::bad_input, "NUL in the request target");
    out += c;
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

}  // namespace webmon::api
