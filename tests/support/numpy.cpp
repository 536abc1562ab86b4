#include "tests/support/numpy.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "tests/support/child_process.hpp"
#include "tests/support/temp_dir.hpp"

namespace webmon::testing {
namespace {

constexpr std::string_view kPython = "/usr/bin/python3";
constexpr int kNoNumpy = 77;
constexpr std::string_view kOpening = R"py(
import sys
try:
    import numpy as np
except ImportError:
    sys.exit(77)
rows = [np.array([float.fromhex(v) for v in line.split()]) for line in open(sys.argv[1])]
def tell(*numbers):
    print(*(float(number).hex() for number in numbers))
)py";

std::vector<double> read_numbers(const std::string& text) {
  std::vector<double> numbers;
  const char* at = text.c_str();
  for (;;) {
    char* end = nullptr;
    const double number = std::strtod(at, &end);
    if (end == at) break;
    numbers.push_back(number);
    at = end;
  }
  if (std::string_view{at}.find_first_not_of(" \n") != std::string_view::npos)
    throw std::runtime_error("numpy told no number: " + text.substr(0, 1'000));
  return numbers;
}

}  // namespace

NumpyAnswer ask_numpy(std::string_view script, std::span<const std::vector<double>> rows) {
  if (!std::filesystem::exists(kPython)) return {.missing = fmt::format("no {}", kPython)};
  std::string input;
  for (const auto& row : rows) {
    for (const double value : row) input += fmt::format("{:a} ", value);
    input += "\n";
  }
  const TempDir dir;
  const auto program = dir.write("reference.py", std::string{kOpening}.append(script));
  const auto data = dir.write("rows.txt", input);
  const auto finished = run_command({std::string{kPython}, program.string(), data.string()});
  if (finished.status == kNoNumpy) return {.missing = "numpy is not installed (python3-numpy)"};
  if (finished.status != 0) throw std::runtime_error("numpy: " + finished.output);
  return {.missing = {}, .numbers = read_numbers(finished.output)};
}

}  // namespace webmon::testing
