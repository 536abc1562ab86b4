#include "pipeline/api/openapi_schemas.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "pipeline/api/schemas.hpp"

namespace webmon::api {

namespace json = boost::json;

namespace {

const json::object& named(const json::object& all, std::string_view name) {
  const auto* found = all.if_contains(name);
  if (found == nullptr) throw std::logic_error{"no schema is called " + std::string{name}};
  return found->as_object();
}

json::value full_name(std::string_view name, const json::object& all) {
  if (name.ends_with('?')) {
    name.remove_suffix(1);
    json::array choices{full_name(name, all), json::object{{"type", "null"}}};
    return json::object{{"anyOf", std::move(choices)}};
  }
  if (name == "count") return json::object{{"type", "integer"}, {"minimum", 0}};
  if (name == "string" || name == "number" || name == "boolean")
    return json::object{{"type", name}};
  named(all, name);
  return json::object{{"$ref", "#/components/schemas/" + std::string{name}}};
}

/// Own properties and those that it extends, in shorthand, with the names of the optional ones.
struct Members {
  json::object properties;
  json::array optional;
};
void collect(const json::object& schema, const json::object& all, Members& members) {
  if (const auto* bases = schema.if_contains("extends")) {
    for (const auto& base : bases->as_array()) collect(named(all, base.as_string()), all, members);
  }
  if (const auto* properties = schema.if_contains("properties")) {
    for (const auto& [name, value] : properties->as_object()) members.properties[name] = value;
  }
  if (const auto* optional = schema.if_contains("optional")) {
    for (const auto& name : optional->as_array()) members.optional.push_back(name);
  }
}

bool is_shorthand(std::string_view name) {
  return name == "properties" || name == "optional" || name == "extends";
}

json::object full_object(const json::object& schema, const json::object& all) {
  json::object full;
  for (const auto& [name, value] : schema) {
    if (is_shorthand(name)) continue;
    const bool has_schema = name == "items" || (name == "additionalProperties" && !value.is_bool());
    if (has_schema) {
      full[name] = full_schema(value, all);
    } else if (name == "anyOf" || name == "oneOf") {
      json::array choices;
      for (const auto& choice : value.as_array()) choices.push_back(full_schema(choice, all));
      full[name] = std::move(choices);
    } else {
      full[name] = value;
    }
  }
  return full;
}

}  // namespace

json::value full_schema(const json::value& shorthand, const json::object& all) {
  if (shorthand.is_string()) return full_name(shorthand.get_string(), all);
  const auto& schema = shorthand.as_object();
  auto full = full_object(schema, all);
  Members members;
  collect(schema, all, members);
  if (members.properties.empty()) return full;
  json::object properties;
  json::array required;
  for (const auto& [name, value] : members.properties) {
    properties[name] = full_schema(value, all);
    const bool is_optional =
        std::ranges::find(members.optional, json::value(name)) != members.optional.end();
    if (!is_optional) required.push_back(json::value(name));
  }
  full["type"] = "object";
  full["properties"] = std::move(properties);
  if (!required.empty()) full["required"] = std::move(required);
  if (!full.contains("additionalProperties")) full["additionalProperties"] = false;
  return full;
}

json::object all_schemas() {
  json::object all;
  for (const auto text :
       {kCommonSchemas, kProblemSchemas, kAssetSchemas, kGroupSchemas, kBaselineSchemas,
        kMetricSchemas, kStatisticsSchemas, kFleetSchemas, kRunSchemas, kRunStartSchemas,
        kJobSchemas, kSnapshotSchemas, kEventSchemas}) {
    const auto group = json::parse(text);
    for (const auto& [name, schema] : group.as_object()) {
      if (!all.emplace(name, schema).second) {
        throw std::logic_error{"two schemas are called " + std::string{name}};
      }
    }
  }
  json::object full;
  for (const auto& [name, schema] : all) {
    if (!schema.as_object().contains("abstract")) full[name] = full_schema(schema, all);
  }
  return full;
}

}  // namespace webmon::api
