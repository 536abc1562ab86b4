#include "pipeline/api/api.hpp"

#include <boost/asio.hpp>
#include <optional>

#include "lib/core/log.hpp"
#include "pipeline/api/routes.hpp"
#include "pipeline/api/server.hpp"

namespace webmon {

namespace asio = boost::asio;

struct Api::Impl {
  ApiConfig config;
  Clock& clock = system_clock();
  bus::Context bus;
  // Before what uses it; and what its pending handlers own must be gone before it: see ~Impl.
  asio::io_context context{1};
  store::Keys keys{config.ns};
  api::RedisSession redis{context, config.redis, keys, clock, system_rng(), config.journal};
  api::ControlClient control{context, bus, config.control_endpoint};
  asio::signal_set signals{context};
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
    shared.emplace(api::Context{redis, keys, *jobs, control, clock, system_rng(), config.limits});
    dispatch.emplace(*shared);
    api::Server::Answerer answerer = [this](api::Request request) {
      return dispatch->answer(std::move(request));
    };
    api::Server::ReadsStream reads_stream = [this](auto method, auto target) {
      return dispatch->reads_stream(method, target);
    };
    server.emplace(context, config.limits, system_rng(), std::move(answerer),
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

  void stop() {
    if (!server) return;
    server->stop([this] {
      redis.stop();
      control.stop();
      signals.cancel();
      context.stop();
    });
  }
};

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
  impl_->context.run();
  if (impl_->refused) return fail(*impl_->refused);
  return {};
}

void Api::stop() {
  asio::post(impl_->context, [impl = impl_.get()] { impl->stop(); });
}

}  // namespace webmon
