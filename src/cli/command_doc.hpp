/// What the command line offers, as a value: read from the CLI11 tree, which is the one source of
/// help, completion, manual pages and docs/cli.md. Pure, but for reading the tree.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace webmon::cli {

struct OptionDoc {
  std::vector<std::string> names;    ///< "--file", "-h"; of a positional its name alone: "URL"
  std::string value;                 ///< "TEXT", "1 to 600"; empty: a flag
  std::vector<std::string> choices;  ///< the only values, if they can be named
  std::string help, default_value;
  bool is_positional = false, is_required = false, may_repeat = false;
  /// What a shell may offer as its value.
  enum class Offers { nothing, choices, files, folders } offers = Offers::nothing;
};

/// The parts of a command's footer, which are told apart by how they begin.
struct FooterDoc {
  std::vector<std::string> notes;     ///< lines
  std::string exit_codes;             ///< "0 added, 1 one of them was there already, …"
  std::vector<std::string> examples;  ///< lines, as typed
  std::vector<std::string> calls;     ///< "GET /api/v1/assets/{id}", what it asks of the API
};
FooterDoc read_footer(std::string_view footer);

struct CommandDoc {
  std::string path;  ///< "webmon asset add"
  std::string summary;
  FooterDoc footer;
  std::vector<OptionDoc> options;          ///< positionals first
  std::vector<CommandDoc> commands;        ///< those that are not hidden
  std::string_view name() const noexcept;  ///< "add"
};
CommandDoc describe(const CLI::App& root);

/// `command` and all below it, parents first.
std::vector<const CommandDoc*> flatten(const CommandDoc& command);

/// "webmon asset add [OPTIONS] [URL...]".
std::string synopsis(const CommandDoc& command);

}  // namespace webmon::cli
