/// The texts of rules/*.yar. Defined in a file that cmake/embed.cmake writes at build time.
#pragma once

#include <string_view>

namespace webmon::signatures::texts {

extern const std::string_view defacement, miner, phish, skimmer, spam, webshell;

}  // namespace webmon::signatures::texts
