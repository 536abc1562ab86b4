/// What is kept of the answers of RDAP: where a registry's server is (RFC 9224), and what it says
/// of a domain (RFC 9083). Pure; everything is hostile.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/builder.hpp"
#include "plugins/side_answer.hpp"

namespace webmon::plugins {

namespace rdap {

inline boost::json::object object_of(std::string_view body) {
  boost::system::error_code error;
  auto value = boost::json::parse(body, error);
  return !error && value.is_object() ? std::move(value.as_object()) : boost::json::object{};
}

/// Empty if there is no such array.
inline boost::json::array array_at(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : boost::json::array{};
}

inline std::vector<std::string> texts_of(const boost::json::value& list) {
  std::vector<std::string> texts;
  if (!list.is_array()) return texts;
  for (const auto& one : list.get_array()) {
    if (one.is_string()) texts.emplace_back(one.get_string());
  }
  return texts;
}

/// "https" first; empty if there is none that can be used.
inline std::string base_of(const boost::json::value& urls) {
  std::string base;
  for (auto& url : texts_of(urls)) {
    const bool is_web = url.starts_with("https://") || url.starts_with("http://");
    if (!is_web || url.find_first_of(" \n") != url.npos) continue;
    if (base.empty() || (url.starts_with("https://") && !base.starts_with("https://"))) {
      base = std::move(url);
    }
  }
  if (!base.empty() && !base.ends_with('/')) base += '/';  // RFC 9224 §3
  return base;
}

/// The formatted name of an entity's vCard (RFC 7095).
inline std::string formatted_name(const boost::json::object& entity) {
  const auto card = array_at(entity, "vcardArray");
  if (card.size() < 2 || !card[1].is_array()) return {};
  for (const auto& property : card[1].get_array()) {
    if (!property.is_array()) continue;
    const auto& parts = property.get_array();
    if (parts.size() >= 4 && parts[0].is_string() && parts[0].get_string() == "fn" &&
        parts[3].is_string()) {
      return std::string{parts[3].get_string()};
    }
  }
  return {};
}

inline std::string registrar_of(const boost::json::object& domain) {
  for (const auto& one : array_at(domain, "entities")) {
    if (!one.is_object()) continue;
    const auto& entity = one.get_object();
    const auto roles = texts_of(array_at(entity, "roles"));
    if (std::ranges::find(roles, "registrar") == roles.end()) continue;
    auto name = formatted_name(entity);
    return name.empty() ? std::string{text_at(entity, "handle")} : name;
  }
  return {};
}

inline std::string event_date(const boost::json::object& domain, std::string_view action) {
  for (const auto& one : array_at(domain, "events")) {
    if (one.is_object() && text_at(one.get_object(), "eventAction") == action) {
      return std::string{text_at(one.get_object(), "eventDate")};
    }
  }
  return {};
}

}  // namespace rdap

/// A date of RFC 3339 with any offset, as registries write them.
inline std::optional<StoreTime> rfc3339_date(std::string_view text) {
  constexpr std::size_t kSeconds = 19;  // "2026-11-23T01:46:00"
  if (text.size() <= kSeconds) return std::nullopt;
  const auto time = parse_rfc3339(std::string{text.substr(0, kSeconds)} + "Z");
  if (!time) return std::nullopt;
  auto rest = text.substr(kSeconds);
  if (rest.front() == '.') rest.remove_prefix(std::min(rest.find_first_of("Zz+-"), rest.size()));
  if (rest == "Z" || rest == "z") return *time;
  const auto digits = [&](std::size_t at) { return (rest[at] - '0') * 10 + (rest[at + 1] - '0'); };
  const bool is_offset = rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':' &&
                         std::ranges::all_of(std::string{rest}.erase(3, 1).substr(1),
                                             [](char c) { return c >= '0' && c <= '9'; });
  if (!is_offset) return std::nullopt;
  const auto offset = seconds{digits(1) * 3'600 + digits(4) * 60};
  return rest[0] == '+' ? *time - offset : *time + offset;
}

/// Digest of IANA's file for domains, in order for a search by halves: how many bytes of names,
/// a line for each suffix with the place of its base URL, the URLs:
/// "18\ncom 0\nde 22\nnet 0\nhttps://rdap.example/\nhttps://rdap.de/\n".
/// 1,200 suffixes of 600 registries take about 43 KB; what is beyond the bound is left
/// out. Empty: no such file.
inline std::string kept_bootstrap(const Page& answer) {
  if (answer.status != 200) return {};
  std::map<std::string, std::size_t> places;
  std::string urls;
  std::size_t size = 0;
  for (const auto& service : rdap::array_at(rdap::object_of(answer.body), "services")) {
    if (!service.is_array() || service.get_array().size() < 2) continue;
    const auto base = rdap::base_of(service.get_array()[1]);
    const auto suffixes = rdap::texts_of(service.get_array()[0]);
    constexpr std::size_t kMostOfPlace = 8;  // its digits, a space, a line feed
    size += base.size() + 1;
    for (const auto& suffix : suffixes) size += suffix.size() + kMostOfPlace;
    if (size + kMostOfPlace > kMaxSideAnswer) break;
    if (base.empty()) continue;
    for (const auto& suffix : suffixes) {
      if (suffix.find_first_of(" \n") == suffix.npos) places.emplace(lower(suffix), urls.size());
    }
    urls += base + '\n';
  }
  std::string names;
  for (const auto& [suffix, place] : places) names += fmt::format("{} {}\n", suffix, place);
  return names.empty() ? names : fmt::format("{}\n{}{}", names.size(), names, urls);
}

namespace rdap {

inline std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{value}
                                                                  : std::nullopt;
}

/// The number behind `name` in sorted lines of "name number".
inline std::optional<std::size_t> place_of(std::string_view name, std::string_view lines) {
  while (!lines.empty()) {
    const auto before = lines.substr(0, lines.size() / 2).rfind('\n');
    const auto begin = before == lines.npos ? 0 : before + 1;
    const auto line = lines.substr(begin, lines.find('\n', begin) - begin);
    const auto key = line.substr(0, line.find(' '));
    if (key == name) return number_of(line.substr(std::min(key.size() + 1, line.size())));
    lines = key < name ? lines.substr(std::min(begin + line.size() + 1, lines.size()))
                       : lines.substr(0, begin);
  }
  return std::nullopt;
}

}  // namespace rdap

/// The base URL for `domain`: that of the longest suffix which the file has (RFC 9224 §4); empty if
/// it has none. `kept`: what kept_bootstrap made.
inline std::string_view base_for(std::string_view domain, std::string_view kept) {
  const auto head = kept.substr(0, kept.find('\n'));
  const auto size = rdap::number_of(head);
  if (!size || kept.size() - head.size() <= *size) return {};
  const auto names = kept.substr(head.size() + 1, *size);
  const auto urls = kept.substr(head.size() + 1 + *size);
  while (!domain.empty()) {
    if (const auto place = rdap::place_of(domain, names)) {
      const auto url = urls.substr(std::min(*place, urls.size()));
      return url.substr(0, url.find('\n'));
    }
    const auto dot = domain.find('.');
    domain = dot == domain.npos ? std::string_view{} : domain.substr(dot + 1);
  }
  return {};
}

/// Digest of a domain: {"http","registrar","created","expires","status":[],"ns":[]}; texts as they
/// came but cleaned, status in the spelling of RDAP (RFC 8056), name servers in lower case and in
/// order. Only "http", the status of HTTP, where the answer is no domain.
inline std::string kept_domain(const Page& answer) {
  boost::json::object kept{{"http", answer.status}};
  const auto domain = answer.status == 200 ? rdap::object_of(answer.body) : boost::json::object{};
  if (text_at(domain, "objectClassName") != "domain") return boost::json::serialize(kept);
  std::vector<std::string> servers;
  for (const auto& one : rdap::array_at(domain, "nameservers")) {
    if (one.is_object()) servers.push_back(lower(text_at(one.get_object(), "ldhName")));
  }
  std::ranges::sort(servers);
  kept["registrar"] = clean(rdap::registrar_of(domain), 255);
  kept["created"] = clean(rdap::event_date(domain, "registration"), 40);
  kept["expires"] = clean(rdap::event_date(domain, "expiration"), 40);
  kept["status"] = bounded_list(rdap::texts_of(rdap::array_at(domain, "status")));
  kept["ns"] = bounded_list(servers);
  return boost::json::serialize(kept);
}

}  // namespace webmon::plugins
