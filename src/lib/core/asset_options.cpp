#include "lib/core/asset_options.hpp"

#include <algorithm>
#include <array>

#include "lib/core/json_fields.hpp"

namespace webmon {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxHeaders = 32;
constexpr std::size_t kMaxHeaderBytes = 4096;
constexpr std::size_t kMaxBody = 16 * 1024;
constexpr std::size_t kMaxPluginOptions = 4096;
constexpr std::size_t kMaxIgnoreRule = 1024;
constexpr std::size_t kMaxIgnoreRules = 4096;

std::string lowered(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

bool is_token(std::string_view name) {  // RFC 9110 §5.6.2
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  };
  return !name.empty() && std::ranges::all_of(name, is_allowed);
}

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& list) {
  return std::ranges::find(list, name) != list.end();
}

Result<void> check_header(std::string_view lower, std::string_view value, std::string_view path) {
  static constexpr std::array<std::string_view, 3> kCredentials = {"authorization", "cookie",
                                                                   "proxy-authorization"};
  static constexpr std::array<std::string_view, 10> kOurs = {
      "host", "content-length", "transfer-encoding", "connection", "upgrade",
      "te",   "trailer",        "keep-alive",        "expect",     "proxy-connection"};
  if (!is_token(lower)) return refuse(path, "is not a header name");
  if (is_one_of(lower, kCredentials)) return refuse(path, kNoCredentials);
  if (is_one_of(lower, kOurs)) return refuse(path, "is set by Webmon itself; remove it");
  const bool is_clean = std::ranges::none_of(value, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
  if (!is_clean) return refuse(path, "contains a control character");
  return {};
}

Result<std::vector<std::pair<std::string, std::string>>> read_headers(const json::value& value) {
  if (!value.is_object()) return refuse("request.headers", "must be an object of strings");
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> seen;
  std::size_t bytes = 0;
  for (const auto& [key, element] : value.get_object()) {
    const auto name = view(key);
    const auto path = fmt::format("request.headers.{}", name);
    auto lower = lowered(name);
    auto text = read_string(element, path);
    if (!text) return fail(std::move(text.error()));
    if (auto ok = check_header(lower, *text, path); !ok) return fail(std::move(ok.error()));
    if (std::ranges::find(seen, lower) != seen.end()) return refuse(path, "is there twice");
    bytes += name.size() + text->size();
    headers.emplace_back(std::string{name}, std::move(*text));
    seen.push_back(std::move(lower));
  }
  if (headers.size() > kMaxHeaders) return refuse("request.headers", "more than 32");
  if (bytes > kMaxHeaderBytes) return refuse("request.headers", "more than 4096 bytes");
  return headers;
}

Result<std::string> read_method(const json::value& value) {
  auto method = read_string(value, "request.method");
  if (method && *method != "GET" && *method != "HEAD" && *method != "POST")
    return refuse("request.method", "must be GET, HEAD or POST");
  return method;
}

Result<void> read_request_field(std::string_view key, const json::value& value,
                                RequestOptions& options) {
  if (key == "method") return put(read_method(value), options.method);
  if (key == "headers") return put(read_headers(value), options.headers);
  if (key == "body") return put(read_string(value, "request.body"), options.body);
  if (key == "auth") return refuse("request.auth", kNoCredentials);
  return refuse(fmt::format("request.{}", key), "unknown field");
}

Result<std::optional<RequestOptions>> read_request(const json::value& value) {
  if (value.is_null()) return std::optional<RequestOptions>{};
  if (!value.is_object()) return refuse("request", "must be an object or null");
  RequestOptions options;
  for (const auto& [key, element] : value.get_object())
    if (auto ok = read_request_field(view(key), element, options); !ok)
      return fail(std::move(ok.error()));
  if (options.body.size() > kMaxBody) return refuse("request.body", "more than 16384 bytes");
  if (!options.body.empty() && options.method != "POST")
    return refuse("request.body", "needs \"method\":\"POST\"");
  return std::optional{std::move(options)};
}

Result<std::optional<bool>> read_tls(const json::value& value) {
  std::optional<bool> verify;
  if (value.is_null()) return verify;
  if (!value.is_object()) return refuse("tls", "must be an object or null");
  for (const auto& [key, element] : value.get_object()) {
    if (view(key) != "verify") return refuse(fmt::format("tls.{}", view(key)), "unknown field");
    auto flag = read_bool(element, "tls.verify");
    if (!flag) return fail(std::move(flag.error()));
    verify = *flag;
  }
  return verify;
}

Result<std::string> read_rule_text(const json::value& value, std::string_view path) {
  auto text = read_string(value, path);
  if (!text) return text;
  if (text->empty()) return refuse(path, "is empty");
  if (text->size() > kMaxIgnoreRule) return refuse(path, "more than 1024 bytes");
  return text;
}

/// What can be the name of an attribute that HTML's tokenizer finds (WHATWG HTML §13.1.2.3).
Result<std::string> read_attribute_name(const json::value& value, std::string_view path) {
  auto name = read_rule_text(value, path);
  if (!name) return name;
  const bool is_name = std::ranges::none_of(*name, [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f ||
           std::string_view{"\"'<>/="}.find(c) != std::string_view::npos;
  });
  if (!is_name) return refuse(path, "is not the name of an attribute");
  return lowered(*name);
}

Result<IgnoreRule> read_ignore_rule(const json::value& value, const std::string& path) {
  if (!value.is_object()) return refuse(path, "must be an object");
  IgnoreRule rule;
  for (const auto& [key, element] : value.get_object()) {
    const auto member = fmt::format("{}.{}", path, view(key));
    Result<void> done;
    if (key == "css") {
      done = put(read_rule_text(element, member), rule.css);
    } else if (key == "regex") {
      done = put(read_rule_text(element, member), rule.regex);
    } else if (key == "attribute") {
      done = put(read_attribute_name(element, member), rule.attribute);
    } else {
      return refuse(member, "unknown field");
    }
    if (!done) return fail(std::move(done.error()));
  }
  const bool is_one = rule.regex.empty() ? !rule.css.empty() || !rule.attribute.empty()
                                         : rule.css.empty() && rule.attribute.empty();
  if (!is_one) return refuse(path, "must have css, or regex, or attribute with or without css");
  return rule;
}

Result<std::optional<IgnoreRules>> read_ignore(const json::value& value) {
  if (value.is_null()) return std::optional<IgnoreRules>{};
  if (!value.is_array()) return refuse("ignore", "must be null or an array of rules");
  if (value.get_array().size() > kMostIgnoreRules) return refuse("ignore", "more than 32 rules");
  IgnoreRules rules;
  std::size_t bytes = 0;
  for (const auto& element : value.get_array()) {
    auto rule = read_ignore_rule(element, fmt::format("ignore[{}]", rules.size()));
    if (!rule) return fail(std::move(rule.error()));
    bytes += rule->css.size() + rule->attribute.size() + rule->regex.size();
    rules.push_back(std::move(*rule));
  }
  if (bytes > kMaxIgnoreRules) return refuse("ignore", "more than 4096 bytes");
  return std::optional{std::move(rules)};
}

json::value ignore_json(const std::optional<IgnoreRules>& rules) {
  if (!rules) return nullptr;
  json::array out;
  for (const auto& rule : *rules) {
    json::object one;
    if (!rule.css.empty()) one["css"] = rule.css;
    if (!rule.attribute.empty()) one["attribute"] = rule.attribute;
    if (!rule.regex.empty()) one["regex"] = rule.regex;
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::optional<seconds>> read_interval(const json::value& value) {
  if (value.is_null()) return std::optional<seconds>{};
  const auto* number = value.if_int64();
  if (number == nullptr || *number < kLeastInterval.count() || *number > kMostInterval.count())
    return refuse("interval_s", fmt::format("must be null or a whole number of seconds, {} to {}",
                                            kLeastInterval.count(), kMostInterval.count()));
  return std::optional{seconds{*number}};
}

Result<std::optional<double>> read_sensitivity(const json::value& value) {
  if (value.is_null()) return std::optional<double>{};
  json::error_code error;
  const auto number = value.to_number<double>(error);
  if (error || !(number >= kLeastSensitivity && number <= kMostSensitivity))
    return refuse("sensitivity", fmt::format("must be null or a number of false alerts a year, {} "
                                             "to {}",
                                             kLeastSensitivity, kMostSensitivity));
  return std::optional{number};
}

bool is_plugin_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_allowed);
}

Result<json::object> read_plugins(const json::value& value) {
  if (!value.is_object()) return refuse("plugins", "must be an object");
  for (const auto& [key, options] : value.get_object()) {
    const auto path = fmt::format("plugins.{}", view(key));
    if (!is_plugin_name(view(key))) return refuse(path, "is not a plugin name");
    if (!options.is_object()) return refuse(path, "must be an object");
    const auto* enabled = options.get_object().if_contains("enabled");
    if (enabled != nullptr && !enabled->is_bool())
      return refuse(path + ".enabled", "must be true or false");
  }
  if (json::serialize(value).size() > kMaxPluginOptions)
    return refuse("plugins", "more than 4096 bytes");
  return value.get_object();
}

json::value request_json(const std::optional<RequestOptions>& request) {
  if (!request) return nullptr;
  json::object headers;
  for (const auto& [name, value] : request->headers) headers[name] = value;
  json::object out{{"method", request->method}, {"headers", std::move(headers)}};
  if (!request->body.empty()) out["body"] = request->body;
  return out;
}

}  // namespace

std::string to_text(const IgnoreRule& rule) {
  if (!rule.regex.empty()) return "regex " + rule.regex;
  if (rule.attribute.empty()) return "css " + rule.css;
  return "attribute " + rule.attribute + (rule.css.empty() ? "" : " of " + rule.css);
}

void apply_options(const AssetOptionsPatch& patch, AssetOptions& options) {
  if (patch.interval) options.interval = *patch.interval;
  if (patch.request) options.request = *patch.request;
  if (patch.tls_verify) options.tls_verify = *patch.tls_verify;
  if (patch.ignore) options.ignore = *patch.ignore;
  if (patch.sensitivity) options.sensitivity = *patch.sensitivity;
  if (patch.plugins) options.plugins = *patch.plugins;
}

Result<bool> read_option(std::string_view key, const json::value& value, AssetOptionsPatch& patch) {
  Result<void> done;
  if (key == "interval_s") {
    done = put(read_interval(value), patch.interval);
  } else if (key == "request") {
    done = put(read_request(value), patch.request);
  } else if (key == "tls") {
    done = put(read_tls(value), patch.tls_verify);
  } else if (key == "ignore") {
    done = put(read_ignore(value), patch.ignore);
  } else if (key == "sensitivity") {
    done = put(read_sensitivity(value), patch.sensitivity);
  } else if (key == "plugins") {
    done = put(read_plugins(value), patch.plugins);
  } else if (key == "auth") {
    return refuse(key, kNoCredentials);
  } else {
    return false;
  }
  if (!done) return fail(std::move(done.error()));
  return true;
}

json::object options_json(const AssetOptions& options) {
  json::object out{{"interval_s", nullptr},  {"request", request_json(options.request)},
                   {"tls", nullptr},         {"ignore", ignore_json(options.ignore)},
                   {"sensitivity", nullptr}, {"plugins", options.plugins}};
  if (options.interval) out["interval_s"] = options.interval->count();
  if (options.sensitivity) out["sensitivity"] = *options.sensitivity;
  if (options.tls_verify) out["tls"] = json::object{{"verify", *options.tls_verify}};
  return out;
}

json::object stored_options_json(const AssetOptions& options) {
  auto out = options_json(options);
  if (!options.ignore) out.erase("ignore");
  if (!options.sensitivity) out.erase("sensitivity");
  return out;
}

}  // namespace webmon
