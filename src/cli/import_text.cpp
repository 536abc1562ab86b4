#include "cli/import_text.hpp"

#include <utility>

#include "lib/core/url.hpp"

namespace webmon::cli {
namespace {

constexpr std::size_t kLongest = 4'096;  ///< twice what a URL may have: the API refuses it
constexpr std::string_view kBlank = " \t\r\n";

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(kBlank);
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

}  // namespace

void ImportText::feed(std::string_view bytes) {
  in_ += bytes;
  if (form_ == Form::unknown) {
    const auto first = in_.find_first_not_of(kBlank);
    if (first == in_.npos && in_.size() <= kLongest) return;
    if (first != in_.npos) form_ = in_[first] == '{' ? Form::ndjson : Form::urls;
  }
  if (form_ == Form::ndjson) {
    out_ += std::exchange(in_, {});
  } else {
    take_lines();
  }
}

void ImportText::end() {
  if (form_ == Form::ndjson) return;
  if (form_ == Form::urls && !in_.empty()) in_ += '\n';
  take_lines();
}

std::string ImportText::take() { return std::exchange(out_, {}); }

void ImportText::take_lines() {
  std::size_t begin = 0;
  for (auto end = in_.find('\n'); end != in_.npos; end = in_.find('\n', begin)) {
    if (!std::exchange(is_cut_, false)) add_url(std::string_view{in_}.substr(begin, end - begin));
    out_ += '\n';
    begin = end + 1;
  }
  in_.erase(0, begin);
  if (in_.size() <= kLongest) return;
  if (!std::exchange(is_cut_, true)) add_url(in_);
  in_.clear();
}

void ImportText::add_url(std::string_view line) {
  const auto text = trim(line);
  if (text.empty() || text.starts_with('#')) return;
  const auto url = parse_url(text, true);
  auto asset = fields_;
  asset["url"] = url ? std::string_view{url->text} : text;  // what is wrong, the API tells
  out_ += boost::json::serialize(asset);
}

}  // namespace webmon::cli
