/// A real nginx of a test's own, one process, serving a folder over HTTP and HTTPS on free ports.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/certificates.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temp_dir.hpp"

namespace webmon::testing {

/// Certificates that an HTTPS port of it can show.
enum class CertKind { good, expired, not_yet_valid, wrong_host, self_signed, unknown_authority };

struct NginxOptions {
  std::filesystem::path docroot;  ///< empty: an empty folder of its own, see NginxServer::docroot()
  std::vector<CertKind> https{CertKind::good};  ///< one port each
  std::vector<std::string> names;     ///< further names and addresses of the good certificate
  std::string address = "127.0.0.1";  ///< "0.0.0.0" also answers on 127.0.0.2, .3, …
  std::string server_snippet;         ///< goes into every server block: `location = /slow { … }`
  std::string http_snippet;  ///< goes into the http block: more server blocks, limits, maps
  bool is_http2 = true;      ///< over TLS
};

class NginxServer {
 public:
  /// Starts it and waits until its ports accept. Throws std::runtime_error with nginx' own message.
  explicit NginxServer(NginxOptions options = {});
  ~NginxServer();
  NginxServer(const NginxServer&) = delete;
  NginxServer& operator=(const NginxServer&) = delete;

  std::uint16_t http_port() const noexcept { return http_port_; }
  std::uint16_t https_port(CertKind kind = CertKind::good) const { return https_ports_.at(kind); }
  /// "http://127.0.0.1:PORT" + path; with `host` instead of 127.0.0.1 if given.
  std::string http_url(const std::string& path = "/", const std::string& host = "127.0.0.1") const;
  std::string https_url(const std::string& path = "/", CertKind kind = CertKind::good,
                        const std::string& host = "127.0.0.1") const;
  /// The CA that signed all but the bad ones.
  const std::filesystem::path& ca_file() const noexcept { return authority_.ca_file(); }
  const std::filesystem::path& docroot() const noexcept { return options_.docroot; }
  /// Writes or replaces a page below the docroot.
  void write(const std::string& name, std::string_view content) const;
  /// One line a request so far: "METHOD target status".
  std::vector<std::string> requests() const;

  /// Starts it again on the same ports.
  void start();
  void stop();
  void freeze();
  void thaw();

 private:
  void pick_ports();
  void write_config() const;
  std::string server_block(std::uint16_t port, const CertificateFiles* certificate) const;
  bool launch();

  TempDir dir_;
  NginxOptions options_;
  TestAuthority authority_;
  std::map<CertKind, CertificateFiles> certificates_;
  std::map<CertKind, std::uint16_t> https_ports_;
  std::uint16_t http_port_ = 0;
  std::unique_ptr<ChildProcess> child_;
};

}  // namespace webmon::testing
