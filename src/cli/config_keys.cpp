#include "cli/config_keys.hpp"

#include <algorithm>
#include <cctype>

#include "cli/config_checks.hpp"

namespace webmon::cli {
namespace {

constexpr double kSecond = 1'000;  // ms
constexpr double kMinute = 60 * kSecond;
constexpr double kDay = 24 * 60 * kMinute;
constexpr double kKiB = 1'024;
constexpr double kMiB = 1'024 * kKiB;
constexpr double kLeastOf = milliseconds{kLeastInterval}.count();
constexpr double kMostOf = milliseconds{kMostInterval}.count();

ValueRule count(double least, double most) {
  return {.type = KeyType::count, .least = least, .most = most};
}
ValueRule duration(double least, double most) {
  return {.type = KeyType::duration, .least = least, .most = most};
}
ValueRule text(Result<void> (*check)(const std::string&) = nullptr) {
  return {.type = KeyType::text, .check = check};
}
ValueRule texts(Result<void> (*check)(const std::string&)) {
  return {.type = KeyType::texts, .check = check};
}
ValueRule choice(std::vector<std::string> choices) {
  return {.type = KeyType::text, .choices = std::move(choices)};
}

template <class Access>
Key row(Key key, Access field) {
  key.read = [field](const Settings& settings) { return to_value(field(settings)); };
  key.write = [field](Settings& settings, const Value& value) {
    set_field(field(settings), value);
  };
  return key;
}

Key live(Key key) {
  key.is_live = true;
  return key;
}

Key flag(std::string_view name, unsigned of, Key key) {
  key.flag = name;
  key.flag_of = of;
  return key;
}

// The field of Settings that a row is about.
#define FIELD(path) \
  [](auto& settings) -> auto& { return settings.path; }

std::vector<Key> top_keys() {
  return {
      row({.name = "ns",
           .rule = text(check_ns),
           .flag = "--ns",
           .flag_of = kServers,
           .meaning = "Prefix of all keys in Redis"},
          FIELD(api.ns)),
      row({.name = "data_dir",
           .rule = text(),
           .used_by = kUp,
           .flag = "--data-dir",
           .flag_of = kUp,
           .meaning = "Where Redis saves, and where other commands find this Webmon; empty: "
                      "$XDG_DATA_HOME/webmon or ~/.local/share/webmon"},
          FIELD(data_dir)),
      row({.section = "redis",
           .name = "address",
           .rule = text(check_redis),
           .used_by = kApi | kDispatcher | kExecutor,
           .flag = "--redis",
           .flag_of = kApi | kDispatcher | kExecutor,
           .meaning = "unix:/path or host:port; `webmon up` has a Redis of its own"},
          FIELD(redis)),
  };
}

std::vector<Key> api_keys() {
  const auto limit = [](std::string_view name, ValueRule rule, std::string_view meaning,
                        auto field) {
    return row({.section = "api",
                .name = name,
                .rule = std::move(rule),
                .used_by = kUp | kApi,
                .is_live = true,
                .meaning = meaning},
               field);
  };
  const auto timeout = duration(100, 10 * kMinute);
  return {
      row({.section = "api",
           .name = "listen",
           .rule = text(check_listen),
           .used_by = kUp | kApi,
           .flag = "--listen",
           .flag_of = kUp | kApi,
           .meaning = "ADDRESS:PORT of the HTTP API, on loopback; port 0: any free one"},
          FIELD(api.listen)),
      limit("connections", count(1, 100'000), "Connections at once; more are answered with 503",
            FIELD(api.limits.connections)),
      limit("header_bytes", count(kKiB, kMiB), "Longest header of a request",
            FIELD(api.limits.header_bytes)),
      limit("body_bytes", count(kKiB, 64 * kMiB), "Longest body of a request",
            FIELD(api.limits.body_bytes)),
      limit("stream_bytes", count(kMiB, 1'024 * kKiB * kMiB),
            "Longest body that is read in parts (assets in bulk)", FIELD(api.limits.stream_bytes)),
      limit("header_timeout", timeout, "From the first byte of a request to the end of its header",
            FIELD(api.limits.header_timeout)),
      limit("body_timeout", timeout, "For the body of a request", FIELD(api.limits.body_timeout)),
      limit("idle_timeout", timeout,
            "Between two requests of a connection, and for a client to take its answer",
            FIELD(api.limits.idle_timeout)),
      limit("snapshot_timeout", timeout, "How long ?wait=snapshot waits",
            FIELD(api.limits.snapshot_timeout)),
      limit("drain_timeout", timeout, "For requests under way when it stops",
            FIELD(api.limits.drain_timeout)),
  };
}

std::vector<Key> dispatcher_keys() {
  const auto endpoint = [](std::string_view name, std::string_view flag, unsigned used_by,
                           std::string_view meaning, auto field) {
    return row({.section = "dispatcher",
                .name = name,
                .rule = text(check_endpoint),
                .used_by = used_by | kUp | kDispatcher,
                .flag = flag,
                .flag_of = used_by | kDispatcher,
                .meaning = meaning},
               field);
  };
  return {
      endpoint("jobs", "--jobs", kApi, "Where Job IDs arrive (PULL)",
               FIELD(dispatcher.endpoints.jobs)),
      endpoint("work", "--work", kExecutor, "Where executors fetch Job IDs (PUSH)",
               FIELD(dispatcher.endpoints.work)),
      endpoint("control", "--control", kApi, "Where commands arrive (ROUTER)",
               FIELD(dispatcher.endpoints.control)),
      row({.section = "dispatcher",
           .name = "run_retention",
           .rule = duration(kLeastOf, kMostOf),
           .used_by = kUp | kDispatcher,
           .flag = "--run-retention",
           .flag_of = kUp | kDispatcher,
           .meaning = "How long a run and its jobs stay after its end"},
          FIELD(dispatcher.run_retention)),
      row({.section = "dispatcher",
           .name = "redis_dir",
           .rule = text(),
           .used_by = kDispatcher,
           .flag = "--redis-dir",
           .flag_of = kDispatcher,
           .meaning = "Directory of dump.rdb, if Redis is on this host: generations are kept "
                      "there; `webmon up` uses its data directory"},
          FIELD(dispatcher.redis_dir)),
      row({.section = "dispatcher",
           .name = "lock_file",
           .rule = text(),
           .used_by = kUp | kDispatcher,
           .flag = "--lock-file",
           .flag_of = kDispatcher,
           .meaning = "Held while it runs; empty: dispatcher.lock in redis_dir, if that is given"},
          FIELD(dispatcher.lock_file)),
  };
}

std::vector<Key> schedule_keys() {
  const ValueRule interval{.type = KeyType::interval, .least = kLeastOf, .most = kMostOf};
  const ValueRule tags{.type = KeyType::tag_intervals, .least = kLeastOf, .most = kMostOf};
  return {
      row({.section = "schedule",
           .name = "interval",
           .rule = interval,
           .used_by = kUp | kDispatcher,
           .flag = "--interval",
           .flag_of = kUp | kDispatcher,
           .is_live = true,
           .meaning = "How often to check assets that say nothing else"},
          FIELD(dispatcher.schedule.intervals.all)),
      row({.section = "schedule",
           .name = "tags",
           .rule = tags,
           .used_by = kUp | kDispatcher,
           .flag = "--tag-interval",
           .flag_of = kUp | kDispatcher,
           .is_live = true,
           .meaning = "TAG = DURATION: how often to check assets with this tag"},
          FIELD(dispatcher.schedule.intervals.of_tag)),
  };
}

std::vector<Key> executor_keys() {
  const auto key = [](std::string_view name, ValueRule rule, std::string_view meaning, auto field) {
    return row({.section = "executor",
                .name = name,
                .rule = std::move(rule),
                .used_by = kUp | kExecutor,
                .meaning = meaning},
               field);
  };
  const unsigned own = kUp | kExecutor;
  const unsigned all = own | kCheck;
  return {
      flag("--threads", own,
           key("threads", count(0, 64), "Threads; 0: one per core", FIELD(executor.threads))),
      flag("--slots", own,
           key("slots", count(1, 1'024), "Jobs at once per thread", FIELD(executor.slots))),
      live(flag("--allow-net", all,
                key("allow_nets", texts(check_net),
                    "Networks (CIDR) that may be fetched from beside public addresses",
                    FIELD(allow_nets)))),
      live(flag(
          "--unlimited-host", own,
          key("unlimited_hosts", texts(check_host),
              "Hosts and networks (CIDR) without politeness limits", FIELD(executor.unlimited)))),
      live(key("host_per_second", {.type = KeyType::number, .least = 0, .most = 10'000},
               "Requests that a host gets in a second at most; 0: no limit",
               FIELD(executor.host_limits.per_second))),
      live(key("host_at_once", count(0, 10'000),
               "Requests that a host gets at the same time at most; 0: no limit",
               FIELD(executor.host_limits.at_once))),
      flag("--ca-file", all,
           key("ca_file", text(check_readable), "Trusted certificate authorities, PEM",
               FIELD(executor.fetch.ca_file))),
      flag("--dns", all,
           key("dns", text(check_dns), "Name servers, ip[:port],…; empty: those of resolv.conf",
               FIELD(executor.fetch.dns_servers))),
      flag("--signature-rules", all,
           key("signature_rules", text(check_rules),
               "YARA rules beside Webmon's own: a file, or a directory with *.yar; "
               "docs/signatures.md",
               FIELD(signature_rules))),
      live(key("user_agent", text(check_user_agent), "What it calls itself in requests",
               FIELD(executor.fetch.user_agent))),
      live(key("resolve_timeout", duration(100, kMinute), "For the name of each hop",
               FIELD(executor.fetch.limits.resolve))),
      live(key("connect_timeout", duration(100, kMinute),
               "For the connection to each address, TLS handshake included",
               FIELD(executor.fetch.limits.connect))),
      live(flag("--timeout", kCheck,
                key("total_timeout", duration(kSecond, 10 * kMinute),
                    "For one page with all its hops", FIELD(executor.fetch.limits.total)))),
      live(key("header_bytes", count(kKiB, kMiB), "Longest header of an answer",
               FIELD(executor.fetch.limits.header_bytes))),
      live(key("header_lines", count(10, 10'000), "Most lines of the header of an answer",
               FIELD(executor.fetch.limits.header_lines))),
      live(key("body_bytes", count(kKiB, 256 * kMiB),
               "Longest body after decoding; of a longer one the first part is looked at",
               FIELD(executor.fetch.limits.body_bytes))),
      live(key("wire_bytes", count(kKiB, 512 * kMiB), "Longest body as it is sent",
               FIELD(executor.fetch.limits.wire_bytes))),
      live(key("redirects", count(0, 20), "Redirects that are followed",
               FIELD(executor.fetch.limits.redirects))),
      live(key("lease", duration(10 * kSecond, 15 * kMinute),
               "How long a job is an executor's without renewal; at least 5s over total_timeout",
               FIELD(executor.lease))),
      live(key("plugin_deadline", duration(100, kMinute),
               "A plugin that takes longer is ended with its worker, and blamed",
               FIELD(executor.plugin_deadline))),
      live(key("drain_timeout", duration(0, 10 * kMinute),
               "For jobs under way when it stops; the others are given back",
               FIELD(executor.drain))),
      key("memory_per_thread_bytes", count(0, 1'024 * kKiB * kMiB),
          "Address space of the worker, per thread and once more; at least 134217728, or 0: "
          "unlimited",
          FIELD(executor.memory_per_thread)),
      flag("--checks-dir", own,
           key("checks_dir", text(check_directory),
               "Directory of programs that assets may have run as external checks, such as "
               "/usr/lib/nagios/plugins; empty: none",
               FIELD(executor.checks_dir))),
      key("max_files", count(64, kMiB), "Open files of the worker", FIELD(executor.max_files)),
  };
}

std::vector<Key> metrics_keys() {
  const auto key = [](std::string_view name, unsigned of, std::string_view meaning, auto field) {
    return row({.section = "metrics",
                .name = name,
                .rule = text(check_metrics),
                .used_by = kUp | of,
                .flag = "--metrics",
                .flag_of = of,
                .meaning = meaning},
               field);
  };
  return {
      key("dispatcher", kDispatcher,
          "ADDRESS:PORT of the dispatcher's GET /metrics, for whoever reaches it; empty: none; "
          "`webmon up` then takes 127.0.0.1:5562",
          FIELD(dispatcher_metrics)),
      key("executor", kExecutor,
          "ADDRESS:PORT of the executor's GET /metrics, for whoever reaches it; empty: none; "
          "`webmon up` then takes 127.0.0.1:5563",
          FIELD(executor_metrics)),
  };
}

std::vector<Key> log_keys() {
  return {
      row({.section = "log",
           .name = "level",
           .rule = choice({"debug", "info", "warn", "error"}),
           .flag = "--log-level",
           .flag_of = kServers,
           .is_live = true,
           .meaning = "The least that is logged"},
          FIELD(log.level)),
      row({.section = "log",
           .name = "format",
           .rule = choice({"logfmt", "json"}),
           .flag = "--log-format",
           .flag_of = kServers,
           .is_live = true,
           .meaning = "How lines look"},
          FIELD(log.format)),
      row({.section = "log",
           .name = "file",
           .rule = text(),
           .flag = "--log-file",
           .flag_of = kServers,
           .meaning = "Where it goes; empty: standard error"},
          FIELD(log_file)),
  };
}

#undef FIELD

std::vector<Key> make_keys() {
  std::vector<Key> all;
  for (auto* part :
       {top_keys, api_keys, dispatcher_keys, schedule_keys, executor_keys, metrics_keys, log_keys})
    for (auto& key : part()) all.push_back(std::move(key));
  return all;
}

}  // namespace

std::string Key::path() const {
  return section.empty() ? std::string{name} : std::string{section} + "." + std::string{name};
}

std::string Key::environment() const {
  auto out = "WEBMON_" + path();
  std::ranges::transform(out, out.begin(), [](unsigned char c) {
    return c == '.' ? '_' : static_cast<char>(std::toupper(c));
  });
  return out;
}

std::string Key::default_text() const { return to_toml(rule, read(Settings{})); }

const std::vector<Key>& config_keys() {
  static const auto keys = make_keys();
  return keys;
}

const std::vector<std::string>& config_sections() {
  static const auto sections = [] {
    std::vector<std::string> names;
    for (const auto& key : config_keys())
      if (names.empty() || names.back() != key.section) names.emplace_back(key.section);
    return names;
  }();
  return sections;
}

const Key* find_key(std::string_view section, std::string_view name) {
  const auto& keys = config_keys();
  const auto found = std::ranges::find_if(
      keys, [&](const Key& key) { return key.section == section && key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

}  // namespace webmon::cli
