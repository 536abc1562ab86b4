#include "lib/fetch/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ct.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "lib/fetch/ip.hpp"

namespace webmon::fetch {
namespace {

constexpr std::size_t kMaxText = 512;

template <class T, void (*Free)(T*)>
struct Deleter {
  void operator()(T* value) const { Free(value); }
};
void free_bio(BIO* bio) { BIO_free(bio); }
void free_string(char* text) { OPENSSL_free(text); }
using BioPtr = std::unique_ptr<BIO, Deleter<BIO, free_bio>>;
using TextPtr = std::unique_ptr<char, Deleter<char, free_string>>;
using BignumPtr = std::unique_ptr<BIGNUM, Deleter<BIGNUM, BN_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES, GENERAL_NAMES_free>>;
using SctsPtr = std::unique_ptr<STACK_OF(SCT), Deleter<STACK_OF(SCT), SCT_LIST_free>>;

std::string bounded(std::string text) {
  if (text.size() > kMaxText) text.resize(kMaxText);
  return text;
}

std::string name_text(const X509_NAME* name) {
  const BioPtr bio{BIO_new(BIO_s_mem())};
  if (bio == nullptr || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return size <= 0 ? std::string{} : bounded({data, static_cast<std::size_t>(size)});
}

std::string serial_text(const X509* certificate) {
  const BignumPtr number{ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr)};
  const TextPtr text{number == nullptr ? nullptr : BN_bn2hex(number.get())};
  return text == nullptr ? std::string{} : bounded(text.get());
}

/// Days and seconds since the epoch: no time_t, no time zones.
StoreTime time_of(const ASN1_TIME* value) {
  static const std::unique_ptr<ASN1_TIME, Deleter<ASN1_TIME, ASN1_TIME_free>> kEpoch{
      ASN1_TIME_set(nullptr, 0)};
  int days = 0;
  int rest = 0;
  if (ASN1_TIME_diff(&days, &rest, kEpoch.get(), value) != 1) return {};
  return StoreTime{seconds{std::int64_t{days} * 86'400 + rest}};
}

std::string hex(const unsigned char* bytes, unsigned size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(std::size_t{size} * 2);
  for (unsigned i = 0; i < size; ++i) {
    out.push_back(kDigits[bytes[i] >> 4]);
    out.push_back(kDigits[bytes[i] & 15]);
  }
  return out;
}

std::string sha256_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  return X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1
             ? hex(digest.data(), size)
             : std::string{};
}

std::string spki_sha256_of(const X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (length <= 0) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const int done = EVP_Digest(der, static_cast<std::size_t>(length), digest.data(), &size,
                              EVP_sha256(), nullptr);
  OPENSSL_free(der);
  return done == 1 ? hex(digest.data(), size) : std::string{};
}

std::string alternative_name(const GENERAL_NAME* name) {
  int type = 0;
  const void* value = GENERAL_NAME_get0_value(name, &type);
  if (type != GEN_DNS && type != GEN_IPADD) return {};
  const auto* text = static_cast<const ASN1_STRING*>(value);
  const auto* data = ASN1_STRING_get0_data(text);
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(text));
  if (type == GEN_DNS) return bounded({reinterpret_cast<const char*>(data), size});
  if (size != 4 && size != 16) return {};
  IpAddress ip;
  ip.is_v6 = size == 16;
  std::copy(data, data + size, ip.bytes.begin());
  return to_text(ip);
}

std::vector<std::string> alternative_names(const X509* certificate) {
  const NamesPtr names{static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
  std::vector<std::string> out;
  const int count = names == nullptr ? 0 : sk_GENERAL_NAME_num(names.get());
  for (int i = 0; i < std::min(count, kMaxNames); ++i) {
    auto text = alternative_name(sk_GENERAL_NAME_value(names.get(), i));
    if (!text.empty()) out.push_back(std::move(text));
  }
  return out;
}

int sct_count(const X509* certificate) {
  const SctsPtr list{static_cast<STACK_OF(SCT)*>(
      X509_get_ext_d2i(certificate, NID_ct_precert_scts, nullptr, nullptr))};
  return list == nullptr ? 0 : sk_SCT_num(list.get());
}

std::string key_type(const EVP_PKEY* key) {
  const char* name = EVP_PKEY_get0_type_name(key);
  return name == nullptr ? "unknown" : name;
}

}  // namespace

Certificate certificate_of(X509* x) {
  Certificate out;
  out.subject = name_text(X509_get_subject_name(x));
  out.issuer = name_text(X509_get_issuer_name(x));
  out.serial = serial_text(x);
  out.names = alternative_names(x);
  out.not_before = time_of(X509_get0_notBefore(x));
  out.not_after = time_of(X509_get0_notAfter(x));
  if (EVP_PKEY* key = X509_get0_pubkey(x); key != nullptr) {
    out.key_type = key_type(key);
    out.key_bits = EVP_PKEY_get_bits(key);
  }
  const char* algorithm = OBJ_nid2ln(X509_get_signature_nid(x));
  out.signature_algorithm = algorithm == nullptr ? "unknown" : algorithm;
  out.sha256 = sha256_of(x);
  out.spki_sha256 = spki_sha256_of(x);
  out.is_self_signed = X509_self_signed(x, 0) == 1;
  out.sct_count = sct_count(x);
  return out;
}

std::vector<Certificate> chain_of(X509* leaf, const STACK_OF(X509) * sent) {
  std::vector<Certificate> out;
  if (leaf == nullptr) return out;
  out.push_back(certificate_of(leaf));
  const int count = sent == nullptr ? 0 : sk_X509_num(sent);
  for (int i = 0; i < count && out.size() < kMaxChain; ++i) {
    X509* x = sk_X509_value(sent, i);
    if (x != leaf) out.push_back(certificate_of(x));
  }
  return out;
}

bool names_host(X509* certificate, const std::string& host) {
  if (parse_ip(host)) return X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
  return X509_check_host(certificate, host.data(), host.size(),
                         X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

}  // namespace webmon::fetch
