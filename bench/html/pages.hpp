/// The real pages that the programs of this folder read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace webmon::bench {

struct RealPage {
  std::string path;
  std::string body;
};

inline std::vector<std::filesystem::path> html_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{folder, missing}) {
    if (entry.path().extension() == ".html" && entry.is_regular_file()) {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

inline constexpr std::size_t kMaxPagesOfFolder = 60;

/// Those of pages.list that are installed; says on stderr how many of each folder.
inline std::vector<RealPage> read_pages(std::size_t max_of_folder = kMaxPagesOfFolder) {
  constexpr std::size_t kMinBytes = 1U << 10U;
  constexpr std::size_t kMaxBytes = 2U << 20U;
  std::vector<RealPage> pages;
  std::ifstream lines{WEBMON_SOURCE_DIR "/bench/html/pages.list"};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::string folder = line.substr(line.rfind(' ') + 1);
    std::size_t count = 0;
    std::size_t bytes = 0;
    for (const auto& path : html_files("/usr/share/doc/" + folder)) {
      std::ifstream file{path, std::ios::binary};
      std::string body{std::istreambuf_iterator<char>{file}, {}};
      if (body.size() < kMinBytes || body.size() > kMaxBytes) continue;
      bytes += body.size();
      pages.push_back({path.string(), std::move(body)});
      if (++count == max_of_folder) break;
    }
    std::fprintf(stderr, "%-28s %3zu pages %9zu bytes\n", folder.c_str(), count, bytes);
  }
  if (pages.empty())
    std::fprintf(stderr, "no pages; install the packages of bench/html/pages.list\n");
  return pages;
}

}  // namespace webmon::bench
