/// Exit codes of every subcommand; scripts rely on them.
#pragma once

namespace webmon::cli {

inline constexpr int kOk = 0;  ///< done, and every page that was asked about is all right
inline constexpr int kNotOk =
    1;  ///< Webmon works, and something it was asked about is not all right
inline constexpr int kFailed = 2;  ///< Webmon itself failed, or the command line is wrong

}  // namespace webmon::cli
