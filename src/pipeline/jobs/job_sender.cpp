#include "pipeline/jobs/job_sender.hpp"

#include "lib/wire/frames.hpp"

namespace webmon {

Result<BusJobSender> BusJobSender::open(bus::Context& context, const std::string& jobs_endpoint) {
  auto socket = bus::Socket::open(context, bus::Role::job_sender);
  if (!socket) return fail(std::move(socket.error()));
  if (auto connected = socket->connect(jobs_endpoint); !connected) {
    return fail(std::move(connected.error()));
  }
  return BusJobSender{std::move(*socket)};
}

bool BusJobSender::send(JobId id) noexcept { return socket_.send(wire::job_frame(id)); }

}  // namespace webmon
