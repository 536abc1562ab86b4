/// Undoes Content-Encoding as the body arrives: gzip, deflate, br, up to five on top of each other.
/// libcurl could, but does not tell that the end of a gzip stream is missing. Threads: none.
/// Source: RFC 9110 §8.4, RFC 1950 to 1952, RFC 7932.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/page.hpp"
#include "lib/core/result.hpp"

namespace webmon::fetch {

class ContentDecoder {
 public:
  static constexpr std::size_t kMaxEncodings = 5;
  enum class Status : std::uint8_t {
    ok,
    over_limit,  ///< `out` is full; what fits is in it
    broken       ///< not what the header says, or junk behind its end
  };
  class Stage;

  /// For a response with these headers. Errors: bad_input for an unknown encoding or too many of
  /// them.
  static Result<ContentDecoder> make(const Headers& headers);
  ContentDecoder(ContentDecoder&&) noexcept;
  ContentDecoder& operator=(ContentDecoder&&) noexcept;
  ~ContentDecoder();

  /// Appends what `bytes` decode to, until `out` has `limit` bytes.
  Status feed(std::string_view bytes, std::string& out, std::size_t limit);
  /// False if bytes came but an encoding's end did not.
  bool is_complete() const noexcept;

 private:
  ContentDecoder();
  std::vector<std::unique_ptr<Stage>> stages_;  ///< outermost first
  bool was_fed_ = false;
};

}  // namespace webmon::fetch
