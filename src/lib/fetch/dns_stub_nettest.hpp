/// A name server for tests: answers on a UDP port of 127.0.0.1 what a function says.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace webmon::fetch {

struct StubAnswer {
  std::vector<std::string> v4, v6;
  std::uint32_t ttl = 60;
  int rcode = 0;  ///< 3: no such name; 2: failure
  bool is_silent = false;
  std::string garbage = {};  ///< in place of a record, as it is
};

class DnsStub {
 public:
  explicit DnsStub(std::function<StubAnswer(const std::string& name)> answer);
  ~DnsStub();
  DnsStub(const DnsStub&) = delete;
  DnsStub& operator=(const DnsStub&) = delete;
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// Questions for IPv4 addresses so far.
  int questions() const noexcept { return questions_; }
  /// The last question had AD set (RFC 6840 §5.7).
  bool asks_whether_checked() const noexcept { return asks_whether_checked_; }

 private:
  void serve();
  std::string reply(const std::string& query);
  std::function<StubAnswer(const std::string&)> answer_;
  int fd_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> questions_{0};
  std::atomic<bool> asks_whether_checked_{false};
  std::atomic<bool> is_closing_{false};
  std::thread thread_;
};

}  // namespace webmon::fetch
