/// `webmon replay --series`: the values of a file or pipe through the detector of numeric series.
#pragma once

#include <string>

#include "lib/stats/series_detector.hpp"

namespace webmon::cli {

struct ReplaySeriesOptions {
  std::string file;  ///< "-" is standard input
  double threshold = SeriesDetector::kAlert;
  bool is_alerts_only = false;
};

/// Writes one line a row as it is read; memory does not grow. Returns the exit code: kNotOk if
/// there was an alert. Errors are told with file and line.
int replay_series(const ReplaySeriesOptions& options);

}  // namespace webmon::cli
