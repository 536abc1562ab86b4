/// Why a page is called changed, in words. Pure.
#pragma once

#include "lib/change/page_watch.hpp"
#include "lib/core/report.hpp"

namespace webmon::change {

/// What a sign says, without a verb: "new piece of text at the top". For every sign.
std::string_view in_words(Sign sign) noexcept;

/// The finding of an alert: code `excessive_change`; crit if a sign of attack is there, else warn.
/// Its evidence lists the signs that carried it as "sign=value part=...", then what was new.
Finding explain(const Verdict& verdict);

}  // namespace webmon::change
