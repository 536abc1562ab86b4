/// The control channel: a ROUTER that answers REQ and DEALER clients. Knows the envelope; what a
/// command does is its owner's. Whatever comes in, it goes on. Threads: the loop's.
#pragma once

#include <functional>
#include <memory>

#include "lib/bus/network.hpp"
#include "lib/wire/frames.hpp"
#include "pipeline/dispatcher/counters.hpp"

namespace webmon::dispatcher {

class Control {
 public:
  using Reply = std::function<void(std::string)>;  ///< to be called once, at once or later, while
                                                   ///< the Control lives
  using Handler = std::function<void(wire::Command, Reply)>;

  Control(Loop& loop, Counters& counters, Handler handler)
      : loop_{loop}, counters_{counters}, handler_{std::move(handler)} {}

  /// Errors: as Network::bind.
  Result<void> bind(bus::Network& network, const std::string& endpoint);
  std::string endpoint() const { return channel_ ? channel_->endpoint() : std::string{}; }

 private:
  void take();
  void answer(const bus::Frames& envelope, std::string text);

  Loop& loop_;
  Counters& counters_;
  Handler handler_;
  std::unique_ptr<bus::Channel> channel_;
};

}  // namespace webmon::dispatcher
