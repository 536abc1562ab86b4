#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>

#include "cli/command_doc.hpp"
#include "cli/commands.hpp"
#include "cli/completion_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/manual_text.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

struct ManualOptions {
  std::string command;
  bool is_markdown = false;
};

int print_manual(const CLI::App& tree, const ManualOptions& options) {
  const auto root = describe(tree);
  if (options.is_markdown) {
    print(markdown_reference(root));
    return kOk;
  }
  const auto found = std::ranges::find(root.commands, options.command, &CommandDoc::name);
  if (!options.command.empty() && found == root.commands.end())
    return failed({Errc::not_found,
                   "there is no command \"" + options.command + "\"; `webmon --help` lists them"});
  print(manual_page(root, options.command.empty() ? root : *found));
  return kOk;
}

int print_completion(const CLI::App& tree, const std::string& shell) {
  const auto root = describe(tree);
  print(shell == "bash"  ? bash_completion(root)
        : shell == "zsh" ? zsh_completion(root)
                         : fish_completion(root));
  return kOk;
}

}  // namespace

void add_man(CLI::App& root, int& status) {
  auto options = std::make_shared<ManualOptions>();
  auto* command = root.add_subcommand("man", "Print a manual page in troff, to be read with man");
  command->add_option("COMMAND", options->command, "Its page (default: that of webmon)");
  command->add_flag("--markdown", options->is_markdown, "All of docs/cli.md instead");
  command->footer(
      "Examples:\n"
      "  webmon man check | man -l -\n"
      "  webmon man asset > /usr/local/share/man/man1/webmon-asset.1");
  command->callback([&root, options, &status] { status = print_manual(root, *options); });
}

void add_completion(CLI::App& root, int& status) {
  auto shell = std::make_shared<std::string>();
  auto* command = root.add_subcommand("completion", "Print a shell's completion of webmon");
  command->add_option("SHELL", *shell, "For this shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "Examples:\n"
      "  source <(webmon completion bash)\n"
      "  webmon completion bash > /usr/share/bash-completion/completions/webmon\n"
      "  webmon completion zsh > /usr/local/share/zsh/site-functions/_webmon\n"
      "  webmon completion fish > ~/.config/fish/completions/webmon.fish");
  command->callback([&root, shell, &status] { status = print_completion(root, *shell); });
}

}  // namespace webmon::cli
