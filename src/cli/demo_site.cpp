#include "cli/demo_site.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstring>
#include <map>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "lib/fetch/ip.hpp"

namespace webmon::cli {
namespace {

constexpr std::size_t kMaxHead = 16'384;
constexpr std::size_t kMaxClients = 512;
constexpr seconds kPatience{20};

std::string_view name_of(DemoPage page) {
  constexpr std::array<std::string_view, kDemoPages.size()> kNames{"",        "blog",   "shop",
                                                                   "archive", "offers", "news"};
  return kNames[static_cast<std::size_t>(page)];
}

std::string_view reason_of(int status) {
  return status == 200 ? "200 OK" : status == 404 ? "404 Not Found" : "503 Service Unavailable";
}

std::string message(const DemoAnswer& answer) {
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nServer: "
      "demo\r\n"
      "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{}",
      reason_of(answer.status), answer.body.size(), answer.body);
}

Result<int> open_listener(const HostPort& address) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(address.port);
  inet_pton(AF_INET, address.host.c_str(), &in.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr generic{};
  std::memcpy(&generic, &in, sizeof in);
  if (fd >= 0 && bind(fd, &generic, sizeof in) == 0 && ::listen(fd, 64) == 0) return fd;
  const auto reason =
      fmt::format("the demo site cannot listen on {}: {}", to_string(address), strerror(errno));
  if (fd >= 0) close(fd);
  return fail(Errc::conflict, reason);
}

}  // namespace

Result<std::vector<HostPort>> demo_addresses(const HostPort& first) {
  const auto ip = fetch::parse_ip(first.host);
  if (!ip || ip->is_v6 || ip->bytes[0] != 127 || ip->bytes[3] > 255 - kDemoPages.size())
    return fail(Errc::bad_config,
                "--demo-listen " + to_string(first) + ": must be 127.x.y.z with z below 250");
  std::vector<HostPort> out;
  auto next = *ip;
  for (std::size_t i = 0; i < kDemoPages.size(); ++i, ++next.bytes[3])
    out.push_back({fetch::to_text(next), first.port});
  return out;
}

std::string demo_url(DemoPage page, const HostPort& address) {
  return fmt::format("http://{}/{}", to_string(address), name_of(page));
}

DemoAnswer demo_response(DemoPage page, std::string_view head, unsigned& fetches, Rng& rng) {
  const auto target = fmt::format("GET /{} ", name_of(page));
  if (!head.starts_with(target)) return {.status = 404, .body = "<p>There is no such page."};
  const bool is_check = head.find("\r\nUser-Agent: webmon/") != head.npos;
  if (is_check) ++fetches;
  return demo_answer(page, std::max(fetches, 1U), rng);
}

struct DemoSite::Impl {
  struct Client {
    DemoPage page{};
    std::string in, out;
    Loop::TimerId answer_timer = 0, deadline = 0;
  };
  Loop& loop;
  Rng& rng;
  std::map<int, Client> clients;
  std::vector<int> listeners;
  std::array<unsigned, kDemoPages.size()> fetches{};

  void accept_from(int listener, DemoPage page);
  void on_event(int fd, unsigned events);
  void read_head(int fd, Client& client);
  void write_rest(int fd, Client& client);
  void drop(int fd);
};

void DemoSite::Impl::accept_from(int listener, DemoPage page) {
  for (;;) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (clients.size() >= kMaxClients) {
      close(fd);
      continue;
    }
    auto& client = clients[fd];
    client.page = page;
    client.deadline = loop.after(kPatience, [this, fd] { drop(fd); });
    loop.watch(fd, Loop::kRead, [this, fd](unsigned events) { on_event(fd, events); });
  }
}

void DemoSite::Impl::on_event(int fd, unsigned events) {
  auto& client = clients.at(fd);
  if (!client.out.empty()) {
    if ((events & Loop::kWrite) != 0) write_rest(fd, client);
  } else {
    read_head(fd, client);
  }
}

void DemoSite::Impl::read_head(int fd, Client& client) {
  std::array<char, 4096> bytes{};
  const auto got = recv(fd, bytes.data(), bytes.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0 || client.in.size() > kMaxHead) return drop(fd);
  client.in.append(bytes.data(), static_cast<std::size_t>(got));
  if (client.answer_timer != 0 || client.in.find("\r\n\r\n") == std::string::npos) return;
  auto& count = fetches[static_cast<std::size_t>(client.page)];
  const auto answer = demo_response(client.page, client.in, count, rng);
  client.answer_timer = loop.after(answer.delay, [this, fd, text = message(answer)]() mutable {
    auto& waiting = clients.at(fd);
    waiting.out = std::move(text);
    loop.change(fd, Loop::kWrite);
  });
}

void DemoSite::Impl::write_rest(int fd, Client& client) {
  const auto sent = send(fd, client.out.data(), client.out.size(), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (sent < 0) return drop(fd);
  client.out.erase(0, static_cast<std::size_t>(sent));
  if (client.out.empty()) drop(fd);
}

void DemoSite::Impl::drop(int fd) {
  const auto client = clients.find(fd);
  if (client == clients.end()) return;
  loop.cancel(client->second.answer_timer);
  loop.cancel(client->second.deadline);
  loop.unwatch(fd);
  close(fd);
  clients.erase(client);
}

DemoSite::DemoSite(Loop& loop, Rng& rng)
    : impl_{std::make_unique<Impl>(
          Impl{.loop = loop, .rng = rng, .clients = {}, .listeners = {}, .fetches = {}})} {}

DemoSite::~DemoSite() {
  while (!impl_->clients.empty()) impl_->drop(impl_->clients.begin()->first);
  for (const int fd : impl_->listeners) {
    impl_->loop.unwatch(fd);
    close(fd);
  }
}

Result<void> DemoSite::listen(const HostPort& first) {
  const auto addresses = demo_addresses(first);
  if (!addresses) return fail(addresses.error());
  for (std::size_t i = 0; i < kDemoPages.size(); ++i) {
    const auto fd = open_listener((*addresses)[i]);
    if (!fd) return fail(fd.error());
    impl_->listeners.push_back(*fd);
    impl_->loop.watch(*fd, Loop::kRead, [this, fd = *fd, page = kDemoPages[i]](unsigned) {
      impl_->accept_from(fd, page);
    });
  }
  return {};
}

namespace {

int serve(const std::string& listen) {
  const auto first = parse_host_port(listen);
  if (!first) return failed(first.error());
  Loop loop;
  StopSignals signals;
  DemoSite site{loop, system_rng()};
  if (auto listening = site.listen(*first); !listening) return failed(listening.error());
  signals.attach(loop, [&] { loop.stop(); });
  loop.run();
  signals.detach();
  return kOk;
}

}  // namespace

void add_demo_site(CLI::App& root, int& status) {
  auto listen = std::make_shared<std::string>("127.0.0.11:8090");
  auto* command = root.add_subcommand("demo-site", "")->group("");
  command->add_option("--listen", *listen)->capture_default_str();
  command->callback([listen, &status] { status = serve(*listen); });
}

}  // namespace webmon::cli
