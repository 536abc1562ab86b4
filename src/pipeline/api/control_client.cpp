#include "pipeline/api/control_client.hpp"

#include <algorithm>
#include <boost/asio.hpp>

#include "pipeline/api/control_call.hpp"

namespace webmon::api {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

using Done = std::function<void(Result<std::uint64_t>)>;

constexpr milliseconds kSoonFirst{1'000};
constexpr milliseconds kSoonMost{30'000};

Result<std::uint64_t> epoch_of(const Result<boost::json::object>& reply) {
  if (!reply) return fail(reply.error());
  const auto* epoch = reply->if_contains("epoch");
  if (epoch == nullptr || !epoch->is_number())
    return fail(Errc::bad_frame, "a reply without epoch");
  error_code ec;
  const auto number = epoch->to_number<std::uint64_t>(ec);
  if (ec) return fail(Errc::bad_frame, "a reply with a bad epoch");
  return number;
}

}  // namespace

struct ControlClient::Impl : std::enable_shared_from_this<ControlClient::Impl> {
  asio::io_context& context;
  bus::Context& bus;
  std::string endpoint;
  bool is_stopped = false;

  bool is_soon_running = false;
  bool is_soon_wanted = false;
  milliseconds soon_limit = kSoonFirst;

  Impl(asio::io_context& io, bus::Context& bus_context, std::string where)
      : context{io}, bus{bus_context}, endpoint{std::move(where)} {}

  void soon() {
    is_soon_wanted = true;
    if (is_soon_running || is_stopped) return;
    is_soon_running = true;
    is_soon_wanted = false;
    control_call(context, bus, endpoint, wire::Command::snapshot_soon, soon_limit,
                 [self = shared_from_this()](auto reply) {
                   self->is_soon_running = false;
                   if (!reply && reply.error().code == Errc::timeout) {
                     self->soon_limit = std::min(self->soon_limit * 2, kSoonMost);
                     self->is_soon_wanted = true;
                   } else {
                     self->soon_limit = kSoonFirst;
                   }
                   if (self->is_soon_wanted) self->soon();
                 });
  }

  /// The dispatcher coalesces; here each call is on its own, so that one lost reply delays nobody
  /// else.
  void now(milliseconds limit, Done done) {
    control_call(context, bus, endpoint, wire::Command::snapshot_now, limit,
                 [done = std::move(done)](auto reply) { done(epoch_of(reply)); });
  }
};

ControlClient::ControlClient(asio::io_context& context, bus::Context& bus, std::string endpoint)
    : impl_{std::make_shared<Impl>(context, bus, std::move(endpoint))} {}

ControlClient::~ControlClient() = default;

void ControlClient::snapshot_soon() { impl_->soon(); }

Awaitable<Result<std::uint64_t>> ControlClient::snapshot_now(milliseconds limit) {
  using Epoch = Result<std::uint64_t>;
  std::function<void(std::function<void(Epoch)>)> start = [impl = impl_, limit](Done done) {
    impl->now(limit, std::move(done));
  };
  co_return co_await wait_for<Epoch>(std::move(start));
}

void ControlClient::stop() { impl_->is_stopped = true; }

}  // namespace webmon::api
