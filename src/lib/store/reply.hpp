/// One Redis reply (RESP2) as a value, and batches of commands as bytes. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/result.hpp"

namespace webmon::store {

struct Reply {
  enum class Kind : std::uint8_t { nil, status, error, integer, text, array };
  Kind kind = Kind::nil;
  std::int64_t integer = 0;
  std::string text;  ///< of status, error ("MISCONF ..."), text
  std::vector<Reply> items;

  bool is_nil() const noexcept { return kind == Kind::nil; }
  bool is_error() const noexcept { return kind == Kind::error; }
};

/// An error reply as our Error: store_refused (store_down for LOADING), detail = Redis' own words.
Error error_of(const Reply& reply);
/// Errors: error_of(reply), or bad_frame if it is of another kind. `nil` reads as empty text.
Result<std::int64_t> as_integer(const Reply& reply);
Result<std::string_view> as_text(const Reply& reply);
Result<std::span<const Reply>> as_array(const Reply& reply);

enum class Script : std::uint8_t;

/// Commands in RESP form, to be sent in one write and answered in order. Ownership: a value, moved
/// into send.
class Batch {
 public:
  void add(std::initializer_list<std::string_view> args) {
    add(std::span{args.begin(), args.size()});
  }
  void add(std::span<const std::string_view> args);
  /// EVALSHA of a script of ours; the driver loads the script again if Redis has forgotten it
  /// (NOSCRIPT).
  void eval(Script script, std::span<const std::string> keys, std::span<const std::string> args);

  struct Call {
    std::size_t begin, end;  ///< of this command in bytes()
    bool is_script;
    Script script;
  };
  std::span<const Call> calls() const noexcept { return calls_; }
  std::size_t size() const noexcept { return calls_.size(); }
  bool empty() const noexcept { return calls_.empty(); }
  std::string_view bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
  std::vector<Call> calls_;
};

}  // namespace webmon::store
