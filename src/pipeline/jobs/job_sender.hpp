/// Sends Job IDs to the dispatcher. A message is only a hint: Redis has the job already, so an ID
/// that cannot be sent now is picked up by the dispatcher's due scan, kHintGrace later.
#pragma once

#include <string>

#include "lib/bus/socket.hpp"
#include "lib/core/id.hpp"
#include "lib/core/result.hpp"

namespace webmon {

class JobSender {
 public:
  virtual ~JobSender() = default;
  /// Never blocks. False: nobody there or the queue is full; nothing was sent.
  virtual bool send(JobId id) noexcept = 0;
};

/// The real one: PUSH to the dispatcher's `jobs` endpoint. Threads: that of its creator.
class BusJobSender final : public JobSender {
 public:
  /// Connects; the dispatcher need not be there yet. Errors: bus_down, bad_config, forbidden.
  static Result<BusJobSender> open(bus::Context& context, const std::string& jobs_endpoint);
  bool send(JobId id) noexcept override;

 private:
  explicit BusJobSender(bus::Socket socket) : socket_{std::move(socket)} {}
  bus::Socket socket_;
};

}  // namespace webmon
