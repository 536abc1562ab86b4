#include "lib/metrics/listener.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <list>
#include <utility>

#include "lib/core/log.hpp"
#include "lib/metrics/exposition.hpp"

namespace webmon::metrics {
namespace {

constexpr milliseconds kPause{100};  // after accept has failed

class Fd {
 public:
  explicit Fd(int fd = -1) noexcept : fd_{fd} {}
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  Fd(Fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

Result<Fd> listen_on(const Place& place) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto& host = place.host;
  const auto service = std::to_string(place.port);
  if (const int rc = getaddrinfo(host.c_str(), service.c_str(), &hints, &found); rc != 0)
    return fail(Errc::bad_config, "metrics: \"" + host + "\": " + gai_strerror(rc));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> address{found, freeaddrinfo};
  Fd fd{socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  const int on = 1;
  if (fd.get() >= 0) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (fd.get() >= 0 && bind(fd.get(), address->ai_addr, address->ai_addrlen) == 0 &&
      listen(fd.get(), static_cast<int>(Listener::kMostConnections)) == 0)
    return fd;
  const int error = errno;
  const auto code = error == EADDRINUSE ? Errc::conflict : Errc::bad_config;
  return fail(code, "metrics cannot be served on " + host + " port " + service + ": " +
                        std::strerror(error));
}

std::string response(std::string_view status, std::string_view type, std::string_view body,
                     bool is_head = false) {
  std::string text{"HTTP/1.1 "};
  text += status;
  text += "\r\nContent-Type: ";
  text += type;
  text += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
  if (!is_head) text += body;
  return text;
}

std::string refusal(std::string_view status, std::string_view why) {
  return response(status, "text/plain; charset=utf-8", std::string{why} + "\n");
}

}  // namespace

std::string answer_to(std::string_view head, const Listener::Scrape& scrape) {
  const auto line = head.substr(0, head.find("\r\n"));
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == line.npos || first == last || !line.substr(last + 1).starts_with("HTTP/1."))
    return refusal("400 Bad Request", "not a request of HTTP/1");
  const auto method = line.substr(0, first);
  auto target = line.substr(first + 1, last - first - 1);
  target = target.substr(0, target.find('?'));
  if (target != "/metrics") return refusal("404 Not Found", "the metrics are at /metrics");
  if (method != "GET" && method != "HEAD") return refusal("405 Method Not Allowed", "GET or HEAD");
  return response("200 OK", kContentType, scrape(), method == "HEAD");
}

struct Listener::Impl {
  struct Connection {
    Fd fd;
    std::string head;
    std::string unsent;  ///< the answer, once there is one
    std::size_t sent = 0;
    Loop::TimerId timer = 0;
  };
  using At = std::list<Connection>::iterator;

  Impl(Loop& l, Fd listening, Scrape s) : loop{l}, fd{std::move(listening)}, scrape{std::move(s)} {
    loop.watch(fd.get(), Loop::kRead, [this](unsigned) { accept_all(); });
  }
  ~Impl() {
    loop.cancel(resume);
    loop.unwatch(fd.get());
    while (!connections.empty()) end(connections.begin());
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void accept_all() {
    for (std::size_t i = 0; i < kMostConnections; ++i) {  // the rest is for the next turn
      Fd peer{accept4(fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (peer.get() < 0) return pause_unless_none();
      if (connections.size() >= kMostConnections) end(connections.begin());
      const auto at = connections.emplace(connections.end());
      at->fd = std::move(peer);
      at->timer = loop.after(kPatience, [this, at] { end(at); });
      loop.watch(at->fd.get(), Loop::kRead, [this, at](unsigned) { go_on(at); });
    }
  }

  // Without a free descriptor the listener would stay readable, and the loop would not rest.
  void pause_unless_none() {
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return;
    loop.change(fd.get(), 0);
    resume = loop.after(kPause, [this] { loop.change(fd.get(), Loop::kRead); });
  }

  void go_on(At at) {
    if (at->unsent.empty())
      read(at);
    else
      write(at);
  }

  void read(At at) {
    std::array<char, 4'096> bytes;
    const auto size = recv(at->fd.get(), bytes.data(), bytes.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return end(at);
    at->head.append(bytes.data(), static_cast<std::size_t>(size));
    const auto whole = at->head.find("\r\n\r\n");
    if (whole != std::string::npos)
      at->unsent = answer_to(std::string_view{at->head}.substr(0, whole), scrape);
    else if (at->head.size() > kMostHeadBytes)
      at->unsent = refusal("431 Request Header Fields Too Large", "too long");
    else
      return;
    loop.change(at->fd.get(), Loop::kWrite);
    write(at);
  }

  void write(At at) {
    const auto size = send(at->fd.get(), at->unsent.data() + at->sent, at->unsent.size() - at->sent,
                           MSG_NOSIGNAL);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size > 0) at->sent += static_cast<std::size_t>(size);
    if (size < 0 || at->sent == at->unsent.size()) end(at);
  }

  void end(At at) {
    loop.cancel(at->timer);
    loop.unwatch(at->fd.get());
    connections.erase(at);
  }

  Loop& loop;
  Fd fd;
  Scrape scrape;
  std::list<Connection> connections;  ///< oldest first
  Loop::TimerId resume = 0;
};

Listener::Listener(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Listener::~Listener() = default;

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, const Place& place, Scrape scrape) {
  auto fd = listen_on(place);
  if (!fd) return fail(std::move(fd.error()));
  std::unique_ptr<Listener> listener{
      new Listener{std::make_unique<Impl>(loop, std::move(*fd), std::move(scrape))}};
  log_info("metrics are served", {{"address", place.host}, {"port", listener->port()}});
  return listener;
}

std::uint16_t Listener::port() const noexcept {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(impl_->fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  const bool is_v6 = address.ss_family == AF_INET6;
  return ntohs(is_v6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                     : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace webmon::metrics
