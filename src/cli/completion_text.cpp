#include "cli/completion_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace webmon::cli {
namespace {

using Offers = OptionDoc::Offers;

// In single quotes for bash and zsh.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

// fish: in single quotes a backslash escapes.
std::string in_fish_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string joined(const std::vector<std::string>& words, const char* separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

// "webmon asset"|"webmon asset add"|…: every path below the root.
std::string paths_pattern(const CommandDoc& root) {
  std::vector<std::string> paths;
  for (const auto* command : flatten(root))
    if (command != &root) paths.push_back(in_quotes(command->path));
  return joined(paths, "|");
}

std::vector<std::string> words_of(const CommandDoc& command) {
  std::vector<std::string> words;
  for (const auto& child : command.commands) words.emplace_back(child.name());
  for (const auto& option : command.options) {
    if (option.is_positional)
      words.insert(words.end(), option.choices.begin(), option.choices.end());
    else
      words.insert(words.end(), option.names.begin(), option.names.end());
  }
  return words;
}

// One case arm per option that takes a value: PATH:--option) what to offer.
std::string value_arms(const CommandDoc& root,
                       const std::function<std::string(const OptionDoc&)>& act) {
  std::string out;
  for (const auto* command : flatten(root)) {
    for (const auto& option : command->options) {
      if (option.is_positional || option.value.empty()) continue;
      std::vector<std::string> patterns;
      for (const auto& name : option.names)
        patterns.push_back(in_quotes(command->path + ":" + name));
      out += fmt::format("    {}) {} ;;\n", joined(patterns, "|"), act(option));
    }
  }
  return out;
}

std::string bash_action(const OptionDoc& option) {
  switch (option.offers) {
    case Offers::choices:
      return fmt::format("COMPREPLY=($(compgen -W {} -- \"$cur\")); return",
                         in_quotes(joined(option.choices, " ")));
    case Offers::files:
      return "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); return";
    case Offers::folders:
      return "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\")); return";
    case Offers::nothing:
      break;
  }
  return "return";
}

std::string zsh_action(const OptionDoc& option) {
  switch (option.offers) {
    case Offers::choices:
      return fmt::format("compadd -- {}; return", joined(option.choices, " "));
    case Offers::files:
      return "_files; return";
    case Offers::folders:
      return "_files -/; return";
    case Offers::nothing:
      break;
  }
  return "_message 'a value'; return";
}

// _describe takes "word:what it is".
std::string zsh_offer(std::string_view word, std::string_view help) {
  std::string name;
  for (const char c : word) {
    if (c == ':') name += '\\';
    name += c;
  }
  return in_quotes(name + ":" + std::string{help});
}

std::string zsh_offers(const CommandDoc& command) {
  std::vector<std::string> offers;
  for (const auto& child : command.commands)
    offers.push_back(zsh_offer(child.name(), child.summary));
  for (const auto& option : command.options)
    for (const auto& name : option.is_positional ? option.choices : option.names)
      offers.push_back(zsh_offer(name, option.help));
  return joined(offers, " ");
}

std::string fish_option(const CommandDoc& command, const OptionDoc& option) {
  const auto at = fmt::format("complete -c webmon -n {}",
                              in_quotes("test (__webmon_path) = \"" + command.path + "\""));
  if (option.is_positional) {
    if (option.choices.empty()) return {};
    return fmt::format("{} -a {} -d {}\n", at, in_fish_quotes(joined(option.choices, " ")),
                       in_fish_quotes(option.help));
  }
  std::string line = at;
  for (const auto& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!option.value.empty()) line += " -r";
  if (option.offers == Offers::choices)
    line += " -a " + in_fish_quotes(joined(option.choices, " "));
  if (option.offers == Offers::files) line += " -F";
  if (option.offers == Offers::folders) line += " -a '(__fish_complete_directories)'";
  return line + " -d " + in_fish_quotes(option.help) + "\n";
}

}  // namespace

std::string bash_completion(const CommandDoc& root) {
  std::string offers;
  for (const auto* command : flatten(root))
    offers += fmt::format("    {}) words={} ;;\n", in_quotes(command->path),
                          in_quotes(joined(words_of(*command), " ")));
  return fmt::format(R"(# bash completion of webmon, made by `webmon completion bash`
_webmon() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}} path={} i words=
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${{COMP_WORDS[i]}}" in
    {}) path="$path ${{COMP_WORDS[i]}}" ;;
    esac
  done
  COMPREPLY=()
  case "$path:$prev" in
{}  esac
  case "$path" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -F _webmon webmon
)",
                     root.path, paths_pattern(root), value_arms(root, bash_action), offers);
}

std::string zsh_completion(const CommandDoc& root) {
  std::string offers;
  for (const auto* command : flatten(root))
    offers +=
        fmt::format("    {}) offers=({}) ;;\n", in_quotes(command->path), zsh_offers(*command));
  return fmt::format(R"(#compdef webmon
# zsh completion of webmon, made by `webmon completion zsh`
_webmon() {{
  local at={} prev=${{words[CURRENT-1]}} i
  local -a offers
  for ((i = 2; i < CURRENT; i++)); do
    case "$at ${{words[i]}}" in
    {}) at="$at ${{words[i]}}" ;;
    esac
  done
  case "$at:$prev" in
{}  esac
  case "$at" in
{}  esac
  _describe webmon offers
}}
if [[ $funcstack[1] == _webmon ]]; then
  _webmon "$@"
else
  compdef _webmon webmon
fi
)",
                     root.path, paths_pattern(root), value_arms(root, zsh_action), offers);
}

std::string fish_completion(const CommandDoc& root) {
  std::vector<std::string> paths;
  std::string offers;
  for (const auto* command : flatten(root)) {
    if (command != &root) paths.push_back(in_fish_quotes(command->path));
    for (const auto& child : command->commands)
      offers += fmt::format("complete -c webmon -n {} -a {} -d {}\n",
                            in_quotes("test (__webmon_path) = \"" + command->path + "\""),
                            in_fish_quotes(child.name()), in_fish_quotes(child.summary));
    for (const auto& option : command->options) offers += fish_option(*command, option);
  }
  return fmt::format(R"(# fish completion of webmon, made by `webmon completion fish`
function __webmon_path
  set -l path {}
  for word in (commandline -opc)[2..-1]
    switch "$path $word"
      case {}
        set path "$path $word"
    end
  end
  echo $path
end
complete -c webmon -f
{})",
                     root.path, joined(paths, " "), offers);
}

}  // namespace webmon::cli
