#include "lib/html/ignore_regex.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

namespace webmon::html {
namespace {

constexpr std::int64_t kRegexMemory = 1 << 20;
/// To tell where a match ends RE2 may have to read on to the end of the text, again for each match:
/// so it is shown no more than this at once.
constexpr std::size_t kRegexWindow = 2 * IgnoreRegex::kMostMatch;

}  // namespace

Result<IgnoreRegex> IgnoreRegex::compile(std::string_view text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemory);
  auto regex = std::make_shared<re2::RE2>(re2::StringPiece{text.data(), text.size()}, options);
  if (!regex->ok())
    return fail(Errc::bad_input, fmt::format("is no regular expression: {}", regex->error()));
  if (re2::RE2::FullMatch("", *regex)) return fail(Errc::bad_input, "matches the empty text");
  IgnoreRegex made;
  made.regex_ = std::move(regex);
  return made;
}

IgnoreRegex::Removed IgnoreRegex::remove_from(std::string& text,
                                              std::uint32_t& matches_left) const {
  Removed removed;
  std::string rest;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(at + kRegexWindow, text.size());
    re2::StringPiece match;
    if (!regex_->Match(text, at, end, re2::RE2::UNANCHORED, &match, 1)) {
      if (end == text.size()) break;
      at = end - kMostMatch;
      continue;
    }
    const auto begin = static_cast<std::size_t>(match.data() - text.data());
    if (end < text.size() && begin > end - kMostMatch) {  // there may be more of it
      at = begin;
      continue;
    }
    removed.is_cut = matches_left == 0;
    if (removed.is_cut) break;
    --matches_left;
    at = begin + std::max<std::size_t>(match.size(), 1);
    if (match.empty()) continue;
    rest.append(text, copied, begin - copied);
    copied = at;
    ++removed.matches;
    removed.bytes += match.size();
  }
  if (removed.matches == 0) return removed;
  rest.append(text, copied);
  text = std::move(rest);
  return removed;
}

}  // namespace webmon::html
