/// `webmon replay DIR`: recorded observations of pages, judged one after the other as an executor
/// would have. Memory is bounded by one page's body and model.
#pragma once

#include <string>

namespace webmon::cli {

struct ReplayPages {
  std::string folder;         ///< with manifest.jsonl and the files it names
  bool has_evidence = false;  ///< each line also says what was seen of each sign
};

/// Prints a line of JSON an observation. Returns the exit code: kNotOk if one was an alert. Errors
/// are told with file and line.
int replay_pages(const ReplayPages& options);

}  // namespace webmon::cli
