/// For tests of this folder: a fetcher on a loop of its own, and TCP servers that misbehave.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <thread>

#include "lib/fetch/fetcher.hpp"
#include "tests/support/wait_until.hpp"

namespace webmon::fetch {

inline FetcherConfig loopback_config() {
  FetcherConfig config;
  config.policy = AddressPolicy{{*parse_cidr("127.0.0.0/8"), *parse_cidr("::1/128")}, {}};
  return config;
}

struct FetchRig {
  explicit FetchRig(FetcherConfig config) : fetcher{loop, system_clock(), std::move(config)} {}

  void run_until(const std::function<bool()>& is_done, seconds limit = seconds{30}) {
    const auto end = system_clock().mono() + limit;
    while (!is_done()) {
      ASSERT_LT(system_clock().mono(), end) << "the fetch does not end";
      loop.turn(milliseconds{20});
    }
  }
  Page run(const FetchRequest& request) {
    std::optional<Page> result;
    fetcher.start(request, [&](Page&& page) { result = std::move(page); });
    run_until([&] { return result.has_value(); });
    return result ? std::move(*result) : Page{};
  }
  Page get(const std::string& url) {
    auto parsed = parse_url(url);
    if (!parsed) {
      ADD_FAILURE() << url << ": " << parsed.error().detail;
      return {};
    }
    FetchRequest request;
    request.url = *parsed;
    return run(request);
  }

  Loop loop;
  Fetcher fetcher;
};

/// A TCP server on 127.0.0.1, one connection at a time, each handled by `serve(fd)` in its thread.
class RawServer {
 public:
  explicit RawServer(std::function<void(int fd)> serve);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  std::uint16_t port() const noexcept { return port_; }
  std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::size_t connections() const noexcept { return connections_; }

 private:
  std::function<void(int)> serve_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> connections_{0};
  std::thread thread_;
};

/// Counts connections that nobody should make.
class Canary : public RawServer {
 public:
  Canary() : RawServer{[](int) {}} {}
};

/// Sends all of it; false when the peer is gone.
bool send_all(int fd, std::string_view bytes);
/// Reads until a blank line or the end.
std::string read_request(int fd);
/// Waits until the peer closes, at most 10 s.
void wait_for_close(int fd);

}  // namespace webmon::fetch
