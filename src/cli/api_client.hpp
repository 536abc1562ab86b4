/// A client of the HTTP API (docs/api.md) for the command line: one request at a time, blocking,
/// bounded.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
    std::string if_match{};
    bool is_new = false;  ///< only if there is none: If-None-Match: *
    std::string idempotency_key{};
  };
  /// `path` begins with "/api/v1". Any answer with a status below 400 is returned. Errors say what
  /// happened, where, and what to do: bus_down (nobody there), timeout, not_found (404), stale
  /// (412), forbidden, bad_input (other 4xx), store_down (503), internal (other 5xx, or not what an
  /// API answers).
  Result<Answer> call(std::string_view method, const std::string& path);
  Result<Answer> call(std::string_view method, const std::string& path,
                      const boost::json::value& body, const Extra& extra);

  /// A body that is sent while it is read, and an answer that is read line by line (NDJSON):
  /// neither is held in memory.
  struct Stream {
    std::string content_type;
    std::string accept = "application/x-ndjson";
    std::vector<std::string> headers;  ///< further ones, "Name: value"
    /// The next bytes of the body: at most `size`, 0 at its end, nothing to break off. Not set: the
    /// request has no body.
    std::function<std::optional<std::size_t>(char* to, std::size_t size)> read;
    /// A line without its end; false: enough.
    std::function<bool(std::string_view line)> on_line;
    /// If set, asked at least once a second; false: enough.
    std::function<bool()> goes_on;
  };
  /// Has no deadline as a whole, but gives up when nothing moves for 90 s. Errors: as call();
  /// store_down if the answer breaks off.
  Result<void> stream(std::string_view method, const std::string& path, const Stream& stream);

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
