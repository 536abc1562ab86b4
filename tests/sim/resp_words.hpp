/// A command of a store::Batch as words.
#pragma once

#include <string_view>
#include <vector>

namespace webmon::sim {

/// `words` point into `call`, one RESP array. Throws std::logic_error if it is none.
void split_command(std::string_view call, std::vector<std::string_view>& words);

}  // namespace webmon::sim
