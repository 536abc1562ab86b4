#include "pipeline/api/openapi.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "pipeline/api/openapi_schemas.hpp"
#include "pipeline/api/schemas.hpp"

namespace webmon::api {

namespace json = boost::json;

constinit const std::string_view kCommonSchemas = R"({
  "Id": {"type": "string", "format": "uuid",
         "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"},
  "Time": {"type": "string", "format": "date-time",
           "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"},
  "Page": {"abstract": true, "properties": {
    "next": {"type": ["string", "null"], "description": "the cursor to go on with; null: the end"}}},
  "Settled": {"abstract": true, "properties": {
    "durable": {"type": "boolean", "description": "a snapshot that holds the change is on disk"},
    "epoch": {"type": "integer", "minimum": 1, "description": "number of the covering snapshot"}}},
  "OpenapiDocument": {"type": "object", "additionalProperties": true},
  "MetricsText": {"type": "string", "description": "Prometheus' text format"}
})";

namespace {

constexpr std::string_view kHead = R"({
  "openapi": "3.1.0",
  "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
  "info": {
    "title": "Webmon",
    "version": ")" WEBMON_VERSION R"(",
    "summary": "Watches web pages: assets, what was learned of them, jobs",
    "description": "Lists are paged: pass `next` as `cursor`. A change is durable once the snapshot of its `epoch` is; `?wait=snapshot` waits for it. HEAD answers like GET without a body, OPTIONS with Allow. Errors are problem documents (RFC 9457); programs read `code`.",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}
  },
  "servers": [{"url": "/", "description": "the server that this document came from"}],
  "security": [],
  "tags": [
    {"name": "assets", "description": "add, change, remove, list what is watched"},
    {"name": "groups", "description": "tags with defaults for their assets"},
    {"name": "statistics", "description": "what the plugins learned"},
    {"name": "execution", "description": "push jobs to the work queue and follow them"},
    {"name": "snapshots", "description": "what is on disk"},
    {"name": "service", "description": "the state of this installation"}
  ]
})";

constexpr std::string_view kParameters = R"({
  "limit": {"in": "query", "description": "at most so many items",
            "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}},
  "cursor": {"in": "query", "description": "what `next` of the page before said",
             "schema": "string"},
  "wait": {"in": "query", "description": "answer only when a snapshot holds the change",
           "schema": {"enum": ["snapshot"]}},
  "tag": {"in": "query", "description": "only assets that have it", "schema": "string"},
  "state": {"in": "query", "description": "only assets in it", "schema": "AssetState"},
  "url": {"in": "query", "description": "the asset that has it", "schema": "Url"},
  "host": {"in": "query", "description": "only assets of this host", "schema": "string"},
  "text": {"in": "query", "description": "only assets whose URL has it; case does not matter",
           "schema": "string"},
  "enabled": {"in": "query", "schema": "boolean"},
  "removed": {"in": "query", "description": "true: removed assets that can be restored",
              "schema": "boolean"},
  "purge": {"in": "query", "description": "true: for good, at once", "schema": "boolean"},
  "series": {"in": "query", "description": "true: also the recent values, to draw them",
             "schema": "boolean"},
  "include": {"in": "query", "description": "metrics, reports, or both with a comma",
              "schema": "string"},
  "where": {"in": "query", "description": "a condition such as total_ms>500 or state=down",
            "schema": {"type": "array", "items": "string", "maxItems": 16}},
  "by": {"in": "query", "description": "the largest of this metric first; -METRIC: the smallest",
         "schema": "string"},
  "top": {"in": "query", "description": "so many of them",
          "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 20}},
  "id": {"in": "path", "required": true, "schema": "Id"},
  "group": {"in": "path", "required": true, "description": "the tag", "schema": "Tag"},
  "epoch": {"in": "path", "required": true, "schema": {"type": "integer", "minimum": 1}},
  "types": {"in": "query", "description": "a list of result, state and run, with commas",
            "schema": "string"},
  "run": {"in": "query", "description": "only of this run", "schema": "Id"},
  "asset": {"in": "query", "description": "only of this asset", "schema": "Id"},
  "Last-Event-ID": {"in": "header", "description": "the id of the last event that came: go on there",
                    "schema": "string"},
  "If-Match": {"in": "header", "description": "the ETag that was read: change only that version",
               "schema": "string"},
  "If-None-Match": {"in": "header",
    "description": "the ETag of what the client has: if it is the same, the answer is 304; of PUT: *, only if there is none yet",
    "schema": "string"},
  "Idempotency-Key": {"in": "header",
    "description": "a repeat with the same key within 24 hours is the same run",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255}}
})";

constexpr std::string_view kHeaders = R"({
  "X-Request-Id": {"description": "names the request in the log", "schema": {"type": "string"}},
  "ETag": {"description": "names the version that was answered", "schema": {"type": "string"}},
  "Location": {"description": "where the result is", "schema": {"type": "string"}},
  "Retry-After": {"description": "seconds", "schema": {"type": "integer"}}
})";

/// What any request may meet, whatever its route.
constexpr std::string_view kAnywhere =
    "bad_request bad_query bad_host bad_origin request_timeout too_large uri_too_long "
    "bad_expectation header_too_large internal bad_frame bad_transfer_encoding store_down timeout "
    "store_refused schema too_busy bad_version";

/// Answers that are made whole have an ETag.
bool has_etag(const Route& route) {
  return route.method == "GET" && route.operation.media == "application/json";
}

using Codes = std::map<int, std::set<std::string_view>>;  ///< by status

void add_codes(Codes& codes, std::string_view list) {
  for_each_word(list, [&](std::string_view code) {
    const auto known = problem_codes();
    const auto at = std::ranges::find(known, code, &ProblemCode::code);
    if (at == known.end()) throw std::logic_error{"no problem has the code " + std::string{code}};
    codes[at->status].insert(at->code);
  });
}

json::object ref(std::string_view part, std::string_view name) {
  return {{"$ref", "#/components/" + std::string{part} + "/" + std::string{name}}};
}

json::object content(std::string_view media, json::value schema) {
  json::object body{{"schema", std::move(schema)}};
  return {{std::string{media}, std::move(body)}};
}

json::object problem_schema(const std::set<std::string_view>& codes) {
  json::array names;
  for (const auto code : codes) {
    if (code != "snapshot_failed") names.push_back(json::value(code));
  }
  auto schema = ref("schemas", "Problem");
  schema["properties"] = json::object{{"code", json::object{{"enum", std::move(names)}}}};
  if (!codes.contains("snapshot_failed")) return schema;
  json::array choices{std::move(schema), ref("schemas", "SnapshotFailed")};
  return {{"anyOf", std::move(choices)}};
}

json::object problem_response(int status, const std::set<std::string_view>& codes) {
  std::string description{reason_of(status)};
  const char* joiner = ": ";
  for (const auto code : codes) description += std::exchange(joiner, ", ") + std::string{code};
  json::object headers{{"X-Request-Id", ref("headers", "X-Request-Id")}};
  if (status == 308) headers["Location"] = ref("headers", "Location");
  if (status == 503) headers["Retry-After"] = ref("headers", "Retry-After");
  return {{"description", description},
          {"headers", std::move(headers)},
          {"content", content("application/problem+json", problem_schema(codes))}};
}

json::object success(const Route& route, int status) {
  const auto& operation = route.operation;
  json::object headers{{"X-Request-Id", ref("headers", "X-Request-Id")}};
  if (status == 201 || status == 202) headers["Location"] = ref("headers", "Location");
  if (has_etag(route)) headers["ETag"] = ref("headers", "ETag");
  json::object response{{"description", reason_of(status)}, {"headers", std::move(headers)}};
  if (!operation.answer.empty()) {
    response["content"] = content(operation.media, ref("schemas", operation.answer));
  }
  return response;
}

Codes codes_of(const Route& route) {
  const auto& operation = route.operation;
  Codes codes;
  add_codes(codes, kAnywhere);
  add_codes(codes, operation.problems);
  if (route.pattern.find('{') != route.pattern.npos) add_codes(codes, "bad_id not_found");
  if (!operation.body.empty()) add_codes(codes, "bad_json unsupported_media_type bad_input");
  for_each_word(operation.query, [&](std::string_view name) {
    if (name == "limit") add_codes(codes, "bad_limit");
    if (name == "cursor") add_codes(codes, "bad_cursor");
    if (name == "wait") add_codes(codes, "snapshot_failed");
  });
  return codes;
}

json::object responses(const Route& route, const Codes& common) {
  const auto status = route.operation.status;
  json::object all{{std::to_string(status), success(route, status)}};
  if (route.operation.creates) all["201"] = success(route, 201);
  if (has_etag(route)) {
    json::object headers{{"X-Request-Id", ref("headers", "X-Request-Id")},
                         {"ETag", ref("headers", "ETag")}};
    all["304"] = json::object{{"description", reason_of(304)}, {"headers", std::move(headers)}};
  }
  for (const auto& [failure, codes] : codes_of(route)) {
    const auto name = std::to_string(failure);
    const auto at = common.find(failure);
    const bool is_common = at != common.end() && at->second == codes;
    all[name] = is_common ? ref("responses", "Problem" + name) : problem_response(failure, codes);
  }
  return all;
}

json::array parameters(const Route& route) {
  json::array list;
  const auto add = [&](std::string_view name) { list.push_back(ref("parameters", name)); };
  for (auto at = route.pattern.find('{'); at != route.pattern.npos;
       at = route.pattern.find('{', at + 1)) {
    add(route.pattern.substr(at + 1, route.pattern.find('}', at) - at - 1));
  }
  for_each_word(route.operation.query, [&](std::string_view word) { add(parameter_name(word)); });
  for_each_word(route.operation.headers, add);
  if (has_etag(route)) add("If-None-Match");
  return list;
}

json::object describe(const Route& route, const Codes& common) {
  const auto& operation = route.operation;
  json::object body{{"operationId", operation.id},
                    {"tags", json::array{operation.tag}},
                    {"summary", operation.summary}};
  if (auto list = parameters(route); !list.empty()) body["parameters"] = std::move(list);
  if (!operation.body.empty()) {
    json::object request{{"required", true}};
    request["content"] = content(operation.body_media, ref("schemas", operation.body));
    body["requestBody"] = std::move(request);
  }
  body["responses"] = responses(route, common);
  return body;
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

json::object components(const Codes& common) {
  auto schemas = all_schemas();
  const auto shorthand = json::parse(kParameters);
  json::object parameters;
  for (const auto& [name, value] : shorthand.as_object()) {
    auto parameter = value.as_object();
    parameter["name"] = name;
    parameter["schema"] = full_schema(parameter.at("schema"), schemas);
    parameters[name] = std::move(parameter);
  }
  json::object problems;
  for (const auto& [status, codes] : common) {
    problems["Problem" + std::to_string(status)] = problem_response(status, codes);
  }
  return {{"schemas", std::move(schemas)},
          {"parameters", std::move(parameters)},
          {"headers", json::parse(kHeaders)},
          {"responses", std::move(problems)}};
}

/// Throws std::logic_error for a reference into `document` that leads nowhere.
void check_references(const json::value& value, const json::value& document) {
  if (value.is_array()) {
    for (const auto& item : value.get_array()) check_references(item, document);
  }
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.get_object()) {
    if (name != "$ref") {
      check_references(member, document);
      continue;
    }
    boost::system::error_code ec;
    const std::string_view target{member.as_string()};
    if (document.find_pointer(target.substr(1), ec) == nullptr) {
      throw std::logic_error{"nothing is at " + std::string{target}};
    }
  }
}

}  // namespace

json::object openapi_document(std::span<const Route> routes) {
  Codes common;
  add_codes(common, kAnywhere);
  auto document = json::parse(kHead).as_object();
  json::object paths;
  for (const auto& route : routes) {
    auto& path = paths[route.pattern];
    if (path.is_null()) path.emplace_object();
    path.as_object()[lower(route.method)] = describe(route, common);
  }
  document["paths"] = std::move(paths);
  document["components"] = components(common);
  check_references(document, document);
  return document;
}

Awaitable<Answer> get_openapi(Context&, const Request&) {
  static const auto answer = json_response(200, openapi_document(routes()));
  co_return answer;
}

}  // namespace webmon::api
