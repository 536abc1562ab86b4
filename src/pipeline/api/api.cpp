#include "pipeline/api/api.hpp"

#include <boost/asio.hpp>
#include <optional>

#include "lib/core/log.hpp"
#include "pipeline/api/event_feed.hpp"
#include "pipeline/api/fleet_view.hpp"
#include "pipeline/api/routes.hpp"
#include "pipeline/api/server.hpp"

namespace webmon {

namespace asio = boost::asio;

struct Api::Impl {
  ApiConfig config;
  Clock& clock = system_clock();
  bus::Context bus;
  api::Counters counters;  // streams that the context still holds at its end count down
  api::FleetCache fleet;
  // Before what uses it; and what its pending handlers own must be gone before it: see ~Impl.
  asio::io_context context{1};
  store::Keys keys{config.ns};
  api::RedisSession redis{context, config.redis, keys, clock, system_rng(), config.journal};
  api::ControlClient control{context, bus, config.control_endpoint};
  api::EventFeed events{context};
  asio::signal_set signals{context};
  asio::signal_set hangups{context};
  std::optional<BusJobSender> sender;
  std::optional<JobsApi> jobs;
  std::optional<api::Context> shared;
  std::optional<api::Dispatch> dispatch;
  std::optional<api::Server> server;
  std::uint16_t port = 0;
  std::optional<Error> refused;

  explicit Impl(ApiConfig wanted) : config{std::move(wanted)} {}

  Result<void> start() {
    auto opened = BusJobSender::open(bus, config.jobs_endpoint);
    if (!opened) return fail(std::move(opened.error()));
    sender.emplace(std::move(*opened));
    jobs.emplace(redis, keys, *sender, clock, system_rng());
    shared.emplace(api::Context{redis, keys, *jobs, control, events, clock, system_rng(),
                                config.limits, counters, fleet});
    dispatch.emplace(*shared);
    api::Server::Answerer answerer = [this](api::Request request) {
      return dispatch->answer(std::move(request));
    };
    api::Server::ReadsStream reads_stream = [this](auto method, auto target) {
      return dispatch->reads_stream(method, target);
    };
    server.emplace(context, config.limits, system_rng(), counters, std::move(answerer),
                   std::move(reads_stream));
    if (auto ok = server->listen(config.listen); !ok) return ok;
    port = server->port();
    redis.on_refused([this](const Error& error) {
      refused = error;
      stop();
    });
    redis.on_replayed([this] { control.snapshot_soon(); });
    redis.start();
    log_info("api listens", {{"address", config.listen}, {"port", port}});
    return {};
  }

  void wait_for_hangup() {
    hangups.async_wait([this](boost::system::error_code ec, int) {
      if (ec) return;
      config.on_hangup();
      wait_for_hangup();
    });
  }

  void stop() {
    if (!server) return;
    server->stop([this] {
      redis.stop();
      control.stop();
      signals.cancel();
      hangups.cancel();
      context.stop();
    });
  }
};

void Api::set_limits(const ApiLimits& limits) {
  impl_->shared->limits = limits;
  impl_->server->set_limits(limits);
}

Api::Api(ApiConfig config) : impl_{std::make_unique<Impl>(std::move(config))} {}

Api::~Api() = default;

Result<void> Api::start() { return impl_->start(); }

std::uint16_t Api::port() const noexcept { return impl_->port; }

Result<void> Api::run() {
  if (impl_->config.stops_on_signals) {
    impl_->signals.add(SIGINT);
    impl_->signals.add(SIGTERM);
    impl_->signals.async_wait([impl = impl_.get()](boost::system::error_code ec, int) {
      if (!ec) impl->stop();
    });
  }
  if (impl_->config.on_hangup) {
    impl_->hangups.add(SIGHUP);
    impl_->wait_for_hangup();
  }
  impl_->context.run();
  if (impl_->refused) return fail(*impl_->refused);
  return {};
}

void Api::stop() {
  asio::post(impl_->context, [impl = impl_.get()] { impl->stop(); });
}

}  // namespace webmon
