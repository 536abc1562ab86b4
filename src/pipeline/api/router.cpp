#include "pipeline/api/router.hpp"

#include <optional>
#include <set>

#include "pipeline/api/http_message.hpp"

namespace webmon::api {
namespace {

bool is_parameter(std::string_view segment) noexcept { return segment.starts_with('{'); }

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto segment = path.substr(0, path.find('/'));
    segments.emplace_back(segment);
    path.remove_prefix(segment.size());
  }
  return segments;
}

/// How many literal segments agree, or nothing if the path does not match.
std::optional<std::size_t> rank(const std::vector<std::string>& pattern,
                                const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return std::nullopt;
  std::size_t literal = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (is_parameter(pattern[i])) {
      if (path[i].empty()) return std::nullopt;
      continue;
    }
    if (pattern[i] != path[i]) return std::nullopt;
    ++literal;
  }
  return literal;
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, std::size_t handler) {
  routes_.push_back({std::string{method}, split(pattern), handler});
}

std::variant<Router::Found, Router::NoRoute, Router::WrongMethod> Router::match(
    std::string_view method, std::string_view path) const {
  const auto segments = split(path);
  const auto wanted = method == "HEAD" ? std::string_view{"GET"} : method;
  const Route* best = nullptr;
  std::size_t best_rank = 0;
  std::set<std::string> allowed;
  for (const auto& route : routes_) {
    const auto literal = rank(route.segments, segments);
    if (!literal) continue;
    allowed.insert(route.method);
    if (route.method != wanted || (best && *literal <= best_rank)) continue;
    best = &route;
    best_rank = *literal;
  }
  if (best) {
    Found found{best->handler, {}};
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (!is_parameter(best->segments[i])) continue;
      auto value = percent_decode(segments[i], false);
      if (!value) return NoRoute{};
      found.params.push_back(std::move(*value));
    }
    return found;
  }
  if (allowed.empty()) return NoRoute{};
  if (allowed.contains("GET")) allowed.insert("HEAD");
  allowed.insert("OPTIONS");
  WrongMethod wrong;
  for (const auto& name : allowed) wrong.allow += (wrong.allow.empty() ? "" : ", ") + name;
  return wrong;
}

}  // namespace webmon::api
