/// Turns what libcurl and our callbacks saw of one transfer into an Outcome. Pure; the table is in
/// outcome_test.cpp. Source: docs/api.md "Outcomes"; libcurl-errors(3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/core/page.hpp"

namespace webmon::fetch {

/// How far a transfer came.
enum class Phase : std::uint8_t { resolve, connect, tls, processing, transfer };
std::string_view to_string(Phase phase) noexcept;

struct TransferFacts {
  int code = 0;         ///< CURLcode
  int os_error = 0;     ///< errno of the connect or receive that failed, or 0
  std::string message;  ///< libcurl's error buffer: only looked at where codes are ambiguous
  Phase phase = Phase::connect;
  bool has_head = false;               ///< the head of the final response was complete
  bool is_header_limit = false;        ///< our bound on the head stopped it
  bool is_body_limit = false;          ///< our bound on the body stopped it
  bool is_protocol_violation = false;  ///< 101 that nobody asked for
  bool is_policy_refusal = false;      ///< a callback refused the address
  bool is_own_trouble = false;         ///< no descriptor, buffer or memory
  std::string tls_failure;             ///< reason of our verification, if it stopped the handshake
};

struct Ending {
  Outcome outcome = Outcome::inconclusive;
  std::string detail;
};

Ending ending_of(const TransferFacts& facts);

/// True if another address of the same host may do better: nothing was sent to this one.
bool is_worth_another_address(Outcome outcome) noexcept;

}  // namespace webmon::fetch
