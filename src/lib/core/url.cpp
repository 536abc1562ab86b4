#include "lib/core/url.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <idn2.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace webmon {
namespace {

constexpr std::size_t kMaxUrl = 2048;
constexpr std::size_t kMaxHost = 253;  // RFC 1035 §2.3.4, without the root label
constexpr std::size_t kMaxLabel = 63;

struct FreeHandle {
  void operator()(CURLU* handle) const noexcept { curl_url_cleanup(handle); }
};
using Handle = std::unique_ptr<CURLU, FreeHandle>;

tl::unexpected<Error> refuse(std::string_view why) {
  return fail(Errc::bad_input, fmt::format("URL: {}", why));
}

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }
bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// "https" of "https://x"; empty if the text does not begin with a scheme and "://".
std::string_view scheme_of(std::string_view text) noexcept {
  const auto end = text.find("://");
  if (end == std::string_view::npos || end == 0 || !is_alpha(text.front())) return {};
  const auto scheme = text.substr(0, end);
  const bool is_scheme = std::ranges::all_of(scheme, [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return is_scheme ? scheme : std::string_view{};
}

Result<void> check_characters(std::string_view text) {
  if (text.empty()) return refuse("it is empty; write for example https://www.example.org/");
  if (text.size() > kMaxUrl) return refuse(fmt::format("longer than {} bytes", kMaxUrl));
  for (const char c : text) {
    if (is_control(c)) return refuse("it contains a control character; remove it");
    if (c == ' ') return refuse("it contains a space; write %20 instead");
    if (c == '\\') return refuse("it contains a backslash; write / instead, or %5C for a real one");
  }
  return {};
}

Result<void> check_scheme(std::string_view text) {
  const auto scheme = scheme_of(text);
  if (scheme.empty()) return refuse("it has no scheme; put http:// or https:// in front");
  std::string lower{scheme};
  std::ranges::transform(lower, lower.begin(), [](char c) { return is_alpha(c) ? c | 0x20 : c; });
  if (lower != "http" && lower != "https")
    return refuse(fmt::format("scheme '{}' is not watched; only http and https are", lower));
  const auto rest = text.substr(scheme.size() + 3);
  if (rest.empty() || rest.front() == '/' || rest.front() == '?' || rest.front() == '#' ||
      rest.front() == ':')
    return refuse("it has no host; write scheme://host/path");
  return {};
}

/// The part between "://" and the path, as it was written.
std::string_view authority_of(std::string_view text) noexcept {
  const auto from = text.find("://") + 3;
  return text.substr(from, text.find_first_of("/?#", from) - from);
}

Result<void> check_authority(std::string_view text) {
  const auto authority = authority_of(text);
  if (authority.find('@') != std::string_view::npos)
    return refuse("it contains a user name or password; remove the part before '@'");
  if (authority.find('%') != std::string_view::npos)
    return refuse("the host contains '%' (a zone id or an escape); write the plain host name");
  return {};
}

std::string explain(CURLUcode code) {
  switch (code) {
    case CURLUE_BAD_PORT_NUMBER:
      return "the port is not a number from 1 to 65535";
    case CURLUE_BAD_HOSTNAME:
      return "the host name is not valid";
    case CURLUE_BAD_IPV6:
      return "the IPv6 address is not valid; write it as http://[2001:db8::1]/";
    case CURLUE_NO_HOST:
      return "it has no host; write scheme://host/path";
    case CURLUE_OUT_OF_MEMORY:
      throw std::bad_alloc{};
    default:
      return fmt::format("it is malformed ({})", curl_url_strerror(code));
  }
}

Result<Handle> parse_by_curl(const std::string& text) {
  Handle handle{curl_url()};
  if (!handle) throw std::bad_alloc{};
  const auto code = curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER);
  if (code != CURLUE_OK) return refuse(explain(code));
  return handle;
}

std::optional<std::string> part_of(const Handle& handle, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  const auto code = curl_url_get(handle.get(), part, &text, flags);
  if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc{};
  if (code != CURLUE_OK) return std::nullopt;
  std::string copy{text};
  curl_free(text);
  return copy;
}

/// A-labels after UTS #46, non-transitional, as browsers do.
Result<std::string> to_ascii(const std::string& host) {
  char* out = nullptr;
  const int code = idn2_to_ascii_8z(host.c_str(), &out, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  if (code != IDN2_OK)
    return refuse(
        fmt::format("the international host name is not valid ({})", idn2_strerror(code)));
  std::string ascii{out};
  idn2_free(out);
  return ascii;
}

Result<void> check_labels(std::string_view host) {
  if (host.empty()) return refuse("it has no host; write scheme://host/path");
  if (host.size() > kMaxHost) return refuse("the host name is longer than 253 bytes");
  for (std::size_t from = 0; from <= host.size();) {
    const auto dot = std::min(host.find('.', from), host.size());
    if (dot == from) return refuse("the host name has an empty label; remove the extra dot");
    if (dot - from > kMaxLabel) return refuse("a label of the host name is longer than 63 bytes");
    from = dot + 1;
  }
  const bool is_plain = std::ranges::all_of(
      host, [](char c) { return is_alpha(c) || is_digit(c) || c == '.' || c == '-' || c == '_'; });
  if (!is_plain) return refuse("the host name has characters other than letters, digits, '-', '.'");
  return {};
}

/// One spelling per address, so that two spellings are one asset.
Result<std::string> canonical_ipv6(const std::string& bracketed) {
  in6_addr address{};
  char text[INET6_ADDRSTRLEN];
  const auto inner = bracketed.substr(1, bracketed.size() - 2);
  if (inet_pton(AF_INET6, inner.c_str(), &address) != 1 ||
      inet_ntop(AF_INET6, &address, text, sizeof text) == nullptr)
    return refuse(explain(CURLUE_BAD_IPV6));
  return std::string{text};
}

Result<std::string> canonical_host(std::string host) {
  if (host.starts_with('[')) return canonical_ipv6(host);
  std::ranges::transform(host, host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  if (host.ends_with('.')) host.pop_back();  // the absolute form of the same name
  if (auto ok = check_labels(host); !ok) return fail(std::move(ok.error()));
  const auto last = std::string_view{host}.substr(host.rfind('.') + 1);
  if (std::ranges::all_of(last,
                          is_digit)) {  // WHATWG URL "ends in a number": then it is an address
    in_addr address{};
    if (inet_pton(AF_INET, host.c_str(), &address) != 1)
      return refuse("the IPv4 address is not valid; write four numbers from 0 to 255");
  }
  return host;
}

/// Bytes that RFC 3986 does not allow in a path or query are escaped; escapes that are there stay
/// as they are.
std::string escaped(std::string_view text) {
  static constexpr std::string_view kUnsafe = "\"<>`{}|^ ";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_ascii(c) && kUnsafe.find(c) == std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Result<Url> normalised(const Handle& handle) {
  auto host = canonical_host(part_of(handle, CURLUPART_HOST).value_or(""));
  if (!host) return fail(std::move(host.error()));
  const auto port = std::stoi(part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("0"));
  if (port < 1 || port > 65535) return refuse("port 0 cannot be fetched; write 1 to 65535");
  Url url;
  url.is_https = part_of(handle, CURLUPART_SCHEME) == "https";
  url.host = std::move(*host);
  url.port = static_cast<std::uint16_t>(port);
  url.target = escaped(part_of(handle, CURLUPART_PATH).value_or("/"));
  if (const auto query = part_of(handle, CURLUPART_QUERY)) url.target += "?" + escaped(*query);
  url.text = origin_of(url) + url.target;
  if (url.text.size() > kMaxUrl) return refuse(fmt::format("longer than {} bytes", kMaxUrl));
  return url;
}

}  // namespace

Result<Url> parse_url(std::string_view text, bool guess_scheme) {
  if (auto ok = check_characters(text); !ok) return fail(std::move(ok.error()));
  std::string full{text};
  if (guess_scheme && scheme_of(text).empty()) full.insert(0, "http://");
  if (auto ok = check_scheme(full); !ok) return fail(std::move(ok.error()));
  if (auto ok = check_authority(full); !ok) return fail(std::move(ok.error()));
  if (!std::ranges::all_of(authority_of(full), is_ascii)) {
    // Replaced before curl sees it: mapping may turn full-width digits into an IPv4 address.
    const auto authority = authority_of(full);
    auto ascii = to_ascii(std::string{authority.substr(0, authority.rfind(':'))});
    if (!ascii) return fail(std::move(ascii.error()));
    full.replace(full.find("://") + 3, std::min(authority.rfind(':'), authority.size()), *ascii);
    if (auto ok = check_characters(full); !ok) return fail(std::move(ok.error()));
    if (auto ok = check_scheme(full); !ok) return fail(std::move(ok.error()));
    if (auto ok = check_authority(full); !ok) return fail(std::move(ok.error()));
  }
  const auto handle = parse_by_curl(full);
  if (!handle) return fail(handle.error());
  return normalised(*handle);
}

Result<Url> resolve_url(const Url& base, std::string_view reference) {
  while (reference.starts_with(' ') || reference.starts_with('\t')) reference.remove_prefix(1);
  while (reference.ends_with(' ') || reference.ends_with('\t')) reference.remove_suffix(1);
  reference = reference.substr(0, reference.find('#'));
  if (reference.empty()) return base;
  // Servers do send spaces and raw UTF-8 in Location; browsers follow them.
  std::string safe;
  for (const char c : reference) safe += c == ' ' ? std::string{"%20"} : std::string{c};
  if (auto ok = check_characters(safe); !ok) return fail(std::move(ok.error()));
  if (!scheme_of(safe).empty()) return parse_url(safe);
  if (safe.starts_with("//")) return parse_url((base.is_https ? "https:" : "http:") + safe);
  const auto handle = parse_by_curl(base.text);
  if (!handle) return fail(handle.error());
  safe = escaped(safe);
  const auto code = curl_url_set(handle->get(), CURLUPART_URL, safe.c_str(), CURLU_DISALLOW_USER);
  if (code != CURLUE_OK) return refuse(explain(code));
  const auto text = part_of(*handle, CURLUPART_URL);
  if (!text) return refuse("it is malformed");
  return parse_url(*text);
}

std::string origin_of(const Url& url) {
  const bool is_ipv6 = url.host.find(':') != std::string::npos;
  auto origin = fmt::format("{}://{}{}{}", url.is_https ? "https" : "http", is_ipv6 ? "[" : "",
                            url.host, is_ipv6 ? "]" : "");
  if (url.port != (url.is_https ? 443 : 80)) origin += fmt::format(":{}", url.port);
  return origin;
}

}  // namespace webmon
