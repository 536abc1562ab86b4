#include "cli/usage_error.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/nearest.hpp"

namespace webmon::cli {
namespace {

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> commands_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* one : command.get_subcommands([](const CLI::App*) { return true; }))
    if (!one->get_group().empty()) names.push_back(one->get_name());  // the others are hidden
  return names;
}

}  // namespace

std::string usage_error(const CLI::App& command, const std::vector<std::string>& left,
                        const CLI::ParseError& error) {
  const auto commands = commands_of(command);
  if (left.empty() && error.get_name() == "RequiredError" && !commands.empty())
    return fmt::format("{} needs a command: {}", command.get_name(), fmt::join(commands, ", "));
  if (left.empty()) return error.what();
  const auto word = left.front().substr(0, left.front().find('='));
  if (word.starts_with('-'))
    return "there is no option " + word + did_you_mean(word, options_of(command));
  if (commands.empty())
    return word + " was not expected; is the value of an option before it missing?";
  return "there is no command " + word + did_you_mean(word, commands);
}

}  // namespace webmon::cli
