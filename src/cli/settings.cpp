#include "cli/settings.hpp"

#include "cli/metrics_address.hpp"
#include "cli/nets.hpp"

namespace webmon::cli {

Settings::Settings() = default;

store::RedisConfig redis_config(const Settings& settings) {
  auto config = settings.executor.redis;
  config.address = store::parse_redis_address(settings.redis).value();
  return config;
}

ApiConfig api_config(const Settings& settings) {
  auto config = settings.api;
  config.redis.address = redis_config(settings).address;
  config.jobs_endpoint = settings.dispatcher.endpoints.jobs;
  config.control_endpoint = settings.dispatcher.endpoints.control;
  return config;
}

dispatcher::DispatcherConfig dispatcher_config(const Settings& settings) {
  auto config = settings.dispatcher;
  config.ns = settings.api.ns;
  if (config.lock_file.empty() && !config.redis_dir.empty())
    config.lock_file = config.redis_dir / "dispatcher.lock";
  return config;
}

executor::ExecutorConfig executor_config(const Settings& settings,
                                         std::vector<fetch::Listener> own) {
  auto config = settings.executor;
  config.redis = redis_config(settings);
  config.keys = store::Keys{settings.api.ns};
  config.metrics_at = parse_metrics_address(settings.executor_metrics).value();
  config.work_endpoint = settings.dispatcher.endpoints.work;
  config.fetch.policy =
      fetch::AddressPolicy{parse_nets(settings.allow_nets).value(), std::move(own)};
  return config;
}

}  // namespace webmon::cli
