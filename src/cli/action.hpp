/// A subcommand that calls the API: what those of `asset` and `group` have in common.
#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <utility>

#include "cli/api_client.hpp"

namespace webmon::cli {

/// Adds `name` to `parent`; when it is called, `action` gets the options and its exit code becomes
/// `status`, which must outlive the command. `options` has the member `client`.
template <class Options>
CLI::App* add_action(CLI::App& parent, const char* name, const char* help,
                     std::shared_ptr<Options> options, int& status, int (*action)(Options&)) {
  auto* command = parent.add_subcommand(name, help);
  add_client_options(*command, options->client);
  command->callback([options = std::move(options), &status, action] { status = action(*options); });
  return command;
}

}  // namespace webmon::cli
