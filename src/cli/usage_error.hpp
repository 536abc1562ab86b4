/// What is wrong with a command line, with what may have been meant. Pure.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace webmon::cli {

/// `command` is the innermost command that was named, `left` the words that nobody wanted.
std::string usage_error(const CLI::App& command, const std::vector<std::string>& left,
                        const CLI::ParseError& error);

}  // namespace webmon::cli
