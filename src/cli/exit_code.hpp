/// Exit codes of every subcommand; scripts rely on them.
#pragma once

#include <array>

namespace webmon::cli {

inline constexpr int kOk = 0;
inline constexpr int kNotOk = 1;
inline constexpr int kFailed = 2;
inline constexpr int kInterrupted = 130;

/// What help, manual pages and docs/cli.md say of them.
struct ExitCode {
  int code;
  const char* meaning;
};
inline constexpr std::array<ExitCode, 4> kExitCodes{{
    {kOk, "done, and everything that was asked about is all right"},
    {kNotOk, "Webmon works, and something it was asked about is not all right"},
    {kFailed, "Webmon failed, or was used wrongly; standard error says what and what to do"},
    {kInterrupted, "ended by Ctrl-C or SIGTERM before it was done"},
}};

}  // namespace webmon::cli
