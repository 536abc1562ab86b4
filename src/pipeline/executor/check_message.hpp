/// Packets between a worker and its helper that runs external checks: one of them a datagram of a
/// UNIX socket. Pure; both ends are this program, yet what is read is checked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"

namespace webmon::executor {

inline constexpr std::size_t kMaxCheckArguments = 32;
inline constexpr std::size_t kMaxCheckRequest = 16U << 10U;  ///< bytes of a packet
inline constexpr std::size_t kMaxCheckOutput = 8U << 10U;    ///< the rest is read and dropped

struct CheckRequest {
  std::uint64_t id = 0;
  milliseconds deadline{10'000};
  std::vector<std::string> command;  ///< a file of the directory, then its arguments
  bool operator==(const CheckRequest&) const = default;
};

struct CheckAnswer {
  enum class End : std::uint8_t {
    exited,   ///< `code` is the exit status
    killed,   ///< `code` is the signal
    overran,  ///< it was ended at its deadline
    refused   ///< it was not started: `output` says why
  };
  std::uint64_t id = 0;
  End end = End::refused;
  std::uint8_t code = 0;
  milliseconds elapsed{};
  std::string output;  ///< bytes as written to standard output
  bool operator==(const CheckAnswer&) const = default;
};

/// Errors: bad_input: no command, too many arguments, NUL in one, too long.
Result<std::string> encode(const CheckRequest& request);
/// Errors: bad_frame.
Result<CheckRequest> decode_check_request(std::string_view packet);

std::string encode(const CheckAnswer& answer);
/// Errors: bad_frame.
Result<CheckAnswer> decode_check_answer(std::string_view packet);

/// A program of the directory by its plain name: no path, not hidden.
bool is_check_name(std::string_view name) noexcept;

}  // namespace webmon::executor
