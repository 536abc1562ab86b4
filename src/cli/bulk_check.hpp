/// Checks any number of pages without a server: lines in, one text a page out, in bounded memory.
/// One thread per core fetches; the caller's thread reads, spreads and writes.
#pragma once

#include <string>
#include <vector>

#include "cli/check_worker.hpp"
#include "lib/core/result.hpp"
#include "lib/core/url.hpp"

namespace webmon::cli {

struct BulkOptions {
  CheckRules rules;
  std::vector<Url> urls;       ///< checked first
  std::string file;            ///< then its lines; "-": standard input; empty: none
  unsigned concurrency = 256;  ///< pages in flight, all threads together
  unsigned per_host = 8;       ///< of these, of one host; 0: any number
  unsigned threads = 0;        ///< 0: one per core
  std::string separator;       ///< between two results
  bool is_ordered = false;     ///< results in the order of the input, not as they end
  bool is_json = false;        ///< lines that are no URL go to standard output, as objects
  bool is_summed_up = false;   ///< progress, and a summary in the end, on standard error
};

/// Runs until the input has ended and all is checked, or a signal arrives. Returns the exit code:
/// 0 all up, 1 not so, or a line was no URL, 2 could not start, 130 interrupted.
int bulk_check(BulkOptions options);

}  // namespace webmon::cli
