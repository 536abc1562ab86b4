#include "lib/core/baseline.hpp"

#include <array>
#include <utility>

#include "lib/core/json_fields.hpp"

namespace webmon {
namespace {

struct Field {
  std::string_view name;
  StoreTime Baseline::*time;
};
constexpr std::array kFields = {Field{"approved", &Baseline::approved},
                                Field{"rejected", &Baseline::rejected},
                                Field{"expected_until", &Baseline::expected_until}};

Result<void> read_field(std::string_view name, const boost::json::value& value,
                        std::string_view path, Baseline& baseline) {
  for (const Field& field : kFields) {
    if (field.name != name) continue;
    auto text = read_string(value, path);
    if (!text) return fail(std::move(text.error()));
    return put(parse_rfc3339(*text), baseline.*field.time);
  }
  return refuse(path, "unknown field");
}

}  // namespace

boost::json::object to_json(const Baseline& baseline) {
  boost::json::object out;
  for (const Field& field : kFields) {
    if (baseline.*field.time != StoreTime{}) out[field.name] = to_rfc3339(baseline.*field.time);
  }
  return out;
}

Result<Baseline> read_baseline(const boost::json::value& value, std::string_view path) {
  if (!value.is_object()) return refuse(path, "must be an object");
  Baseline baseline;
  for (const auto& [key, element] : value.get_object()) {
    const auto name = view(key);
    if (auto ok = read_field(name, element, fmt::format("{}.{}", path, name), baseline); !ok) {
      return fail(std::move(ok.error()));
    }
  }
  return baseline;
}

}  // namespace webmon
