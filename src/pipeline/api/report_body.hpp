/// Reports and metrics in the form of the API. Pure. Internal to this folder.
#pragma once

#include <boost/json.hpp>

#include "lib/store/report_blob.hpp"

namespace webmon::api {

/// {"plugin","name","number","unit"} of a metric. Numbers are plugin number * 100 + 0..99; a plugin
/// that is not compiled in any more has no name.
boost::json::object metric_body(std::uint16_t number);

/// The reports of all plugins, each with its metrics, facts and findings.
boost::json::array reports_body(const store::ReportBlob& reports);

}  // namespace webmon::api
