/// All that can be configured, of all processes. Defaults are the member initialisers of each
/// part's own struct, nowhere else. A value. What keys it has, and where from: config_keys.hpp.
#pragma once

#include <string>
#include <vector>

#include "lib/core/log.hpp"
#include "pipeline/api/api.hpp"
#include "pipeline/dispatcher/dispatcher.hpp"
#include "pipeline/executor/config.hpp"

namespace webmon::cli {

struct Settings {
  Settings();  // not here: inlined, GCC 12 takes parts of a temporary for uninitialised at -O2
  std::string data_dir;  ///< empty: default_data_dir()
  std::string redis = to_string(store::RedisAddress{});
  std::vector<std::string> allow_nets;
  std::string signature_rules;  ///< file or directory; empty: none beside Webmon's own
  LogConfig log;
  std::string log_file;                              ///< empty: standard error
  std::string dispatcher_metrics, executor_metrics;  ///< ADDRESS:PORT; empty: nowhere
  // What several parts have is read from one of them: `ns` of api, endpoints of dispatcher. Use the
  // functions below.
  ApiConfig api;
  dispatcher::DispatcherConfig dispatcher;
  executor::ExecutorConfig executor;
};

/// The parts' own configurations. `settings` has passed validation (config.hpp).
ApiConfig api_config(const Settings& settings);
dispatcher::DispatcherConfig dispatcher_config(const Settings& settings);
/// `own`: listeners of Webmon itself, never fetched.
executor::ExecutorConfig executor_config(const Settings& settings,
                                         std::vector<fetch::Listener> own);
store::RedisConfig redis_config(const Settings& settings);

}  // namespace webmon::cli
