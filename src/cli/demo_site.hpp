/// The demo site of `webmon up --demo`: a small real HTTP server on loopback with pages that
/// behave. Each page has an address of its own (127.0.0.x, x counting up from the first), as if
/// they were different hosts.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/ports.hpp"
#include "lib/core/rng.hpp"
#include "lib/loop/loop.hpp"

namespace webmon::cli {

enum class DemoPage : std::uint8_t {
  home,     ///< always the same
  blog,     ///< a new comment now and then
  shop,     ///< offers rotate; prices, tokens and counts change on each fetch
  slow,     ///< answers after 300 to 800 ms
  failing,  ///< 503
  news  ///< defaced after its kDefacedAfter-th fetch: headline replaced, iframe and script injected
};
inline constexpr std::array kDemoPages{DemoPage::home, DemoPage::blog,    DemoPage::shop,
                                       DemoPage::slow, DemoPage::failing, DemoPage::news};
inline constexpr unsigned kDefacedAfter = 68;

struct DemoAnswer {
  int status = 200;
  milliseconds delay{0};
  std::string body;
};

/// What the page is at its `fetch`-th fetch (from 1). Pure but for `rng`.
DemoAnswer demo_answer(DemoPage page, unsigned fetch, Rng& rng);

/// The answer to a request with that head. Only checks count as fetches: not a browser's, a
/// crawler's, nor requests for anything else, which is not there.
DemoAnswer demo_response(DemoPage page, std::string_view head, unsigned& fetches, Rng& rng);

/// Where each page is when the first is at `first`. Errors: bad_config, if that is not 127.x.y.z
/// with room after it.
Result<std::vector<HostPort>> demo_addresses(const HostPort& first);
/// "http://127.0.0.11:8090/blog".
std::string demo_url(DemoPage page, const HostPort& address);

/// Serves until it is destroyed. Threads: the loop's.
class DemoSite {
 public:
  DemoSite(Loop& loop, Rng& rng);
  ~DemoSite();
  /// Errors: conflict, bad_config.
  Result<void> listen(const HostPort& first);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace webmon::cli
