#include "cli/endpoints.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <boost/json.hpp>
#include <cstring>
#include <fstream>
#include <sstream>

#include "cli/ports.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

struct Field {
  const char* name;
  std::string Endpoints::*value;
  bool is_optional = false;  ///< not written by the first builds
};
constexpr Field kFields[] = {{"listen", &Endpoints::listen},
                             {"jobs", &Endpoints::jobs},
                             {"work", &Endpoints::work},
                             {"control", &Endpoints::control},
                             {"redis", &Endpoints::redis},
                             {"dispatcher_metrics", &Endpoints::dispatcher_metrics, true},
                             {"executor_metrics", &Endpoints::executor_metrics, true}};

bool is_alive(long pid) noexcept { return kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM; }

}  // namespace

Result<Endpoints> with_free_ports(Endpoints endpoints, Rng& rng) {
  const auto pick = [&](std::string& field, std::string_view scheme) -> Result<void> {
    const auto port = pick_free_port("127.0.0.1", rng);
    if (!port) return fail(port.error());
    field = fmt::format("{}127.0.0.1:{}", scheme, *port);
    return {};
  };
  for (auto* field :
       {&endpoints.listen, &endpoints.dispatcher_metrics, &endpoints.executor_metrics})
    if (auto picked = pick(*field, ""); !picked) return fail(picked.error());
  for (auto* field : {&endpoints.jobs, &endpoints.work, &endpoints.control})
    if (auto picked = pick(*field, "tcp://"); !picked) return fail(picked.error());
  return endpoints;
}

fs::path endpoints_file(const fs::path& data_dir) { return data_dir / "endpoints.json"; }

Result<void> write_endpoints(const fs::path& data_dir, const Endpoints& endpoints) {
  json::object object{{"pid", endpoints.pid}, {"server", endpoints.server()}};
  for (const auto& field : kFields) object[field.name] = endpoints.*field.value;
  const auto path = endpoints_file(data_dir);
  auto temporary = path;
  temporary += ".new";
  {
    std::ofstream file{temporary, std::ios::trunc};
    file << json::serialize(object) << "\n";
    if (!file.flush())
      return fail(Errc::bad_config, fmt::format("cannot write {}", temporary.string()));
  }
  std::error_code error;
  fs::rename(temporary, path, error);
  if (error)
    return fail(Errc::bad_config,
                fmt::format("cannot write {}: {}", path.string(), error.message()));
  return {};
}

Result<std::optional<Endpoints>> read_endpoints(const fs::path& data_dir) {
  const auto path = endpoints_file(data_dir);
  std::ifstream file{path};
  if (!file) return std::optional<Endpoints>{};
  std::ostringstream text;
  text << file.rdbuf();
  json::error_code error;
  const auto value = json::parse(text.str(), error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* pid = object != nullptr ? object->if_contains("pid") : nullptr;
  if (pid == nullptr || !pid->is_int64())
    return fail(Errc::bad_frame, path.string() + " is not what `webmon up` writes");
  Endpoints endpoints;
  endpoints.pid = static_cast<long>(pid->get_int64());
  for (const auto& field : kFields) {
    const auto* entry = object->if_contains(field.name);
    auto& place = endpoints.*field.value;
    if (entry == nullptr && field.is_optional) {
      place.clear();
      continue;
    }
    if (entry == nullptr || !entry->is_string())
      return fail(Errc::bad_frame, fmt::format("{} lacks \"{}\"", path.string(), field.name));
    place = std::string{entry->get_string()};
  }
  if (endpoints.pid <= 0 || !is_alive(endpoints.pid)) return std::optional<Endpoints>{};
  return std::optional{std::move(endpoints)};
}

}  // namespace webmon::cli
