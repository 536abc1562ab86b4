/// What one fetch yields: every hop, the response, timings, TLS facts, body, and the features of
/// its HTML. A bad page is data, not an error. Ownership: plain values. Threads: none.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/page_features.hpp"
#include "lib/core/url.hpp"

namespace webmon {

/// How the fetch ended. Everything but `ok` and `inconclusive` means that the page is down.
/// Source: docs/api.md "Outcomes" (one row each: what the server did, what libcurl says).
enum class Outcome : std::uint8_t {
  ok,                 ///< a complete response arrived, whatever its status
  dns,                ///< the name does not resolve
  connect,            ///< no address accepted the connection
  tls,                ///< handshake or verification failed; `Tls::failure` says how
  timeout,            ///< a deadline passed; `Page::detail` names the phase
  reset,              ///< the connection was reset
  empty_reply,        ///< closed without a response
  not_http,           ///< the answer is not HTTP/1 or HTTP/2
  bad_header,         ///< NUL, negative Content-Length or the like in the head
  header_limit,       ///< over the bound on header bytes or lines
  truncated,          ///< less body than announced
  bad_chunk,          ///< broken chunked framing
  too_large,          ///< body over the bound; the first part is kept
  bad_encoding,       ///< Content-Encoding that does not decode
  redirect_limit,     ///< too many redirects, or a loop
  bad_redirect,       ///< a redirect to something that is not an http(s) URL
  blocked_by_policy,  ///< the address policy refuses a host or address on the way
  protocol,           ///< HTTP/2 or other protocol error
  inconclusive        ///< the executor's own trouble (no network, out of descriptors, cancelled)
};
std::string_view to_string(Outcome outcome) noexcept;

/// One hop's phases, as in blackbox_exporter: each excludes the others. Absent = did not take
/// place.
struct Phases {
  std::optional<microseconds> resolve, connect, tls, processing, transfer;
};

using Headers =
    std::vector<std::pair<std::string, std::string>>;  ///< names in lower case, in order of arrival
/// First value of `name` (lower case), or nullptr.
const std::string* find_header(const Headers& headers, std::string_view name) noexcept;

struct Certificate {
  std::string subject, issuer, serial;  ///< RFC 2253 names; serial in hex
  std::vector<std::string> names;       ///< DNS and IP subject alternative names
  StoreTime not_before{}, not_after{};
  std::string key_type;  ///< "RSA", "EC", "ED25519" ...
  int key_bits = 0;
  std::string signature_algorithm;
  std::string sha256;       ///< of the DER form, hex
  std::string spki_sha256;  ///< of the public key, hex
  bool is_self_signed = false;
  int sct_count = 0;  ///< embedded signed certificate timestamps (RFC 6962)
};

struct Tls {
  std::string version, cipher, alpn;
  bool is_resumed =
      false;  ///< then `chain` and verdicts are those of the full handshake at `verified_at`
  bool is_verified = false;  ///< chain and host name hold
  bool is_host_ok = false;   ///< the leaf names the host
  bool is_chain_ok = false;  ///< a path to a trusted root, all valid now
  std::string
      failure;  ///< empty, or exactly why: "certificate has expired", "host name mismatch" ...
  StoreTime verified_at{};         ///< observed time of the full handshake
  std::vector<Certificate> chain;  ///< leaf first, as the server sent it
};

struct Hop {
  Url url;
  int status = 0;
  std::string remote_ip;
  std::string location;  ///< raw Location header, if any
  Phases phases;
  microseconds total{};
};

/// What the asset's ignore rules took out of a body.
struct Ignored {
  std::vector<std::uint32_t> counts;  ///< per rule, in their order: elements, attributes, matches
  std::uint32_t elements = 0;
  std::uint32_t attributes = 0;
  std::uint32_t matches = 0;  ///< of regular expressions
  std::uint64_t bytes = 0;
  bool is_cut = false;  ///< some parts that rules name may still be there: a limit was reached
};

struct Page {
  Url url;  ///< as asked for
  Outcome outcome = Outcome::inconclusive;
  std::string detail;       ///< for people: what exactly went wrong
  StoreTime observed_at{};  ///< store time at claim plus monotonic time elapsed
  std::vector<Hop>
      hops;  ///< first is `url`, last is where the response came from; never empty after a fetch
  int status = 0;            ///< of the last hop; 0 if none came
  std::string http_version;  ///< "1.0", "1.1", "2"
  Headers headers;           ///< of the last hop
  std::uint32_t header_bytes = 0;
  std::uint64_t wire_bytes = 0;  ///< body bytes as received, before decoding
  std::string body;  ///< decoded; at most the bound, then outcome is too_large. Less what is
                     ///< ignored: of HTML then in UTF-8
  std::shared_ptr<const Tls> tls;  ///< of the last hop with TLS, or null
  microseconds total{};            ///< all hops
  std::vector<std::string>
      warnings;           ///< "ambiguous_length", "truncated_encoding", "body_beyond_length" ...
  PageFeatures features;  ///< filled after the fetch when the body is HTML
  std::shared_ptr<const Ignored> ignored;  ///< null: the asset has no ignore rules
  std::shared_ptr<const Page> whole;       ///< with what is ignored; null: that is nothing
};

/// Media type of the last response in lower case without parameters ("text/html"), empty if none.
std::string media_type(const Page& page);
/// True if the body should be read as HTML: by type, or by its first bytes where no type was sent.
bool is_html(const Page& page) noexcept;

}  // namespace webmon
