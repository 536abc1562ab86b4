#include "tests/sim/resp_words.hpp"

#include <charconv>
#include <stdexcept>

namespace webmon::sim {
namespace {

/// The number behind '*' or '$', up to the end of its line; `rest` goes on behind it.
std::size_t take_size(std::string_view& rest) {
  std::size_t value = 0;
  const auto [end, code] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), value);
  if (code != std::errc{}) throw std::logic_error{"a batch holds no RESP"};
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 2);
  return value;
}

}  // namespace

void split_command(std::string_view call, std::vector<std::string_view>& words) {
  words.resize(take_size(call));
  for (auto& word : words) {
    const auto size = take_size(call);
    word = call.substr(0, size);
    call.remove_prefix(size + 2);
  }
}

}  // namespace webmon::sim
