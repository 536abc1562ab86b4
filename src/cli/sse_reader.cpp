#include "cli/sse_reader.hpp"

#include <utility>

namespace webmon::cli {
namespace {

constexpr std::size_t kMostData = 1U << 20U;  ///< more of one event is dropped

}  // namespace

std::optional<SseEvent> SseReader::feed(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) {
    auto type = std::exchange(type_, {});
    auto data = std::exchange(data_, {});
    if (!std::exchange(has_data_, false)) return std::nullopt;
    return SseEvent{type.empty() ? "message" : std::move(type), std::move(data)};
  }
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  auto value = colon == line.npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "event") type_ = value;
  if (name == "id") last_id_ = value;
  if (name == "data" && data_.size() + value.size() < kMostData) {
    if (std::exchange(has_data_, true)) data_ += '\n';
    data_ += value;
  }
  return std::nullopt;
}

}  // namespace webmon::cli
