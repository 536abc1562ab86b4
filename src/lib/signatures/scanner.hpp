/// Finds what rules say in documents. One scan reads every byte once, however many rules there are.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/signatures/document.hpp"
#include "lib/signatures/rules.hpp"

struct YR_SCAN_CONTEXT;

namespace webmon::signatures {

/// Views are of the Rules.
struct Hit {
  std::string_view rule;
  std::string_view family;       ///< meta `family`; "own" where the rule says none
  std::string_view description;  ///< meta `description`, may be empty
  int weight = kPresetWeight;    ///< meta `weight`, 1 to 100
  Part where = Part::body;       ///< of the excerpt
  std::string excerpt;           ///< around the first string of the rule that was found; any bytes
};

inline constexpr std::size_t kMostHits = 64;  ///< kept of a scan, in the order of the rules
inline constexpr std::size_t kMostExcerpt = 160;

struct ScanResult {
  std::vector<Hit> hits;
  /// Empty, or why not every rule has had its say: "timeout", "too many matches", or what libyara
  /// says. Hits are right nevertheless.
  std::string gap;
};

/// Threads: one; make one for each thread and keep it: making one costs more than a scan.
class Scanner {
 public:
  /// Throws std::bad_alloc.
  explicit Scanner(std::shared_ptr<const Rules> rules);
  ~Scanner();
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  const Rules& rules() const noexcept { return *rules_; }
  /// Ends after 300 ms or a little later: libyara looks at the clock every 4,096 bytes, and every
  /// 100 steps of a condition. What a regular expression takes for these bytes is its author's
  /// matter; the deadline of plugins ends it. Throws std::bad_alloc.
  ScanResult scan(const Document& document);

 private:
  void define(const Document& document);

  std::shared_ptr<const Rules> rules_;
  YR_SCAN_CONTEXT* scanner_ = nullptr;  ///< owned
};

/// From now on the rules of this process are `rules`; before that, those of own_sources(). Call it
/// once, before the first thread that scans and before a sandbox is closed.
void use_in_this_process(std::shared_ptr<const Rules> rules);
/// This thread's scanner with the rules of the process; made at the first call.
Scanner& scanner_of_this_thread();

}  // namespace webmon::signatures
