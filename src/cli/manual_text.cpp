#include "cli/manual_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "cli/exit_code.hpp"

namespace webmon::cli {
namespace {

// Bytes of the UTF-8 character that `text` begins with; our own texts are valid.
std::size_t character_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return std::min(size, text.size());
}

std::uint32_t code_point(std::string_view character) {
  auto value = static_cast<unsigned char>(character.front()) & (0xFFU >> (character.size() + 1));
  for (const char c : character.substr(1))
    value = value << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  return value;
}

// Nothing of it is a request or an escape; a dash stays the ASCII one, for it is often an option's.
std::string troff(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out += "\\&";
  while (!text.empty()) {
    const char c = text.front();
    const auto size = character_size(text);
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (size > 1)
      out += fmt::format("\\[u{:04X}]", code_point(text.substr(0, size)));
    else
      out += c;
    text.remove_prefix(size);
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + troff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + troff(text) + "\\fR"; }

std::string dashed(std::string_view path) {
  std::string out{path};
  std::ranges::replace(out, ' ', '-');
  return out;
}

std::string term(const OptionDoc& option) {
  std::string names;
  for (const auto& name : option.names) names += (names.empty() ? "" : ", ") + bold(name);
  if (option.is_positional || option.value.empty()) return names;
  return names + " " + italic(option.value);
}

// "…; one of a, b, c; default: x"
std::string remarks(const OptionDoc& option) {
  std::string out;
  if (!option.choices.empty()) out += fmt::format("; one of {}", fmt::join(option.choices, ", "));
  if (!option.default_value.empty()) out += "; default: " + option.default_value;
  if (option.is_required) out += "; must be given";
  return out;
}

std::string troff_lines(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += troff(line) + "\n";
  return out;
}

std::string troff_body(const CommandDoc& command) {
  auto out = troff_lines(command.footer.notes);
  for (const auto& option : command.options)
    out += ".TP\n" + term(option) + "\n" + troff(option.help + remarks(option)) + "\n";
  if (!command.footer.exit_codes.empty())
    out += ".PP\nExit codes: " + troff(command.footer.exit_codes) + "\n";
  if (!command.footer.examples.empty())
    out += ".PP\nExamples:\n.PP\n.nf\n.RS\n" + troff_lines(command.footer.examples) + ".RE\n.fi\n";
  if (!command.footer.calls.empty())
    out += fmt::format(".PP\nAPI: {}\n",
                       troff(fmt::format("{}", fmt::join(command.footer.calls, ", "))));
  return out;
}

std::string troff_exit_codes() {
  std::string out = ".SH EXIT STATUS\n";
  for (const auto& entry : kExitCodes)
    out += fmt::format(".TP\n{}\n{}\n", bold(std::to_string(entry.code)), troff(entry.meaning));
  return out;
}

// Values of a Markdown table: a bar would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string markdown_option(const OptionDoc& option) {
  std::string names;
  for (const auto& name : option.names) names += (names.empty() ? "`" : ", `") + name + "`";
  if (!option.is_positional && !option.value.empty()) names += " " + option.value;
  return fmt::format("| {} | {} |\n", cell(names), cell(option.help + remarks(option)));
}

std::string sentence(const std::string& text) { return text.ends_with('.') ? text : text + "."; }

std::string markdown_command(const CommandDoc& command) {
  const auto& footer = command.footer;
  auto out = fmt::format("{} {}\n\n{}\n\n```\n{}\n```\n\n", command.commands.empty() ? "###" : "##",
                         command.path, sentence(command.summary), synopsis(command));
  if (!command.options.empty()) out += "| option | |\n|---|---|\n";
  for (const auto& option : command.options) out += markdown_option(option);
  for (const auto& line : footer.notes)
    out += (&line == &footer.notes.front() ? "\n" : "") + line + "\n";
  if (!footer.exit_codes.empty()) out += "\nExit codes: " + footer.exit_codes + "\n";
  if (!footer.examples.empty())
    out += fmt::format("\n```sh\n{}\n```\n", fmt::join(footer.examples, "\n"));
  if (!footer.calls.empty()) out += fmt::format("\nAPI: `{}`\n", fmt::join(footer.calls, "`, `"));
  return out + "\n";
}

}  // namespace

std::string manual_page(const CommandDoc& root, const CommandDoc& command) {
  const auto name = dashed(command.path);
  std::string title = name;
  std::ranges::transform(title, title.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  auto out =
      fmt::format(".TH {} 1 \"\" webmon \"Webmon\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n{}\n",
                  troff(title), troff(name), troff(command.summary), troff(synopsis(command)));
  out += ".SH DESCRIPTION\n" + troff_body(command);
  if (!command.commands.empty()) out += ".SH COMMANDS\n";
  const bool is_root = &command == &root;
  const auto all = flatten(command);
  for (const auto* below : all) {
    if (below == &command) continue;
    const bool is_child =
        std::ranges::count(below->path, ' ') == std::ranges::count(command.path, ' ') + 1;
    if (is_root && is_child)
      out +=
          fmt::format(".TP\n.BR {} (1)\n{}\n", troff(dashed(below->path)), troff(below->summary));
    else if (!is_root)
      out += fmt::format(".SS \"{}\"\n{}.\n.PP\n{}\n.PP\n", troff(below->path),
                         troff(below->summary), troff(synopsis(*below))) +
             troff_body(*below);
  }
  out += troff_exit_codes();
  if (!is_root) out += ".SH SEE ALSO\n.BR webmon (1)\n";
  return out;
}

std::string markdown_reference(const CommandDoc& root) {
  std::string out =
      "# Command line\n\n"
      "Made by `webmon man --markdown` from what `--help` says; a test fails when it is stale.\n"
      "`webmon completion SHELL` prints completion for bash, zsh and fish, `webmon man COMMAND` a "
      "manual page.\n\n"
      "| exit code | |\n|---|---|\n";
  for (const auto& entry : kExitCodes)
    out += fmt::format("| {} | {} |\n", entry.code, entry.meaning);
  out += "\n";
  for (const auto* command : flatten(root)) out += markdown_command(*command);
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace webmon::cli
