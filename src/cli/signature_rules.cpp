#include "cli/signature_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace webmon::cli {
namespace {

namespace fs = std::filesystem;
using signatures::RuleSource;

constexpr std::string_view kKey = "executor.signature_rules";

tl::unexpected<Error> refuse(const fs::path& path, std::string_view why) {
  return fail(Errc::bad_config, fmt::format("{}: {}: {}", kKey, path.string(), why));
}

Result<std::vector<fs::path>> files_at(const fs::path& place) {
  std::error_code error;
  if (!fs::is_directory(place, error)) {
    if (error) return refuse(place, "cannot be read: " + error.message());
    return std::vector{place};
  }
  std::vector<fs::path> files;
  fs::directory_iterator entry{place, error};
  for (; !error && entry != fs::directory_iterator{}; entry.increment(error)) {
    const auto kind = entry->path().extension();
    if (kind == ".yar" || kind == ".yara") files.push_back(entry->path());
    if (files.size() > kMostRuleFiles)
      return refuse(place, fmt::format("has more than {} files of rules", kMostRuleFiles));
  }
  if (error) return refuse(place, "cannot be read: " + error.message());
  std::ranges::sort(files);
  return files;
}

/// A number at the beginning of `text`, and the byte after it, taken off.
std::size_t take_number(std::string_view& text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto taken = static_cast<std::size_t>(end - text.data());
  text.remove_prefix(error == std::errc{} ? std::min(taken + 1, text.size()) : text.size());
  return number;
}

}  // namespace

Result<std::vector<RuleSource>> read_rule_files(const std::string& place) {
  std::vector<RuleSource> sources;
  if (place.empty()) return sources;
  auto files = files_at(place);
  if (!files) return fail(std::move(files.error()));
  std::size_t bytes = 0;
  for (const auto& path : *files) {
    std::ifstream file{path, std::ios::binary};
    std::string text;
    for (char block[64U << 10U]; file && bytes + text.size() <= kMostRuleBytes;) {
      file.read(block, sizeof block);
      text.append(block, static_cast<std::size_t>(file.gcount()));
    }
    bytes += text.size();
    if (bytes > kMostRuleBytes) return refuse(path, "files of rules take 16 MiB at most together");
    if (!file.eof()) return refuse(path, "cannot be read");
    sources.push_back({path.string(), std::move(text)});
  }
  return sources;
}

Result<std::shared_ptr<const signatures::Rules>> compile_rules(
    const std::vector<RuleSource>& operators) {
  auto sources = signatures::own_sources();
  sources.insert(sources.end(), operators.begin(), operators.end());
  auto rules = signatures::Rules::compile(sources);
  if (rules) return rules;
  return fail(
      Errc::bad_config,
      fmt::format("{}: {}\nmend the rule or take the file away; docs/signatures.md says what "
                  "rules may say",
                  kKey, rules.error().detail));
}

std::string join_rule_files(const std::vector<RuleSource>& files) {
  std::string text;
  for (const auto& one : files)
    text += fmt::format("{} {} {}{}", one.file.size(), one.text.size(), one.file, one.text);
  return text;
}

Result<std::vector<RuleSource>> split_rule_files(std::string_view text) {
  std::vector<RuleSource> files;
  while (!text.empty()) {
    const auto name = take_number(text);
    const auto length = take_number(text);
    if (name > text.size() || length > text.size() - name)
      return fail(Errc::internal, "the rules of signatures that were handed on are cut off");
    files.push_back({std::string{text.substr(0, name)}, std::string{text.substr(name, length)}});
    text.remove_prefix(name + length);
  }
  return files;
}

}  // namespace webmon::cli
