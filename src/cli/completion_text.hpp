/// Completion scripts for shells, of what the command line offers. Pure.
#pragma once

#include <string>

#include "cli/command_doc.hpp"

namespace webmon::cli {

/// For `source`, or as /usr/share/bash-completion/completions/webmon.
std::string bash_completion(const CommandDoc& root);
/// For `source` after compinit, or as _webmon in a folder of $fpath.
std::string zsh_completion(const CommandDoc& root);
/// For `source`, or as ~/.config/fish/completions/webmon.fish.
std::string fish_completion(const CommandDoc& root);

}  // namespace webmon::cli
