/// YARA rules, compiled: what pages that somebody broke into have in common. Rules come from texts;
/// who reads files is somebody else. What a rule may say is in docs/signatures.md.
/// Source: https://yara.readthedocs.io/en/v4.2.3/ (libyara 4.2).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/core/result.hpp"

struct YR_RULES;

namespace webmon::signatures {

/// One file of rules; has a name space of its own, so that two files may have rules of one name.
struct RuleSource {
  std::string file;  ///< for error messages
  std::string text;
};

/// What Webmon brings along: src/lib/signatures/rules.
std::vector<RuleSource> own_sources();

inline constexpr int kLeastWeight = 1, kMostWeight = 100, kPresetWeight = 50;

/// Immutable. Threads: any number of Scanners may use one Rules at the same time.
class Rules {
 public:
  /// Neither `include` nor `import` is allowed: a rule has its own text and the page, nothing else.
  /// Errors: bad_input: "FILE:LINE: what", or the rule's name where the line is not known.
  static Result<std::shared_ptr<const Rules>> compile(std::span<const RuleSource> sources);
  ~Rules();
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;

  std::size_t size() const noexcept;
  /// Of all rules, in the order of the sources.
  std::vector<std::string> names() const;
  /// "FILE:LINE: what" of rules that work and slow down every scan, or can never match.
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  /// For Scanner alone, which does not change it: libyara's functions take it without const.
  YR_RULES* get() const noexcept { return rules_; }

 private:
  Rules(YR_RULES* rules, std::vector<std::string> warnings)
      : rules_{rules}, warnings_{std::move(warnings)} {}

  YR_RULES* rules_;  ///< owned
  std::vector<std::string> warnings_;
};

}  // namespace webmon::signatures
