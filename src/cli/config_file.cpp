#include "cli/config_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/duration.hpp"
#include "cli/nearest.hpp"

// toml++ 3.3 asserts, and in release builds assumes, what malformed text can make untrue: a table
// header that begins with neither a letter nor a quote. Without the assertion its own checks refuse
// such text.
#undef NDEBUG
#define TOML_ASSERT(condition) static_cast<void>(0)
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace webmon::cli {
namespace {

unsigned line_of(const toml::node& node) { return node.source().begin.line; }

std::string_view name_of(toml::node_type type) {
  switch (type) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

std::string needed(const ValueRule& rule) {
  const auto range = allowed(rule);
  switch (rule.type) {
    case KeyType::count:
      return "a whole number, " + range;
    case KeyType::number:
      return "a number, " + range;
    case KeyType::duration:
    case KeyType::interval:
      return "a duration in quotes like \"30s\" or \"5m\", " + range;
    case KeyType::text:
      return range.empty() ? "a string in quotes" : "a string in quotes: " + range;
    case KeyType::texts:
      return "an array of strings like [\"…\", \"…\"]";
    case KeyType::tag_intervals:
      return "a table like { shop = \"1m\" }, " + range;
  }
  return {};
}

tl::unexpected<Error> wrong_type(const ValueRule& rule, const toml::node& node) {
  return fail(Errc::bad_config, fmt::format("is {}; write {}", name_of(node.type()), needed(rule)));
}

Result<Value> texts_of(const ValueRule& rule, const toml::node& node) {
  std::vector<std::string> texts;
  for (const auto& entry : *node.as_array()) {
    const auto* text = entry.as_string();
    if (text == nullptr)
      return fail(Errc::bad_config,
                  fmt::format("has {} in it; write {}", name_of(entry.type()), needed(rule)));
    texts.push_back(text->get());
  }
  return Value{std::move(texts)};
}

Result<Value> value_of(const ValueRule& rule, const toml::node& node) {
  switch (rule.type) {
    case KeyType::count:
      if (const auto* number = node.as_integer()) return Value{number->get()};
      break;
    case KeyType::number:
      if (const auto* number = node.as_floating_point()) return Value{number->get()};
      if (const auto* number = node.as_integer()) return Value{static_cast<double>(number->get())};
      break;
    case KeyType::duration:
    case KeyType::interval:
      if (const auto* text = node.as_string()) return parse_value(rule, text->get());
      break;
    case KeyType::text:
      if (const auto* text = node.as_string()) return Value{text->get()};
      break;
    case KeyType::texts:
      if (node.is_array()) return texts_of(rule, node);
      break;
    case KeyType::tag_intervals:
      break;  // entry by entry: read_intervals
  }
  return wrong_type(rule, node);
}

class Reader {
 public:
  FileContent read(std::string_view text) {
    auto parsed = toml::parse(text);
    if (!parsed) {
      add_problem(parsed.error().source().begin.line,
                  fmt::format("not TOML: {}", parsed.error().description()));
      return std::move(content_);
    }
    read_table("", parsed.table());
    std::ranges::stable_sort(content_.problems, {}, &FileProblem::line);
    return std::move(content_);
  }

 private:
  void add_problem(unsigned line, std::string text) {
    content_.problems.push_back({std::max(line, 1U), std::move(text)});
  }

  void read_table(const std::string& section, const toml::table& table) {
    for (const auto& [name, node] : table) {
      const std::string key{name.str()};
      if (const auto* known = find_key(section, key)) {
        read_key(*known, node);
      } else if (section.empty() && is_section(key)) {
        if (const auto* inner = node.as_table())
          read_table(key, *inner);
        else
          add_problem(line_of(node),
                      fmt::format("{0} is {1}; it is a section: [{0}]", key, name_of(node.type())));
      } else {
        add_problem(line_of(node), unknown(section, key, node));
      }
    }
  }

  // Each entry is told by its own line.
  void read_intervals(const Key& key, const toml::table& table) {
    TagIntervals all;
    for (const auto& [tag, node] : table) {
      const auto* text = node.as_string();
      const auto duration = text != nullptr ? parse_duration(text->get()) : std::nullopt;
      if (!duration) {
        add_problem(line_of(node), fmt::format("{} has no duration for \"{}\"; write {}",
                                               key.path(), tag.str(), needed(key.rule)));
        continue;
      }
      TagIntervals one{{std::string{tag.str()}, duration->count()}};
      if (auto checked = check_value(key.rule, one); !checked)
        add_problem(line_of(node), key.path() + " " + checked.error().detail);
      all.merge(one);
    }
    take(key, std::move(all), line_of(table));
  }

  // GCC 12 takes a variant in a braced list for uninitialised at -O2.
  void take(const Key& key, Value value, unsigned line) {
    auto& taken = content_.values.emplace_back();
    taken.key = &key;
    taken.value = std::move(value);
    taken.line = line;
  }

  void read_key(const Key& key, const toml::node& node) {
    if (key.rule.type == KeyType::tag_intervals && node.is_table())
      return read_intervals(key, *node.as_table());
    auto value = value_of(key.rule, node);
    if (value) {
      if (auto checked = check_value(key.rule, *value); !checked)
        value = fail(std::move(checked.error()));
    }
    if (value)
      take(key, std::move(*value), line_of(node));
    else
      add_problem(line_of(node), key.path() + " " + value.error().detail);
  }

  static bool is_section(const std::string& name) {
    return std::ranges::find(config_sections(), name) != config_sections().end();
  }

  static std::string unknown(const std::string& section, const std::string& name,
                             const toml::node& node) {
    std::vector<std::string> known;
    if (section.empty() && node.is_table()) {
      for (const auto& one : config_sections())
        if (!one.empty()) known.push_back("[" + one + "]");
      const auto shown = "[" + name + "]";
      return "there is no section " + shown + did_you_mean(shown, known);
    }
    for (const auto& key : config_keys()) {
      known.push_back(key.path());
      if (section.empty() && key.name == name)
        return fmt::format("there is no key {}; did you mean {}?", name, key.path());
    }
    const auto path = section.empty() ? name : section + "." + name;
    const auto guess = did_you_mean(path, known);
    return "there is no key " + path +
           (guess.empty() ? "; `webmon config show` lists all keys" : guess);
  }

  FileContent content_;
};

}  // namespace

FileContent read_config_text(std::string_view text) {
  if (text.size() > kMaxConfigBytes)
    return {{}, {{1, fmt::format("is over {} bytes", kMaxConfigBytes)}}};
  return Reader{}.read(text);
}

}  // namespace webmon::cli
