#include "tests/support/certificates.hpp"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace webmon::testing {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Deleter<X509_free>>;
using File = std::unique_ptr<std::FILE, Deleter<std::fclose>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error{std::string{"certificates: "} + what};
}

Key make_key() {
  Key key{EVP_EC_gen("P-256")};
  require(key != nullptr, "key");
  return key;
}

void set_name(X509* cert, const std::string& name) {
  auto* subject = X509_get_subject_name(cert);
  require(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                     0) == 1,
          "name");
}

void add(X509* cert, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  const Extension extension{X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())};
  require(extension && X509_add_ext(cert, extension.get(), -1) == 1, value.c_str());
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) {
    unsigned char address[16];
    const bool is_ip = inet_pton(AF_INET, name.c_str(), address) == 1 ||
                       inet_pton(AF_INET6, name.c_str(), address) == 1;
    list += (list.empty() ? "" : ",") + std::string{is_ip ? "IP:" : "DNS:"} + name;
  }
  return list;
}

Cert blank(EVP_PKEY* key, const std::string& name, long serial, int from_days, int to_days) {
  constexpr long kDay = 86'400;
  Cert cert{X509_new()};
  require(cert != nullptr, "memory");
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), from_days * kDay);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), to_days * kDay);
  X509_set_pubkey(cert.get(), key);
  set_name(cert.get(), name);
  return cert;
}

void sign(X509* cert, X509* issuer, EVP_PKEY* key) {
  X509_set_issuer_name(cert, X509_get_subject_name(issuer));
  require(X509_sign(cert, key, EVP_sha256()) != 0, "signature");
}

struct Authority {
  Key key;
  Cert cert;
};

Authority make_authority(const std::string& name) {
  Authority ca{make_key(), nullptr};
  ca.cert = blank(ca.key.get(), name, 1, -3650, 3650);
  add(ca.cert.get(), ca.cert.get(), NID_basic_constraints, "critical,CA:TRUE");
  add(ca.cert.get(), ca.cert.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add(ca.cert.get(), ca.cert.get(), NID_subject_key_identifier, "hash");
  sign(ca.cert.get(), ca.cert.get(), ca.key.get());
  return ca;
}

void write_certs(const std::filesystem::path& path, std::initializer_list<X509*> certs) {
  const File file{std::fopen(path.c_str(), "w")};
  require(file != nullptr, path.c_str());
  for (auto* cert : certs) require(PEM_write_X509(file.get(), cert) == 1, path.c_str());
}

void write_key(const std::filesystem::path& path, EVP_PKEY* key) {
  const File file{std::fopen(path.c_str(), "w")};
  require(file && PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          path.c_str());
}

}  // namespace

struct TestAuthority::Impl {
  Authority trusted = make_authority("Webmon test authority");
  Authority other = make_authority("Some other authority");
  long serial = 100;
};

TestAuthority::TestAuthority() : ca_file_{dir_ / "ca.pem"}, impl_{std::make_unique<Impl>()} {
  write_certs(ca_file_, {impl_->trusted.cert.get()});
}

TestAuthority::~TestAuthority() = default;

CertificateFiles TestAuthority::issue(const CertificateSpec& spec) {
  const auto& ca = spec.is_other_ca ? impl_->other : impl_->trusted;
  const auto key = make_key();
  const auto serial = ++impl_->serial;
  const auto cert =
      blank(key.get(), spec.names.at(0), serial, spec.not_before_days, spec.not_after_days);
  auto* issuer = spec.is_self_signed ? cert.get() : ca.cert.get();
  add(cert.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add(cert.get(), issuer, NID_ext_key_usage, "serverAuth");
  add(cert.get(), issuer, NID_subject_alt_name, alternative_names(spec.names));
  sign(cert.get(), issuer, spec.is_self_signed ? key.get() : ca.key.get());
  const auto stem = "cert" + std::to_string(serial);
  CertificateFiles files{dir_ / (stem + ".pem"), dir_ / (stem + ".key")};
  if (spec.is_self_signed)
    write_certs(files.chain, {cert.get()});
  else
    write_certs(files.chain, {cert.get(), ca.cert.get()});
  write_key(files.key, key.get());
  return files;
}

}  // namespace webmon::testing
