/// The whole command line: arguments in, exit code out.
#pragma once

namespace webmon::cli {

/// Parses and runs one command. Prints what is wrong, and what to do, to standard error.
int run(int argc, const char* const* argv);

}  // namespace webmon::cli
