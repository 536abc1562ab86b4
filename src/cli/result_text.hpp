/// One page's result (state and reports) as JSON for programs, and as tables for people. Pure.
/// The JSON is what `webmon check --json` and `./run --json` print, one object a line:
///   {"url","state","status","total_ms","bytes","reports":[{"plugin","version","state","reason","metrics":{name:
///   number},"facts":{…},"findings":[{"severity","code","message","expected","seen","evidence"}]}]}
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "cli/colour.hpp"
#include "lib/core/report.hpp"

namespace webmon::cli {

boost::json::object report_json(const Report& report);

/// `reports` in the form above. Takes status, total_ms and bytes from http-probe's metrics.
boost::json::object result_json(std::string url, std::string state, boost::json::array reports);

/// Every report of one result: its state, metrics, facts and findings.
std::string render_result(const boost::json::object& result, Look look);

/// One row per result: URL, state, status, total ms, size, findings in words.
std::string render_results(const std::vector<boost::json::object>& results, Look look);

/// One line, for streams of many: state, status, total ms, size, URL, the worst finding; its
/// columns line up with those of other lines. Only the finding is cut at the look's width.
std::string render_line(const boost::json::object& result, Look look);

/// What a person should know of one result, worst first: "iframe_count is 1; over 68 …". Of a page
/// that is up without what is only for information, which its report tells. Never hidden: a state
/// other than `up` has at least one line.
std::vector<std::string> findings_in_words(const boost::json::object& result);

}  // namespace webmon::cli
