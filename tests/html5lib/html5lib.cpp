// Runs all tokenizer tests of a folder of html5lib-tests against lib/html: the same tokens, the
// same errors at the same places, whatever the split. Usage: html5lib FOLDER
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/html/token_cases_for_test.hpp"

namespace {

namespace fs = std::filesystem;
constexpr int kMaxShown = 20;

struct Count {
  std::size_t ran = 0;
  std::size_t wrong = 0;
};

Count run_tests(const boost::json::array& tests, const std::string& file) {
  Count count;
  for (const auto& test : webmon::html::token_cases(tests)) {
    ++count.ran;
    const std::string complaint = webmon::html::check_token_case(test);
    if (complaint.empty()) continue;
    if (++count.wrong <= kMaxShown) std::printf("%s: %s", file.c_str(), complaint.c_str());
  }
  return count;
}

int run(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator{folder}) {
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::size_t all = 0;
  std::size_t wrong = 0;
  for (const fs::path& file : files) {
    const boost::json::array tests = webmon::html::read_tests(file);
    const Count count = run_tests(tests, file.filename());
    std::printf("%-24s %5zu tests, run from %5zu initial states, %zu wrong\n",
                file.filename().c_str(), tests.size(), count.ran, count.wrong);
    all += tests.size();
    wrong += count.wrong;
  }
  std::printf("html5lib: %zu tests ran, %zu wrong\n", all, wrong);
  return all > 0 && wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: html5lib FOLDER\n");
    return 2;
  }
  if (!fs::is_directory(argv[1])) {
    std::printf("skipped: corpus not present (%s); WEBMON_HTML5LIB_DIR says where it is\n",
                argv[1]);
    return 0;
  }
  try {
    return run(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "html5lib: %s\n", error.what());
    return 1;
  }
}
