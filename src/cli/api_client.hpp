/// A client of the HTTP API (docs/api.md) for the command line: one request at a time, blocking,
/// bounded.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"

namespace CLI {
class App;
}

namespace webmon::cli {

struct Answer {
  int status = 0;
  boost::json::value body;  ///< null if there was none
  std::string etag;
};

class ApiClient {
 public:
  /// `server`: "http://127.0.0.1:8080".
  explicit ApiClient(std::string server, milliseconds timeout = seconds{60});
  ~ApiClient();
  ApiClient(ApiClient&&) noexcept;
  ApiClient& operator=(ApiClient&&) noexcept;

  struct Extra {
    std::string if_match;
    std::string idempotency_key;
  };
  /// `path` begins with "/api/v1". Any answer with a status below 400 is returned. Errors say what
  /// happened, where, and what to do: bus_down (nobody there), timeout, not_found (404), stale
  /// (412), forbidden, bad_input (other 4xx), store_down (503), internal (other 5xx, or not what an
  /// API answers).
  Result<Answer> call(std::string_view method, const std::string& path);
  Result<Answer> call(std::string_view method, const std::string& path,
                      const boost::json::value& body, const Extra& extra);

  /// Calls `each` for the items of a list, page by page. `path` may have a query.
  Result<void> for_each(const std::string& path,
                        const std::function<void(const boost::json::value&)>& each);

  const std::string& server() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// For a URL query.
std::string percent_encode(std::string_view text);

/// What every client command understands: --server, --data-dir, --json.
struct ClientOptions {
  std::string server;
  std::string data_dir;
  bool is_json = false;
};
void add_client_options(CLI::App& command, ClientOptions& options);

/// The server: --server, else WEBMON_SERVER, else what runs on the data directory, else the
/// default.
ApiClient client_for(const ClientOptions& options);

}  // namespace webmon::cli
