/// Answers of name servers as values. Pure. What is not well formed is an error, what is of no use
/// here is left out, everything is bounded.   Source: RFC 1035 §4, RFC 4035 §3.2.3, RFC 8659 §4.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/result.hpp"

namespace webmon::fetch {

enum class RecordType : std::uint16_t {
  a = 1,
  ns = 2,
  cname = 5,
  soa = 6,
  mx = 15,
  txt = 16,
  aaaa = 28,
  caa = 257
};

struct DnsRecord {
  std::string owner;  ///< lower case, without the last dot, escaped as in zone files
  RecordType type = RecordType::a;
  std::uint32_t ttl = 0;  ///< seconds
  /// As people write it: an address, a name, `10 mx.example`, the serial of a SOA record,
  /// `0 issue "ca.example"`; of TXT the bytes.
  std::string text;

  bool operator==(const DnsRecord&) const = default;
};

struct DnsMessage {
  unsigned rcode = 0;
  bool is_authentic = false;         ///< AD: the resolver vouches for all of it
  std::vector<DnsRecord> answer;     ///< of the types above, at most kMostRecords
  std::vector<DnsRecord> authority;  ///< SOA records only

  bool operator==(const DnsMessage&) const = default;
};

inline constexpr std::size_t kMostRecords = 256;

/// Errors: bad_input.
Result<DnsMessage> parse_dns_message(std::span<const std::uint8_t> bytes);
/// "NOERROR", "NXDOMAIN" ... (IANA's names), "RCODE17".
std::string rcode_name(unsigned rcode);

}  // namespace webmon::fetch
