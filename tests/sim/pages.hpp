/// The simulated web: answers after a while, mostly; sometimes it is down, slow, or different. A
/// page of a host that begins with "poison" kills the worker that fetched it.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "lib/fetch/fetcher.hpp"
#include "tests/sim/world.hpp"

namespace webmon::sim {

struct WebFaults {
  unsigned silent_permille = 0;  ///< until the fetch's own end
  unsigned slow_permille = 0;    ///< seconds
  unsigned down_permille = 0;
};

class SimPages final : public fetch::PageSource {
 public:
  /// `on_poison` is told instead of the caller.
  SimPages(World& world, Host& host, const WebFaults& faults,
           std::function<void(const Url&)> on_poison);
  ~SimPages() override;

  fetch::FetchId start(fetch::FetchRequest request, Done done) override;
  void cancel(fetch::FetchId id) override;
  std::size_t in_flight() const noexcept { return open_.size(); }

 private:
  struct Fetch {
    fetch::FetchRequest request;
    Done done;
    MonoTime began{};
    Loop::TimerId timer = 0;
  };
  void finish(fetch::FetchId id);
  Page page_of(const Fetch& fetch);

  World& world_;
  Host& host_;
  const WebFaults& faults_;
  std::function<void(const Url&)> on_poison_;
  std::map<fetch::FetchId, Fetch> open_;
  fetch::FetchId last_ = 0;
};

}  // namespace webmon::sim
