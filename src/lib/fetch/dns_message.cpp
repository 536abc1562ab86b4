#include "lib/fetch/dns_message.hpp"

#include <arpa/nameser.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "lib/fetch/ip.hpp"

namespace webmon::fetch {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// As zone files write bytes that are not printable (RFC 1035 §5.1).
std::string escaped(Bytes bytes) {
  std::string out;
  for (const unsigned char c : bytes) {
    if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
      out += fmt::format("\\{:03}", c);
    } else {
      out += static_cast<char>(c);
    }
  }
  return out;
}

unsigned number16(Bytes bytes) { return unsigned{bytes[0]} << 8U | bytes[1]; }

class Reader {
 public:
  explicit Reader(const ns_msg& message) : message_{message} {}

  /// The name that begins at `at` of the message, and how many bytes it takes there.
  std::optional<std::pair<std::string, std::size_t>> name(const std::uint8_t* at) const {
    std::array<char, NS_MAXDNAME> text{};
    const int taken = ns_name_uncompress(ns_msg_base(message_), ns_msg_end(message_), at,
                                         text.data(), text.size());
    if (taken < 0) return std::nullopt;
    return std::pair{lower(text.data()), static_cast<std::size_t>(taken)};
  }

  std::optional<std::string> text_of(RecordType type, Bytes data) const {
    switch (type) {
      case RecordType::a:
      case RecordType::aaaa:
        return address(data, type == RecordType::aaaa);
      case RecordType::ns:
      case RecordType::cname:
        return name_at(data, 0);
      case RecordType::mx:
        return exchange(data);
      case RecordType::soa:
        return serial(data);
      case RecordType::caa:
        return authorization(data);
      case RecordType::txt:
        return strings(data);
    }
    return std::nullopt;
  }

 private:
  static std::optional<std::string> address(Bytes data, bool is_v6) {
    IpAddress ip;
    ip.is_v6 = is_v6;
    if (data.size() != (is_v6 ? 16U : 4U)) return std::nullopt;
    std::ranges::copy(data, ip.bytes.begin());
    return to_text(ip);
  }
  std::optional<std::string> name_at(Bytes data, std::size_t offset) const {
    if (data.size() <= offset) return std::nullopt;
    const auto read = name(data.data() + offset);
    if (!read || offset + read->second > data.size()) return std::nullopt;
    return read->first.empty() ? "." : read->first;
  }
  std::optional<std::string> exchange(Bytes data) const {
    const auto host = name_at(data, 2);
    if (!host) return std::nullopt;
    return fmt::format("{} {}", number16(data), *host);
  }
  /// After the names of the server and of who is responsible.
  std::optional<std::string> serial(Bytes data) const {
    for (int names = 0; names < 2; ++names) {
      if (data.empty()) return std::nullopt;
      const auto read = name(data.data());
      if (!read || read->second > data.size()) return std::nullopt;
      data = data.subspan(read->second);
    }
    if (data.size() != 20) return std::nullopt;
    return std::to_string(ns_get32(data.data()));
  }
  /// Flags, length of the tag, tag, value.
  static std::optional<std::string> authorization(Bytes data) {
    if (data.size() < 2 || data.size() < 2U + data[1]) return std::nullopt;
    const auto value = data.subspan(2U + data[1]);
    return fmt::format("{} {} \"{}\"", data[0], lower(escaped(data.subspan(2, data[1]))),
                       escaped(value));
  }
  static std::optional<std::string> strings(Bytes data) {
    std::string all;
    while (!data.empty()) {
      const std::size_t size = data[0];
      if (data.size() < 1 + size) return std::nullopt;
      all.append(reinterpret_cast<const char*>(data.data()) + 1, size);
      data = data.subspan(1 + size);
    }
    return all;
  }

  const ns_msg& message_;
};

bool is_wanted(unsigned type) {
  constexpr std::array kAll = {RecordType::a,  RecordType::ns,  RecordType::cname, RecordType::soa,
                               RecordType::mx, RecordType::txt, RecordType::aaaa,  RecordType::caa};
  return std::ranges::find(kAll, static_cast<RecordType>(type)) != kAll.end();
}

/// Errors: bad_input.
Result<std::vector<DnsRecord>> section(ns_msg& message, ns_sect which) {
  std::vector<DnsRecord> records;
  const int count = ns_msg_count(message, which);
  const Reader reader{message};
  for (int i = 0; i < count && records.size() < kMostRecords; ++i) {
    ns_rr raw{};
    if (ns_parserr(&message, which, i, &raw) != 0) {
      return fail(Errc::bad_input, "a record of the name server's answer is cut off");
    }
    if (ns_rr_class(raw) != ns_c_in || !is_wanted(ns_rr_type(raw))) continue;
    const auto type = static_cast<RecordType>(ns_rr_type(raw));
    auto text = reader.text_of(type, {ns_rr_rdata(raw), ns_rr_rdlen(raw)});
    if (!text) return fail(Errc::bad_input, "a record of the name server's answer is malformed");
    records.push_back({lower(ns_rr_name(raw)), type, ns_rr_ttl(raw), std::move(*text)});
  }
  return records;
}

}  // namespace

Result<DnsMessage> parse_dns_message(Bytes bytes) {
  ns_msg message{};
  if (bytes.size() > NS_MAXMSG ||
      ns_initparse(bytes.data(), static_cast<int>(bytes.size()), &message) != 0) {
    return fail(Errc::bad_input, "the name server's answer is no DNS message");
  }
  DnsMessage out;
  out.rcode = ns_msg_getflag(message, ns_f_rcode);
  out.is_authentic = ns_msg_getflag(message, ns_f_ad) != 0;
  auto answer = section(message, ns_s_an);
  if (!answer) return fail(std::move(answer.error()));
  auto authority = section(message, ns_s_ns);
  if (!authority) return fail(std::move(authority.error()));
  out.answer = std::move(*answer);
  out.authority = std::move(*authority);
  std::erase_if(out.authority, [](const auto& one) { return one.type != RecordType::soa; });
  return out;
}

std::string rcode_name(unsigned rcode) {
  constexpr std::array kNames = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
  return rcode < kNames.size() ? kNames[rcode] : fmt::format("RCODE{}", rcode);
}

}  // namespace webmon::fetch
