/// libyara itself: begun once in a process, its limits, and what a rule says of itself. Internal to
/// this folder.
#pragma once

#include <string_view>

struct YR_RULE;
struct YR_META;

namespace webmon::signatures {

/// Begins the library at its first call. Throws std::bad_alloc.
void begin_library();

/// What libyara's code for an error means.
std::string_view yara_error(int code) noexcept;

/// The rule's meta of that name, or nullptr.
const YR_META* find_meta(const YR_RULE& rule, std::string_view name) noexcept;
/// The text of a meta; empty if there is none, or none of text.
std::string_view meta_text(const YR_RULE& rule, std::string_view name) noexcept;

}  // namespace webmon::signatures
