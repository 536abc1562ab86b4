/// A regular expression whose matches are taken out of a text. Pure. Time: linear in the text, and
/// bounded for each match, whatever text and expression are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lib/core/result.hpp"

namespace re2 {
class RE2;
}

namespace webmon::html {

class IgnoreRegex {
 public:
  /// Of a longer match only a part is taken out, or nothing.
  static constexpr std::size_t kMostMatch = 64U << 10U;

  /// RE2's syntax. Errors: bad_input; also if it matches the empty text, as such an expression
  /// matches between all characters.
  static Result<IgnoreRegex> compile(std::string_view text);

  struct Removed {
    std::uint32_t matches = 0;
    std::uint64_t bytes = 0;
    bool is_cut = false;  ///< there may be more matches
  };
  /// Takes at most `matches_left` matches out, and counts them off.
  Removed remove_from(std::string& text, std::uint32_t& matches_left) const;

 private:
  std::shared_ptr<const re2::RE2> regex_;
};

}  // namespace webmon::html
