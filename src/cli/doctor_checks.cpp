#include "cli/doctor_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "cli/text.hpp"
#include "lib/store/fleet.hpp"

namespace webmon::cli {
namespace {

using enum DoctorCheck::Level;
using Level = DoctorCheck::Level;

constexpr std::uint64_t kFewFiles = 1'024, kEnoughFiles = 4'096;
constexpr std::uint64_t kLeastRoom = 256'000'000, kFairRoom = 1'000'000'000;
constexpr int kOldestRedis = 6;  // what the tests run against is 7.0
constexpr int kEnoughHz = 50;
constexpr seconds kOldSnapshot{7'200};
constexpr milliseconds kClockOff{1'000}, kClockWrong{60'000};

DoctorCheck good(std::string name, std::string found) {
  return {.name = std::move(name), .level = ok, .found = std::move(found), .why = {}, .todo = {}};
}

DoctorCheck bad(Level level, std::string name, std::string found, std::string why,
                std::string todo) {
  return {.name = std::move(name),
          .level = level,
          .found = std::move(found),
          .why = std::move(why),
          .todo = std::move(todo)};
}

DoctorCheck unread(std::string name, std::string what) {
  return bad(warn, std::move(name), "cannot be read", "what is not known cannot be judged",
             "look at it by hand: " + std::move(what));
}

DoctorCheck overcommit(const MachineFacts& facts) {
  const std::string name = "memory overcommit";
  if (facts.overcommit.empty()) return unread(name, "sysctl vm.overcommit_memory");
  const auto found = "vm.overcommit_memory is " + facts.overcommit;
  if (facts.overcommit == "1") return good(name, found);
  return bad(warn, name, found,
             "Redis forks to write a snapshot; without overcommit the fork is refused when it uses "
             "about half of the memory, and then nothing becomes durable",
             "sysctl vm.overcommit_memory=1, and the same line in /etc/sysctl.d/webmon.conf");
}

DoctorCheck huge_pages(const MachineFacts& facts) {
  const std::string name = "huge pages";
  if (facts.huge_pages.empty()) return good(name, "the kernel has none");
  if (facts.huge_pages.find("[always]") == std::string::npos) return good(name, facts.huge_pages);
  return bad(warn, name, facts.huge_pages,
             "while a snapshot is written each changed byte copies 2 MB: Redis gets slow and large",
             "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
}

DoctorCheck open_files(const MachineFacts& facts) {
  const auto found = fmt::format("{} now, {} at most", facts.files_soft, facts.files_hard);
  if (facts.files_hard >= kEnoughFiles) return good("open files", found);
  return bad(facts.files_hard < kFewFiles ? fail : warn, "open files", found,
             "every page in flight and every connection takes one",
             "raise the hard limit: ulimit -Hn 65536, or LimitNOFILE=65536 in the systemd unit");
}

DoctorCheck data_dir(const MachineFacts& facts) {
  const std::string name = "data directory";
  if (!facts.has_data_dir)
    return good(name, facts.data_dir + " is not there yet; `webmon up` makes it");
  if (facts.is_data_dir_writable) return good(name, facts.data_dir);
  return bad(fail, name, facts.data_dir + " cannot be written by this user",
             "Redis keeps its snapshots there",
             "chown it to the user that runs Webmon, or name another one with --data-dir");
}

// The last snapshots stay as generations while the next one is written.
DoctorCheck disk(const MachineFacts& facts, std::uint64_t redis_memory) {
  const std::string name = "disk";
  if (!facts.disk_free) return unread(name, "df " + facts.data_dir);
  const auto free = *facts.disk_free;
  const auto found =
      fmt::format("{} free beside {} in Redis", human_bytes(static_cast<double>(free)),
                  human_bytes(static_cast<double>(redis_memory)));
  const bool is_tight = free < std::max(kFairRoom, 3 * redis_memory);
  const bool is_full = free < std::max(kLeastRoom, redis_memory);
  if (!is_tight) return good(name, found);
  return bad(is_full ? fail : warn, name, found,
             "a snapshot is as large as the data, up to four are kept; when none can be written "
             "Redis refuses every change",
             "make room on the disk of " + facts.data_dir);
}

DoctorCheck clock(const MachineFacts& facts) {
  const std::string name = "clock";
  if (!facts.is_clock_synchronised) return unread(name, "timedatectl");
  if (*facts.is_clock_synchronised) return good(name, "synchronised");
  return bad(warn, name, "the kernel does not know it to be synchronised",
             "times of observations come from it, and certificates expire by it",
             "apt-get install chrony, or timedatectl set-ntp true; in a container ask the host");
}

DoctorCheck sandbox(const MachineFacts& facts) {
  const std::string name = "sandbox";
  if (facts.seccomp.find("kill_process") != std::string::npos)
    return good(name, "seccomp is there");
  return bad(warn, name, "the kernel tells of no seccomp",
             "executors close themselves in with it before they read what strangers serve",
             "run a kernel with CONFIG_SECCOMP_FILTER; executor --no-sandbox goes without");
}

DoctorCheck names(const MachineFacts& facts) {
  const auto found = fmt::format("{} in /etc/resolv.conf", facts.name_servers);
  if (facts.name_servers > 0) return good("name servers", found);
  return bad(fail, "name servers", found, "no host name can be resolved",
             "add a nameserver line there, or start with --dns ADDRESS");
}

DoctorCheck authorities(const MachineFacts& facts) {
  const auto found = fmt::format("{} certificates in {}", facts.ca_certificates, facts.ca_file);
  if (facts.ca_certificates > 0) return good("authorities", found);
  return bad(fail, "authorities", found, "no https page can be verified",
             "apt-get install ca-certificates, or start with --ca-file FILE");
}

std::string value(const std::map<std::string, std::string>& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? std::string{} : found->second;
}

std::uint64_t number(const std::string& text) {
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

/// A setting of Redis, and what is wrong with other values than the good one.
struct Setting {
  const char* name;
  bool (*is_good)(const std::string& value);
  Level level;
  const char* why;
  const char* todo;
};

constexpr Setting kSettings[] = {
    {"save", [](const std::string& v) { return !v.empty(); }, warn,
     "without save points Redis goes on accepting changes after a failed snapshot",
     "CONFIG SET save \"3600 1\", and in redis.conf"},
    {"appendonly", [](const std::string& v) { return v == "no"; }, warn,
     "with an append-only file Redis loads that and not the snapshot that was called durable",
     "CONFIG SET appendonly no, and in redis.conf"},
    {"maxmemory-policy", [](const std::string& v) { return v == "noeviction"; }, fail,
     "when memory is full Redis would throw assets and jobs away",
     "CONFIG SET maxmemory-policy noeviction, and in redis.conf"},
    {"stop-writes-on-bgsave-error", [](const std::string& v) { return v == "yes"; }, warn,
     "Redis would go on accepting changes that cannot be saved",
     "CONFIG SET stop-writes-on-bgsave-error yes, and in redis.conf"},
    {"hz", [](const std::string& v) { return number(v) >= kEnoughHz; }, warn,
     "the end of a snapshot is noticed so often a second; at 10 each ?wait=snapshot takes 100 ms "
     "longer",
     "CONFIG SET hz 100, and in redis.conf"},
};

DoctorCheck setting(const RedisFacts& facts, const Setting& rule) {
  const auto name = std::string{"Redis "} + rule.name;
  if (!facts.config.contains(rule.name))
    return unread(name, std::string{"redis-cli CONFIG GET "} + rule.name);
  const auto found = value(facts.config, rule.name);
  const auto shown = found.empty() ? "\"\"" : found;
  if (rule.is_good(found)) return good(name, shown);
  return bad(rule.level, name, shown, rule.why, rule.todo);
}

DoctorCheck version(const RedisFacts& facts) {
  const auto found = value(facts.info, "redis_version");
  if (number(found) >= kOldestRedis) return good("Redis version", found);
  return bad(fail, "Redis version", found, "Webmon's scripts need Redis 6 or newer",
             "install redis-server of Debian 12");
}

DoctorCheck memory(const RedisFacts& facts) {
  const auto used = number(value(facts.info, "used_memory"));
  const auto most = number(value(facts.info, "maxmemory"));
  const auto found = human_bytes(static_cast<double>(used)) +
                     (most == 0 ? "" : " of " + human_bytes(static_cast<double>(most)));
  if (most == 0 || used < most / 5 * 4) return good("Redis memory", found);
  return bad(used < most / 20 * 19 ? warn : fail, "Redis memory", found,
             "at its limit Redis refuses every change",
             "raise maxmemory, or remove assets that are not needed");
}

DoctorCheck snapshots(const RedisFacts& facts) {
  const auto status = value(facts.info, "rdb_last_bgsave_status");
  const auto changes = number(value(facts.info, "rdb_changes_since_last_save"));
  const auto found = fmt::format("last one {}, {} min ago, {} changes since", status,
                                 facts.since_save.count() / 60, changes);
  if (status != "ok")
    return bad(fail, "Redis snapshots", found, "nothing becomes durable, and Redis refuses changes",
               "look for the reason in the log of redis-server: disk full, permissions, memory");
  if (changes == 0 || facts.since_save < kOldSnapshot) return good("Redis snapshots", found);
  return bad(warn, "Redis snapshots", found, "a crash would lose what changed since",
             "webmon snapshot; if the dispatcher runs, its log says why it takes none");
}

DoctorCheck redis_clock(const RedisFacts& facts) {
  const auto off = std::chrono::abs(facts.clock_difference);
  const auto found = fmt::format("{} ms from ours", facts.clock_difference.count());
  if (off < kClockOff) return good("Redis clock", found);
  return bad(off < kClockWrong ? warn : fail, "Redis clock", found,
             "leases and observations follow Redis' clock, certificates ours",
             "synchronise both machines with NTP");
}

DoctorCheck schema(const RedisFacts& facts, std::uint64_t own) {
  const auto min_reader = number(value(facts.meta, "min_reader"));
  if (facts.meta.empty()) return good("Redis schema", "no data yet");
  const auto found = fmt::format("{}, readable from {} on; this build is {}",
                                 value(facts.meta, "schema"), min_reader, own);
  if (min_reader <= own) return good("Redis schema", found);
  return bad(fail, "Redis schema", found, "a newer build wrote it; this one must not touch it",
             "run the newer build");
}

}  // namespace

std::string_view to_string(Level level) noexcept {
  switch (level) {
    case ok:
      return "ok";
    case warn:
      return "warn";
    case fail:
      return "fail";
  }
  return "";
}

std::vector<DoctorCheck> check_machine(const MachineFacts& facts, std::uint64_t redis_memory) {
  return {good("libraries", facts.libraries),
          overcommit(facts),
          huge_pages(facts),
          open_files(facts),
          data_dir(facts),
          disk(facts, redis_memory),
          clock(facts),
          sandbox(facts),
          names(facts),
          authorities(facts)};
}

DoctorCheck check_port(const PortFacts& facts, bool is_up) {
  const auto name = "port of " + facts.what;
  if (facts.holder.empty() && !is_up) return good(name, facts.address + " is free");
  if (facts.holder.empty())
    return bad(fail, name, "nobody listens on " + facts.address,
               "`webmon up` runs, but this part of it does not", "look into its log");
  const auto found = facts.address + ": " + facts.holder;
  if (is_up || facts.holder.starts_with("webmon ")) return good(name, found);
  return bad(warn, name, found, "`webmon up` could not start with its usual ports",
             "stop that process, or start with --ports auto");
}

std::vector<DoctorCheck> check_redis(const RedisFacts& facts) {
  if (!facts.trouble.empty())
    return {bad(fail, "Redis", facts.address + ": " + facts.trouble,
                "without it nothing is accepted and nothing is checked",
                "start it (`webmon up` brings its own), or name another one with --redis")};
  std::vector<DoctorCheck> checks{good("Redis", facts.address), version(facts), memory(facts),
                                  snapshots(facts), redis_clock(facts)};
  for (const auto& rule : kSettings) checks.push_back(setting(facts, rule));
  checks.push_back(schema(facts, store::kSchema));
  return checks;
}

std::vector<DoctorCheck> check_api(const ApiFacts& facts) {
  if (!facts.trouble.empty())
    return {bad(fail, "API", facts.trouble, "nothing can be asked or changed",
                "start it with `webmon up`, or name another one with --server")};
  std::vector<DoctorCheck> checks{good("API", facts.server + " answers")};
  if (facts.dispatcher == "up")
    checks.push_back(good("dispatcher", "up"));
  else
    checks.push_back(bad(fail, "dispatcher", facts.dispatcher,
                         "jobs are accepted, but not handed to executors, and no snapshot is taken",
                         "start it: `webmon up`, or `webmon dispatcher`"));
  if (facts.is_snapshot_ok)
    checks.push_back(good("snapshots", "the last one ended well"));
  else
    checks.push_back(bad(fail, "snapshots", "the last one failed",
                         "what was accepted since is not durable",
                         "look for the reason in the log of redis-server: disk full, memory"));
  if (facts.executors > 0)
    checks.push_back(good("executors", fmt::format("{} alive", facts.executors)));
  else
    checks.push_back(bad(fail, "executors", "none alive", "nothing is checked",
                         "start one: `webmon up`, or `webmon executor`"));
  return checks;
}

bool has_failure(const std::vector<DoctorCheck>& checks) noexcept {
  return std::ranges::count(checks, fail, &DoctorCheck::level) > 0;
}

std::string render_checks(const std::vector<DoctorCheck>& checks, Look look) {
  std::size_t widest = 0;
  for (const auto& check : checks) widest = std::max(widest, columns(check.name));
  std::string out;
  for (const auto& check : checks) {
    const std::string level{to_string(check.level)};
    out += (look.has_colour ? painted(level, level) : level) + std::string(6 - level.size(), ' ') +
           check.name + std::string(widest - columns(check.name) + 2, ' ') +
           printable(check.found) + "\n";
    const auto add = [&](const char* label, const std::string& text) {
      const auto width = look.width > 40 ? look.width - 14 : 1'000;
      for (const auto& line : wrap(printable(text), width))
        out += std::string(6, ' ') + std::exchange(label, "    ") + "  " + line + "\n";
    };
    if (check.level == ok) continue;
    add("why:", check.why);
    add("do: ", check.todo);
  }
  return out;
}

}  // namespace webmon::cli
