/// For the tests of this folder: the real Api on a thread of its own, a real redis-server, a small
/// control server that takes real snapshots, a PULL socket that receives Job IDs, and libcurl as
/// client.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "lib/bus/socket.hpp"
#include "lib/core/rng.hpp"
#include "lib/store/jobs.hpp"
#include "lib/store/redis.hpp"
#include "pipeline/api/api.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/wait_until.hpp"

namespace webmon::api {

struct HttpReply {
  long status = 0;                             ///< 0: no answer
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string text;
  boost::json::value body;   ///< null if it is not JSON
  std::string code() const;  ///< of a problem
  std::string at(
      std::string_view pointer) const;  ///< text or JSON of a member, empty if there is none
};

/// What the dispatcher does on `control`, as far as the api needs it.
class SnapshotServer {
 public:
  SnapshotServer(bus::Context& context, const webmon::testing::RedisServer& redis, std::string ns);
  ~SnapshotServer();
  const std::string& endpoint() const { return endpoint_; }
  std::atomic<int> soon{0};
  std::atomic<int> now{0};
  std::atomic<bool> is_silent{false};   ///< swallows requests
  std::atomic<bool> is_failing{false};  ///< answers store_refused

 private:
  void run();
  std::string take();
  const webmon::testing::RedisServer& redis_;
  std::string key_;
  bus::Socket socket_;
  std::string endpoint_;
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

/// Keeps a response for the comparison with /openapi.json (tests/openapi). ApiTest::call does it.
void keep_for_contract(const std::string& method, const std::string& target,
                       const HttpReply& reply);

class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  /// To be changed before start(), which SetUp calls unless `starts_itself`.
  ApiConfig config;
  void start();
  void stop();

  HttpReply call(const std::string& method, const std::string& path, const std::string& body = {},
                 std::vector<std::string> headers = {});
  HttpReply get(const std::string& path) { return call("GET", path); }
  HttpReply post(const std::string& path, const std::string& body,
                 std::vector<std::string> headers = {}) {
    return call("POST", path, body, std::move(headers));
  }
  /// Id of a new asset.
  std::string add(const std::string& url, const std::string& more = {});
  /// One Job ID from the `jobs` socket, or empty after a while.
  std::string next_job();

  /// Sends raw bytes over a connection of its own; everything that comes back until the server
  /// closes. `is_closed` tells whether it did within the limit.
  std::string raw(const std::string& bytes, bool* is_closed = nullptr,
                  milliseconds limit = seconds{10});
  int connect_raw();

  /// Runs a batch over a driver of the test's own.
  std::vector<store::Reply> redis_batch(store::Batch batch);

  webmon::testing::RedisServer redis;
  webmon::testing::TempDir dir;
  bus::Context bus_context;
  std::unique_ptr<SnapshotServer> control;
  std::unique_ptr<bus::Socket> jobs;
  store::Keys keys;
  SeededRng rng{11};
  std::unique_ptr<Api> server;
  std::thread thread;
};

}  // namespace webmon::api
