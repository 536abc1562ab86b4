/// The schemas of /openapi.json, each beside the code that writes such JSON. Every text is a JSON
/// object from a schema's name to a JSON Schema (draft 2020-12) in this shorthand, which
/// openapi.cpp writes out in full:
///   "Name"        for {"$ref":"#/components/schemas/Name"}; "string", "number", "boolean" for
///   those
///                 types, "count" for an integer that is not negative; "…?" also allows null
///   "properties"  closes its object: no others are allowed and all are required, but for those
///                 that "optional" lists; "additionalProperties" beside it says otherwise
///   "extends"     takes over the properties of the schemas that it lists
///   "abstract"    it is only there to be extended, and not in the document
#pragma once

#include <string_view>

namespace webmon::api {

extern const std::string_view kCommonSchemas;      // openapi.cpp
extern const std::string_view kProblemSchemas;     // problem.cpp
extern const std::string_view kAssetSchemas;       // asset_access.cpp
extern const std::string_view kGroupSchemas;       // groups.cpp
extern const std::string_view kBaselineSchemas;    // baseline.cpp
extern const std::string_view kMetricSchemas;      // metric_statistics.cpp
extern const std::string_view kStatisticsSchemas;  // statistics.cpp
extern const std::string_view kFleetSchemas;       // fleet.cpp
extern const std::string_view kRunSchemas;         // run_status.cpp
extern const std::string_view kRunStartSchemas;    // runs.cpp
extern const std::string_view kJobSchemas;         // jobs.cpp
extern const std::string_view kSnapshotSchemas;    // snapshots.cpp
extern const std::string_view kEventSchemas;       // event_text.cpp

}  // namespace webmon::api
