// tls-proto: how the connection is encrypted: protocol, cipher, forward secrecy.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "plugins/builder.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::clean;

constexpr std::array kFacts = {
    FactSpec{"version", ValueType::text, "TLSv1.3 ..."},
    FactSpec{"cipher", ValueType::text, "OpenSSL's name of the cipher suite"},
    FactSpec{"alpn", ValueType::text, "the protocol agreed on within TLS: h2, http/1.1 or none"},
    FactSpec{"forward_secrecy", ValueType::boolean,
             "who learns the server's key later cannot read what was recorded before"},
};
constexpr std::array kReasons = {
    ReasonSpec{ReportState::skipped, "not_https", "plain HTTP"},
    ReasonSpec{ReportState::skipped, "no_tls", "no handshake was completed"},
    ReasonSpec{ReportState::warn, "obsolete_protocol", "older than TLS 1.2 (RFC 8996)"},
    ReasonSpec{ReportState::warn, "weak_cipher",
               "RC4, DES, 3DES, MD5, no encryption or no authentication"},
    ReasonSpec{ReportState::warn, "protocol_weakened", "an older version than at the check before"},
    ReasonSpec{ReportState::ok, "no_forward_secrecy", "a key exchange without (EC)DHE"},
};

/// OpenSSL's names (SSL_get_version), weakest first.
constexpr std::array<std::string_view, 6> kVersions = {"SSLv2",   "SSLv3",   "TLSv1",
                                                       "TLSv1.1", "TLSv1.2", "TLSv1.3"};
constexpr std::ptrdiff_t kLeastVersion = 4;

/// Place in kVersions; one above all where the name is newer than this program.
std::ptrdiff_t rank(std::string_view version) {
  return std::ranges::find(kVersions, version) - kVersions.begin();
}

bool is_weak(std::string_view cipher) {
  constexpr std::array<std::string_view, 7> kWeak = {"RC4", "DES", "MD5",  "NULL",
                                                     "EXP", "ADH", "AECDH"};
  return std::ranges::any_of(
      kWeak, [&](std::string_view word) { return cipher.find(word) != std::string_view::npos; });
}

bool is_forward_secret(const Tls& tls) {
  return rank(tls.version) > kLeastVersion || tls.cipher.starts_with("ECDHE-") ||
         tls.cipher.starts_with("DHE-");
}

void judge(Report& report, const Tls& tls, bool has_forward_secrecy) {
  if (rank(tls.version) < kLeastVersion) {
    add_finding(report, {.severity = Severity::warn,
                         .code = "obsolete_protocol",
                         .message = fmt::format("the connection used {}, which is obsolete; switch "
                                                "on TLS 1.2 or 1.3 at the server",
                                                clean(tls.version)),
                         .expected = "TLSv1.2 or newer",
                         .seen = clean(tls.version),
                         .evidence = {}});
  }
  if (is_weak(tls.cipher)) {
    add_finding(report, {.severity = Severity::warn,
                         .code = "weak_cipher",
                         .message = "the connection used a cipher that is known to be weak",
                         .expected = "an AEAD cipher, such as AES-GCM or ChaCha20-Poly1305",
                         .seen = clean(tls.cipher),
                         .evidence = {}});
  }
  if (!has_forward_secrecy) {
    add_finding(report, {.severity = Severity::info,
                         .code = "no_forward_secrecy",
                         .message = "the key exchange has no forward secrecy",
                         .expected = "ECDHE or DHE",
                         .seen = clean(tls.cipher),
                         .evidence = {}});
  }
}

/// State: the version.
void compare(Report& report, const Tls& tls, std::string_view before) {
  if (before.empty() || rank(tls.version) >= rank(before)) return;
  add_finding(report, {.severity = Severity::warn,
                       .code = "protocol_weakened",
                       .message = fmt::format("the connection used {}, at the check before {}",
                                              clean(tls.version), clean(before)),
                       .expected = clean(before),
                       .seen = clean(tls.version),
                       .evidence = {}});
}

PluginOutput run(const PluginInput& input) {
  const Page& page = input.page;
  if (!page.tls && !page.url.is_https) return plugins::skipped(input, "not_https");
  if (!page.tls || page.tls->version.empty()) return plugins::skipped(input, "no_tls");
  const Tls& tls = *page.tls;
  PluginOutput output;
  Report& report = output.report;
  const bool has_forward_secrecy = is_forward_secret(tls);
  report.facts["version"] = clean(tls.version);
  report.facts["cipher"] = clean(tls.cipher);
  report.facts["alpn"] = clean(tls.alpn);
  report.facts["forward_secrecy"] = has_forward_secrecy;
  judge(report, tls, has_forward_secrecy);
  compare(report, tls, input.state);
  output.next_state = clean(tls.version, 16);
  return output;
}

constexpr Plugin kPlugin{
    .name = "tls-proto",
    .number = 7,
    .version = 1,
    .summary = "How the connection is encrypted: protocol, cipher, forward secrecy.",
    .facts = kFacts,
    .reasons = kReasons,
    .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
