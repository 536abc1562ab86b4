#include "tests/support/nginx_server.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <sstream>
#include <stdexcept>

#include "tests/support/wait_until.hpp"

namespace webmon::testing {
namespace {

constexpr int kPortAttempts = 5;

CertificateSpec spec_of(CertKind kind, const std::vector<std::string>& names) {
  CertificateSpec spec;
  spec.names.insert(spec.names.end(), names.begin(), names.end());
  switch (kind) {
    case CertKind::good:
      break;
    case CertKind::expired:
      spec.not_before_days = -90;
      spec.not_after_days = -1;
      break;
    case CertKind::not_yet_valid:
      spec.not_before_days = 1;
      break;
    case CertKind::wrong_host:
      spec.names = {"other.example", "192.0.2.7"};
      break;
    case CertKind::self_signed:
      spec.is_self_signed = true;
      break;
    case CertKind::unknown_authority:
      spec.is_other_ca = true;
      break;
  }
  return spec;
}

constexpr const char* kConfig = R"(daemon off;
master_process off;
pid {0}/nginx.pid;
error_log {0}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  types {{ text/html html htm; text/css css; application/javascript js; application/json json;
          text/plain txt; image/png png; image/svg+xml svg; application/xml xml; }}
  default_type application/octet-stream;
  log_format requests '$request_method $request_uri $status';
  access_log {0}/access.log requests;
  client_body_temp_path {0}/temp; proxy_temp_path {0}/temp; fastcgi_temp_path {0}/temp;
  uwsgi_temp_path {0}/temp; scgi_temp_path {0}/temp;
  keepalive_requests 100000;
{1}
{2}}}
)";

}  // namespace

NginxServer::NginxServer(NginxOptions options) : options_{std::move(options)} {
  if (options_.docroot.empty()) options_.docroot = dir_ / "docroot";
  std::filesystem::create_directories(options_.docroot);
  for (const auto kind : options_.https)
    certificates_[kind] = authority_.issue(spec_of(kind, options_.names));
  for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
    pick_ports();
    write_config();
    if (launch()) return;
  }
  throw std::runtime_error{"nginx did not start:\n" + child_->output() +
                           read_file(dir_ / "error.log")};
}

NginxServer::~NginxServer() = default;

void NginxServer::pick_ports() {
  http_port_ = free_port();
  for (const auto kind : options_.https) https_ports_[kind] = free_port();
}

std::string NginxServer::server_block(std::uint16_t port,
                                      const CertificateFiles* certificate) const {
  std::string tls;
  if (certificate != nullptr)
    tls = fmt::format("ssl_certificate {}; ssl_certificate_key {};\n", certificate->chain.string(),
                      certificate->key.string());
  const char* flags = certificate == nullptr ? "" : options_.is_http2 ? " ssl http2" : " ssl";
  return fmt::format(
      "  server {{\n    listen {}:{}{} backlog=4096;\n    root {};\n    {}{}\n  }}\n",
      options_.address, port, flags, options_.docroot.string(), tls, options_.server_snippet);
}

void NginxServer::write_config() const {
  auto servers = server_block(http_port_, nullptr);
  for (const auto& [kind, port] : https_ports_)
    servers += server_block(port, &certificates_.at(kind));
  std::filesystem::create_directories(dir_ / "temp");
  dir_.write("nginx.conf",
             fmt::format(kConfig, dir_.path().string(), options_.http_snippet, servers));
}

/// True once it serves. That its ports accept would not show it: another program may have taken one
/// of them first. nginx writes its pid after it has bound them all. The connection then wakes its
/// loop, which would sleep over a signal that came before it began.
bool NginxServer::launch() {
  const auto pid_file = dir_ / "nginx.pid";
  std::filesystem::remove(pid_file);
  ChildOptions options;
  options.output = dir_ / "output";
  child_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{"nginx", "-p", dir_.path().string(), "-e",
                               (dir_ / "error.log").string(), "-c", (dir_ / "nginx.conf").string()},
      std::move(options));
  const auto serves = [&] {
    return std::filesystem::exists(pid_file) && can_connect("127.0.0.1", http_port_);
  };
  return wait_until([&] { return !child_->is_running() || serves(); }) && child_->is_running();
}

void NginxServer::start() {
  if (child_ && child_->is_running()) return;
  if (!launch()) throw std::runtime_error{"nginx did not start again:\n" + child_->output()};
}

void NginxServer::stop() {
  if (child_) child_->stop();
}

void NginxServer::freeze() { child_->signal(SIGSTOP); }
void NginxServer::thaw() { child_->signal(SIGCONT); }

std::string NginxServer::http_url(const std::string& path, const std::string& host) const {
  return fmt::format("http://{}:{}{}", host, http_port_, path);
}

std::string NginxServer::https_url(const std::string& path, CertKind kind,
                                   const std::string& host) const {
  return fmt::format("https://{}:{}{}", host, https_port(kind), path);
}

void NginxServer::write(const std::string& name, std::string_view content) const {
  // Written beside and renamed, so that a request never sees half a page.
  const auto path = options_.docroot / name;
  std::filesystem::create_directories(path.parent_path());
  std::filesystem::rename(dir_.write("page.new", content), path);
}

std::vector<std::string> NginxServer::requests() const {
  std::vector<std::string> lines;
  std::istringstream log{read_file(dir_ / "access.log")};
  for (std::string line; std::getline(log, line);) lines.push_back(line);
  return lines;
}

}  // namespace webmon::testing
