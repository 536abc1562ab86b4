#include "cli/command_doc.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <optional>

namespace webmon::cli {
namespace {

constexpr std::string_view kExitLabel = "Exit codes:";
constexpr std::string_view kCallsLabel = "API:";

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + separator.size(), text.size()));
  }
  return parts;
}

std::string_view without_indent(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line;
}

// What follows `label` in the line, if it begins with it.
std::optional<std::string_view> after(std::string_view line, std::string_view label) {
  if (!line.starts_with(label)) return std::nullopt;
  return without_indent(line.substr(label.size()));
}

// CLI11 writes "UINT:INT in [1 - 600]", "TEXT:{auto,always,never}", "TEXT".
void read_type(std::string type, OptionDoc& option) {
  const auto open = type.find('{');
  if (const auto close = type.rfind('}'); open != std::string::npos && close != std::string::npos) {
    option.choices = split(std::string_view{type}.substr(open + 1, close - open - 1), ",");
    option.value = "CHOICE";
    return;
  }
  const auto range = type.find(" in [");
  if (range != std::string::npos) {
    option.value = type.substr(range + 5, type.size() - range - 6);
    if (const auto dash = option.value.find(" - "); dash != std::string::npos)
      option.value.replace(dash, 3, " to ");
    return;
  }
  option.value = type.substr(0, type.find(':'));
}

OptionDoc::Offers offers_of(const OptionDoc& option) {
  using enum OptionDoc::Offers;
  if (!option.choices.empty()) return choices;
  if (option.value.empty() || option.names.empty()) return nothing;
  const auto& name = option.names.front();
  if (name.ends_with("-dir")) return folders;
  return name == "--file" || name == "--series" || name.ends_with("-file") ? files : nothing;
}

OptionDoc describe_option(const CLI::Option& from) {
  OptionDoc option;
  option.is_positional = from.get_positional();
  for (const auto& name : from.get_snames()) option.names.push_back("-" + name);
  for (const auto& name : from.get_lnames()) option.names.push_back("--" + name);
  std::ranges::reverse(option.names);  // the long one says more
  if (option.is_positional) option.names = {from.get_name(true, false)};
  const bool takes_value = from.get_items_expected_max() > 0;
  if (takes_value) read_type(from.get_type_name(), option);
  option.help = from.get_description();
  option.default_value = from.get_default_str();
  option.is_required = from.get_required();
  option.may_repeat = from.get_items_expected_max() > 1;
  option.offers = offers_of(option);
  return option;
}

bool is_shown(const CLI::App* command) { return !command->get_group().empty(); }

CommandDoc describe_command(const CLI::App& from, const std::string& parent) {
  CommandDoc command;
  command.path = parent.empty() ? from.get_name() : parent + " " + from.get_name();
  command.summary = from.get_description();
  const auto* above = from.get_parent();
  const bool is_inherited = above != nullptr && above->get_footer() == from.get_footer();
  if (!is_inherited) command.footer = read_footer(from.get_footer());
  for (const auto* option : from.get_options())
    if (!option->get_group().empty()) command.options.push_back(describe_option(*option));
  std::ranges::stable_partition(command.options, &OptionDoc::is_positional);
  for (const auto* child : from.get_subcommands(is_shown))
    command.commands.push_back(describe_command(*child, command.path));
  return command;
}

}  // namespace

FooterDoc read_footer(std::string_view footer) {
  enum class Part { notes, exit_codes, examples, calls } part = Part::notes;
  FooterDoc out;
  for (const auto& whole : split(footer, "\n")) {
    const auto line = without_indent(whole);
    if (line.empty()) {
      part = Part::notes;
    } else if (const auto codes = after(line, kExitLabel)) {
      part = Part::exit_codes;
      out.exit_codes = *codes;
    } else if (const auto calls = after(line, kCallsLabel)) {
      part = Part::calls;
      for (auto& call : split(*calls, ", ")) out.calls.push_back(std::move(call));
    } else if (after(line, "Examples:")) {
      part = Part::examples;
    } else if (const auto example = after(line, "Example:")) {
      part = Part::examples;
      out.examples.emplace_back(*example);
    } else if (part == Part::exit_codes) {
      out.exit_codes += " " + std::string{line};
    } else if (part == Part::calls) {
      for (auto& call : split(line, ", ")) out.calls.push_back(std::move(call));
    } else if (part == Part::examples) {
      out.examples.emplace_back(line);
    } else {
      out.notes.emplace_back(line);
    }
  }
  return out;
}

std::string_view CommandDoc::name() const noexcept {
  return std::string_view{path}.substr(path.rfind(' ') + 1);
}

CommandDoc describe(const CLI::App& root) { return describe_command(root, ""); }

std::vector<const CommandDoc*> flatten(const CommandDoc& command) {
  std::vector<const CommandDoc*> all{&command};
  for (const auto& child : command.commands) {
    const auto below = flatten(child);
    all.insert(all.end(), below.begin(), below.end());
  }
  return all;
}

std::string synopsis(const CommandDoc& command) {
  auto out = command.path + " [OPTIONS]";
  if (!command.commands.empty()) return out + " COMMAND";
  for (const auto& option : command.options) {
    if (!option.is_positional) continue;
    const auto name = option.names.front() + (option.may_repeat ? "..." : "");
    out += option.is_required ? " " + name : " [" + name + "]";
  }
  return out;
}

}  // namespace webmon::cli
