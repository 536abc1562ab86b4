/// The signs in words, for people. Pure.
#pragma once

#include <string_view>

#include "lib/change/evidence.hpp"

namespace webmon::change {

/// What a sign says, without a verb: "new piece of text at the top". For every sign.
std::string_view in_words(Sign sign) noexcept;

}  // namespace webmon::change
