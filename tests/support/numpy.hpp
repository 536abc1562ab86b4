/// Debian's numpy as the independent reference of what we compute ourselves.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace webmon::testing {

struct NumpyAnswer {
  std::string missing = {};  ///< what is not installed, for GTEST_SKIP(); empty: it has answered
  std::vector<double> numbers = {};  ///< all that the script told, in that order
};

/// Runs a Python script with numpy as `np`, `rows` as `rows`, a list of arrays, and
/// tell(number...), which adds to the answer. Numbers go to and fro without rounding. Throws
/// std::runtime_error with the script's output if it fails.
NumpyAnswer ask_numpy(std::string_view script, std::span<const std::vector<double>> rows);

}  // namespace webmon::testing
