/// Manual pages and docs/cli.md, of what the command line offers. Pure.   Source: man(7).
#pragma once

#include <string>

#include "cli/command_doc.hpp"

namespace webmon::cli {

/// One page in troff: of `root` itself, webmon(1); of a command with all below it, webmon-asset(1).
std::string manual_page(const CommandDoc& root, const CommandDoc& command);

/// All commands in one Markdown document.
std::string markdown_reference(const CommandDoc& root);

}  // namespace webmon::cli
