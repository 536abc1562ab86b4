/// Facts of X.509 certificates as the core's values. Hostile input: everything is bounded.
/// Threads: none.   Source: RFC 5280; OpenSSL X509_get_subject_name(3) and friends.
#pragma once

#include <vector>

#include "lib/core/page.hpp"

struct x509_st;
struct stack_st_X509;

namespace webmon::fetch {

inline constexpr int kMaxChain = 16;   ///< certificates of a chain that are kept
inline constexpr int kMaxNames = 128;  ///< subject alternative names of a certificate that are kept

Certificate certificate_of(x509_st* certificate);
/// `leaf` first, then the others of `sent` in the order of the server.
std::vector<Certificate> chain_of(x509_st* leaf, const stack_st_X509* sent);

/// True if the certificate is for `host`: a DNS name (no partial wildcards) or a literal address.
bool names_host(x509_st* certificate, const std::string& host);

}  // namespace webmon::fetch
