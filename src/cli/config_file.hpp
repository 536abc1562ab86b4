/// The configuration file: TOML 1.0 in, values of known keys out. The only user of toml++. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/config_keys.hpp"

namespace webmon::cli {

inline constexpr std::size_t kMaxConfigBytes = 1U << 20U;

struct FileValue {
  const Key* key = nullptr;
  Value value;
  unsigned line = 0;  ///< from 1
};
struct FileProblem {
  unsigned line;
  std::string text;  ///< "executor.slots is 5000; allowed are 1 to 1024"
};
struct FileContent {
  std::vector<FileValue> values;      ///< each of the right type, and allowed
  std::vector<FileProblem> problems;  ///< all of them, in order of lines
};

/// Never throws but for lack of memory. What is not TOML is one problem: reading ends there.
FileContent read_config_text(std::string_view text);

}  // namespace webmon::cli
