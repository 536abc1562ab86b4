/// A non-blocking stream socket to Redis, as an owned descriptor. Private to lib/store.
#pragma once

#include <unistd.h>

#include <utility>

#include "lib/core/result.hpp"
#include "lib/store/redis.hpp"

namespace webmon::store {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) noexcept : fd_{fd} {}
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  Socket& operator=(Socket&& other) noexcept {
    close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  int get() const noexcept { return fd_; }
  bool is_open() const noexcept { return fd_ >= 0; }
  void close() noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

/// Begins to connect; the socket becomes writable when that has ended, then ask connect_result.
/// A host name (not an address) is looked up here, which blocks: configure addresses.
/// Errors: store_down, with the address and the reason.
Result<Socket> start_connect(const RedisAddress& address);
Result<void> connect_result(const Socket& socket);

}  // namespace webmon::store
