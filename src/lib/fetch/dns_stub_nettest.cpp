#include "lib/fetch/dns_stub_nettest.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace webmon::fetch {
namespace {

void put16(std::string& out, unsigned value) {
  out.push_back(static_cast<char>(value >> 8));
  out.push_back(static_cast<char>(value & 0xff));
}

}  // namespace

DnsStub::DnsStub(std::function<StubAnswer(const std::string&)> answer)
    : answer_{std::move(answer)} {
  fd_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no UDP port on loopback");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread{[this] { serve(); }};
}

DnsStub::~DnsStub() {
  is_closing_ = true;
  thread_.join();
  close(fd_);
}

void DnsStub::serve() {
  while (!is_closing_) {
    pollfd item{fd_, POLLIN, 0};
    if (poll(&item, 1, 20) != 1) continue;
    std::string query(512, '\0');
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const auto got =
        recvfrom(fd_, query.data(), query.size(), 0, reinterpret_cast<sockaddr*>(&peer), &size);
    if (got < 12) continue;
    query.resize(static_cast<std::size_t>(got));
    const auto answer = reply(query);
    if (!answer.empty()) {
      sendto(fd_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&peer), size);
    }
  }
}

/// RFC 1035 §4. The names of answers point back to the question.
std::string DnsStub::reply(const std::string& query) {
  std::string name;
  std::size_t at = 12;
  while (at < query.size() && query[at] != 0) {
    const auto length = static_cast<unsigned char>(query[at]);
    name += (name.empty() ? "" : ".") + query.substr(at + 1, length);
    at += length + 1U;
  }
  const bool is_v6 = query.at(at + 2) == 28;
  if (!is_v6) ++questions_;
  asks_whether_checked_ = (query.at(3) & 0x20) != 0;
  const auto answer = answer_(name);
  if (answer.is_silent) return {};
  const auto& addresses = is_v6 ? answer.v6 : answer.v4;
  std::string out = query.substr(0, 2);
  put16(out, 0x8180U | static_cast<unsigned>(answer.rcode));
  put16(out, 1);
  put16(out, answer.garbage.empty() ? static_cast<unsigned>(addresses.size()) : 1);
  put16(out, 0);
  put16(out, 0);
  out += query.substr(12, at + 5 - 12);
  if (!answer.garbage.empty()) return out + answer.garbage;
  for (const auto& text : addresses) {
    put16(out, 0xc00c);
    put16(out, is_v6 ? 28 : 1);
    put16(out, 1);
    put16(out, answer.ttl >> 16);
    put16(out, answer.ttl & 0xffff);
    std::string bytes(is_v6 ? 16 : 4, '\0');
    inet_pton(is_v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data());
    put16(out, static_cast<unsigned>(bytes.size()));
    out += bytes;
  }
  return out;
}

}  // namespace webmon::fetch
