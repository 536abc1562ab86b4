/// libcurl's multi_socket interface driven by the loop: many transfers, one thread, no polling.
/// Threads: owned by the loop's.   Source: libcurl-multi(3), curl_multi_socket_action(3).
#pragma once

#include <functional>
#include <memory>

#include "lib/loop/loop.hpp"

namespace webmon::fetch {

/// A CURL easy handle; libcurl's own type is void* to its users.
using EasyHandle = void*;

class CurlMulti {
 public:
  /// `code` is a CURLcode. The handle has been removed already. Never called from a libcurl
  /// callback.
  using Done = std::function<void(EasyHandle easy, int code)>;

  /// Throws std::runtime_error if libcurl gives no multi handle.
  CurlMulti(Loop& loop, Done done);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  /// Both only outside libcurl's callbacks. Errors: a CURLMcode, 0 if all is well.
  int add(EasyHandle easy);
  /// Closes its connection unless that is kept alive. `done` will not be called.
  void remove(EasyHandle easy);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace webmon::fetch
