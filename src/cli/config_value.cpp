#include "cli/config_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cli/duration.hpp"

namespace webmon::cli {
namespace {

constexpr const char* kNever = "never";
constexpr std::size_t kMaxText = 4096;  // bytes; PATH_MAX, and longer than any host or endpoint

std::string toml_string(std::string_view text) {
  std::string out{'"'};
  for (const char c : text.substr(0, kMaxText)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\u{:04x}", byte);
    else
      out += c;
  }
  return out + '"';
}

// "redis://user:password@host": what is before the @ is nobody's business.
std::string without_userinfo(const std::string& text) {
  const auto scheme = text.find("://");
  const auto at = text.rfind('@');
  if (scheme == std::string::npos || at == std::string::npos || at < scheme) return text;
  return text.substr(0, scheme + 3) + "…" + text.substr(at);
}

tl::unexpected<Error> refuse(std::string_view shown, const ValueRule& rule) {
  return fail(Errc::bad_config, fmt::format("is {}; allowed are {}", shown, allowed(rule)));
}

tl::unexpected<Error> not_a_duration(std::string_view text, const ValueRule& rule) {
  return fail(Errc::bad_config,
              fmt::format("is {}; write a duration like 250ms, 30s, 5m, 12h or 1d; allowed are {}",
                          toml_string(text), allowed(rule)));
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  const auto* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || at != end) return std::nullopt;
  return number;
}

Result<Value> parse_interval_of(const ValueRule& rule, std::string_view text) {
  if (rule.type == KeyType::interval && text == kNever) return Value{std::int64_t{0}};
  const auto duration = parse_duration(text);
  if (!duration) return not_a_duration(text, rule);
  // 0 stands for never, which is not what "0s" says.
  if (rule.type == KeyType::interval && duration->count() == 0) return refuse(text, rule);
  return Value{std::int64_t{duration->count()}};
}

Result<Value> parse_tag_intervals(const ValueRule& rule, std::string_view text) {
  Value value{TagIntervals{}};
  auto& intervals = std::get<TagIntervals>(value);
  for (const auto& part : split(text)) {
    const auto equals = part.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(Errc::bad_config, fmt::format("is {}; write TAG=DURATION", toml_string(part)));
    const auto duration = parse_duration(std::string_view{part}.substr(equals + 1));
    if (!duration) return not_a_duration(part, rule);
    intervals[part.substr(0, equals)] = duration->count();
  }
  return value;
}

bool is_within(const ValueRule& rule, double number) {
  return number >= rule.least && number <= rule.most;
}

Result<void> check_duration(const ValueRule& rule, std::int64_t ms) {
  if (rule.type == KeyType::interval && ms == 0) return {};
  if (is_within(rule, static_cast<double>(ms))) return {};
  return refuse(duration_text(milliseconds{ms}), rule);
}

Result<void> check_text(const ValueRule& rule, const std::string& text) {
  if (!rule.choices.empty() && std::ranges::find(rule.choices, text) == rule.choices.end())
    return refuse(toml_string(text), rule);
  if (text.size() > kMaxText)
    return fail(Errc::bad_config, fmt::format("is longer than {} bytes", kMaxText));
  if (text.find('\0') != std::string::npos) return fail(Errc::bad_config, "has a zero byte in it");
  if (rule.check == nullptr) return {};
  if (auto checked = rule.check(text); !checked)
    return fail(Errc::bad_config, fmt::format("is {}; {}", toml_string(without_userinfo(text)),
                                              checked.error().detail));
  return {};
}

template <class... F>
struct Overload : F... {
  using F::operator()...;
};

}  // namespace

std::string allowed(const ValueRule& rule) {
  switch (rule.type) {
    case KeyType::count:
    case KeyType::number:
      return fmt::format("{} to {}", rule.least, rule.most);
    case KeyType::duration:
    case KeyType::interval:
    case KeyType::tag_intervals: {
      const auto bound = [](double ms) {
        return duration_text(milliseconds{static_cast<std::int64_t>(ms)});
      };
      return fmt::format("{} to {}{}", bound(rule.least), bound(rule.most),
                         rule.type == KeyType::interval ? ", or never" : "");
    }
    case KeyType::text:
    case KeyType::texts:
      break;
  }
  std::string out;
  for (const auto& choice : rule.choices) {
    if (!out.empty()) out += &choice == &rule.choices.back() ? " or " : ", ";
    out += choice;
  }
  return out;
}

Result<Value> parse_value(const ValueRule& rule, std::string_view text) {
  switch (rule.type) {
    case KeyType::count: {
      const auto number = parse_number<std::int64_t>(text);
      return number ? Result<Value>{Value{*number}} : refuse(toml_string(text), rule);
    }
    case KeyType::number: {
      const auto number = parse_number<double>(text);
      return number ? Result<Value>{Value{*number}} : refuse(toml_string(text), rule);
    }
    case KeyType::duration:
    case KeyType::interval:
      return parse_interval_of(rule, text);
    case KeyType::text:
      return Value{std::string{text}};
    case KeyType::texts:
      return Value{split(text)};
    case KeyType::tag_intervals:
      return parse_tag_intervals(rule, text);
  }
  return fail(Errc::internal, "no such type of key");
}

Result<void> check_value(const ValueRule& rule, const Value& value) {
  const Overload check{[&](std::int64_t number) -> Result<void> {
                         if (rule.type != KeyType::count) return check_duration(rule, number);
                         if (is_within(rule, static_cast<double>(number))) return {};
                         return refuse(fmt::to_string(number), rule);
                       },
                       [&](double number) -> Result<void> {
                         if (is_within(rule, number)) return {};
                         return refuse(fmt::to_string(number), rule);
                       },
                       [&](const std::string& text) { return check_text(rule, text); },
                       [&](const std::vector<std::string>& texts) -> Result<void> {
                         for (const auto& text : texts)
                           if (auto checked = check_text(rule, text); !checked) return checked;
                         return {};
                       },
                       [&](const TagIntervals& intervals) -> Result<void> {
                         for (const auto& [tag, interval] : intervals) {
                           if (is_within(rule, static_cast<double>(interval))) continue;
                           return refuse(tag + "=" + duration_text(milliseconds{interval}), rule);
                         }
                         return {};
                       }};
  return std::visit(check, value);
}

std::string to_toml(const ValueRule& rule, const Value& value) {
  const auto duration = [](std::int64_t ms) {
    return toml_string(duration_text(milliseconds{ms}));
  };
  const Overload write{[&](std::int64_t number) {
                         if (rule.type == KeyType::count) return fmt::to_string(number);
                         return rule.type == KeyType::interval && number == 0 ? toml_string(kNever)
                                                                              : duration(number);
                       },
                       [](double number) { return fmt::format("{}", number); },
                       [](const std::string& text) { return toml_string(text); },
                       [](const std::vector<std::string>& texts) {
                         std::string out;
                         for (const auto& text : texts)
                           out += (out.empty() ? "" : ", ") + toml_string(text);
                         return "[" + out + "]";
                       },
                       [&](const TagIntervals& intervals) {
                         std::string out;
                         for (const auto& [tag, interval] : intervals)
                           out += (out.empty() ? "" : ", ") + toml_string(tag) + " = " +
                                  duration(interval);
                         return out.empty() ? std::string{"{}"} : "{ " + out + " }";
                       }};
  return std::visit(write, value);
}

Value to_value(const std::map<std::string, milliseconds, std::less<>>& field) {
  TagIntervals intervals;
  for (const auto& [tag, interval] : field) intervals[tag] = interval.count();
  return intervals;
}

// Checked before against the choices of the key, which are the names.
void set_field(LogLevel& field, const Value& value) {
  field = parse_log_level(std::get<std::string>(value)).value();
}

void set_field(LogFormat& field, const Value& value) {
  field = parse_log_format(std::get<std::string>(value)).value();
}

void set_field(std::optional<milliseconds>& field, const Value& value) {
  field.reset();
  if (const auto ms = std::get<std::int64_t>(value); ms != 0) field = milliseconds{ms};
}

void set_field(std::map<std::string, milliseconds, std::less<>>& field, const Value& value) {
  field.clear();
  for (const auto& [tag, interval] : std::get<TagIntervals>(value))
    field[tag] = milliseconds{interval};
}

}  // namespace webmon::cli
