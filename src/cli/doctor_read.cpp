#include "cli/doctor_read.hpp"

#include <curl/curl.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include "cli/api_client.hpp"
#include "cli/json_read.hpp"
#include "cli/ports.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/keys.hpp"

namespace webmon::cli {
namespace {

namespace fs = std::filesystem;

constexpr seconds kPatience{3};

std::string read_file(const fs::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string read_line(const fs::path& path) {
  auto text = read_file(path);
  return text.substr(0, text.find('\n'));
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

std::size_t count_name_servers(const std::string& resolv_conf) {
  std::istringstream lines{resolv_conf};
  std::size_t found = 0;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("nameserver")) ++found;
  return found;
}

// The directory itself may not be there yet.
fs::path nearest_existing(fs::path path) {
  std::error_code error;
  while (!fs::exists(path, error) && path.has_relative_path()) path = path.parent_path();
  return path;
}

// CONFIG GET and HGETALL: names and values in turn.
std::map<std::string, std::string> pairs_of(const store::Reply& reply) {
  std::map<std::string, std::string> out;
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2)
    out[reply.items[i].text] = reply.items[i + 1].text;
  return out;
}

Result<std::vector<store::Reply>> ask(const store::RedisAddress& address, store::Batch batch) {
  Loop loop;
  std::optional<Result<std::vector<store::Reply>>> answer;
  bool is_sent = false;
  store::RedisConfig config;
  config.address = address;
  config.call_timeout = kPatience;
  store::LoopRedis redis{loop, config};
  redis.on_up([&] {
    if (std::exchange(is_sent, true)) return;
    redis.send(std::move(batch), [&](auto replies) { answer.emplace(std::move(replies)); });
  });
  const auto deadline = loop.now() + kPatience;
  while (!answer && loop.now() < deadline) loop.turn(milliseconds{50});
  if (answer) return std::move(*answer);
  return fail(Errc::store_down, redis.trouble().empty() ? "no answer" : redis.trouble());
}

}  // namespace

std::map<std::string, std::string> parse_info(std::string_view text) {
  std::map<std::string, std::string> out;
  std::istringstream lines{std::string{text}};
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    const auto colon = line.find(':');
    if (colon != std::string::npos) out[line.substr(0, colon)] = line.substr(colon + 1);
  }
  return out;
}

MachineFacts read_machine(const fs::path& dir, const std::string& ca_file) {
  MachineFacts facts;
  facts.overcommit = read_line("/proc/sys/vm/overcommit_memory");
  facts.huge_pages = read_line("/sys/kernel/mm/transparent_hugepage/enabled");
  facts.seccomp = read_line("/proc/sys/kernel/seccomp/actions_avail");
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    facts.files_soft = files.rlim_cur;
    facts.files_hard = files.rlim_max;
  }
  facts.data_dir = dir.string();
  std::error_code error;
  facts.has_data_dir = fs::is_directory(dir, error);
  facts.is_data_dir_writable = access(dir.c_str(), W_OK) == 0;
  if (const auto space = fs::space(nearest_existing(dir), error); !error)
    facts.disk_free = space.available;
  timex time{};
  if (const int state = adjtimex(&time); state >= 0)
    facts.is_clock_synchronised = state != TIME_ERROR && (time.status & STA_UNSYNC) == 0;
  facts.name_servers = count_name_servers(read_file("/etc/resolv.conf"));
  facts.ca_file = ca_file;
  facts.ca_certificates = count(read_file(ca_file), "BEGIN CERTIFICATE");
  facts.libraries = curl_version();
  return facts;
}

std::vector<PortFacts> read_ports(const Endpoints& endpoints) {
  std::vector<PortFacts> ports;
  const auto add = [&](const char* what, std::string address) {
    if (address.starts_with("tcp://")) address.erase(0, 6);
    const auto parsed = parse_host_port(address);
    if (!parsed) return;  // a unix socket
    PortFacts facts{.what = what, .address = address, .holder = {}};
    if (auto holder = listener_on(parsed->port))
      facts.holder = std::move(*holder);
    else if (accepts(*parsed))
      facts.holder = "another process";
    ports.push_back(std::move(facts));
  };
  add("the API", endpoints.listen);
  add("jobs", endpoints.jobs);
  add("work", endpoints.work);
  add("control", endpoints.control);
  return ports;
}

RedisFacts read_redis(const store::RedisAddress& address) {
  RedisFacts facts;
  facts.address = store::to_string(address);
  store::Batch batch;
  batch.add({"INFO", "everything"});
  batch.add({"CONFIG", "GET", "*"});
  batch.add({"HGETALL", store::Keys{"wm"}.meta()});
  store::add_time(batch);
  const auto replies = ask(address, std::move(batch));
  if (!replies) {
    facts.trouble = replies.error().detail;
    return facts;
  }
  const auto& info = (*replies)[0];
  if (info.is_error()) {
    facts.trouble = info.text;
    return facts;
  }
  facts.info = parse_info(info.text);
  facts.config = pairs_of((*replies)[1]);
  facts.meta = pairs_of((*replies)[2]);
  const auto now = store::read_time((*replies)[3]);
  if (!now) return facts;
  facts.clock_difference = *now - system_clock().wall();
  const auto saved = facts.info["rdb_last_save_time"];
  facts.since_save = seconds{to_ms(*now) / 1'000 - std::strtoll(saved.c_str(), nullptr, 10)};
  return facts;
}

ApiFacts read_api(const std::string& server) {
  ApiFacts facts;
  facts.server = server;
  ApiClient api{server, kPatience};
  const auto health = api.call("GET", "/api/v1/health");
  if (!health) {
    facts.trouble = health.error().detail;
    return facts;
  }
  facts.status = text_at(health->body, "/status");
  facts.dispatcher = text_at(health->body, "/dispatcher");
  facts.is_snapshot_ok = is_true_at(health->body, "/snapshots/last_ok");
  if (const auto fleet = api.call("GET", "/api/v1/fleet"))
    facts.executors =
        static_cast<std::size_t>(number_at(fleet->body, "/executors_alive").value_or(0));
  return facts;
}

}  // namespace webmon::cli
