#include "cli/nearest.hpp"

#include <algorithm>
#include <vector>

namespace webmon::cli {
namespace {

constexpr std::size_t kMaxWord = 64;

// Optimal string alignment distance.
std::size_t mistakes(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t wrong = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + wrong});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view text, std::span<const std::string> words) {
  std::optional<std::string> best;
  if (text.size() > kMaxWord) return best;
  auto least = std::max<std::size_t>(text.size() * 2 / 5, 1) + 1;
  for (const auto& word : words) {
    const auto count = mistakes(text, word);
    if (count >= least) continue;
    least = count;
    best = word;
  }
  return best;
}

std::string did_you_mean(std::string_view text, std::span<const std::string> words) {
  const auto word = nearest(text, words);
  return word ? "; did you mean " + *word + "?" : "";
}

}  // namespace webmon::cli
