/// The rules of the plugin `signatures`: Webmon's own, and those of executor.signature_rules.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/result.hpp"
#include "lib/signatures/rules.hpp"

namespace webmon::cli {

inline constexpr std::size_t kMostRuleFiles = 1'000;
inline constexpr std::size_t kMostRuleBytes = 16U << 20U;  ///< all files together

/// The file at `place`, or the *.yar and *.yara of that directory in the order of their names;
/// empty: none. Errors: bad_config, naming key and file.
Result<std::vector<signatures::RuleSource>> read_rule_files(const std::string& place);

/// Both, compiled. Warnings are those of the operator's. Errors: bad_config: file, line, what, and
/// what to do.
Result<std::shared_ptr<const signatures::Rules>> compile_rules(
    const std::vector<signatures::RuleSource>& operators);

/// Files as one text and back, for a child that is to have the same whatever becomes of the files.
std::string join_rule_files(const std::vector<signatures::RuleSource>& files);
/// Errors: internal: it is no such text.
Result<std::vector<signatures::RuleSource>> split_rule_files(std::string_view text);

}  // namespace webmon::cli
