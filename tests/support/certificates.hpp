/// A certificate authority of a test's own, and server certificates good and bad.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/temp_dir.hpp"

namespace webmon::testing {

struct CertificateFiles {
  std::filesystem::path chain;  ///< PEM: the leaf; then the CA if it signed
  std::filesystem::path key;    ///< PEM
};

struct CertificateSpec {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};  ///< DNS names and IP addresses
  int not_before_days = -1;                                         ///< relative to now
  int not_after_days = 90;
  bool is_self_signed = false;
  bool is_other_ca = false;  ///< signed by an authority that nobody trusts
};

class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  /// PEM file of the CA certificate: what a client under test must trust.
  const std::filesystem::path& ca_file() const noexcept { return ca_file_; }
  /// Makes a key (EC P-256) and a certificate. Throws std::runtime_error.
  CertificateFiles issue(const CertificateSpec& spec = {});

 private:
  struct Impl;
  TempDir dir_;
  std::filesystem::path ca_file_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace webmon::testing
