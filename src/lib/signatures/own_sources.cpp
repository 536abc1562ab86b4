#include "lib/signatures/rule_texts.hpp"
#include "lib/signatures/rules.hpp"

namespace webmon::signatures {

std::vector<RuleSource> own_sources() {
  const auto source = [](const char* file, std::string_view text) {
    return RuleSource{file, std::string{text}};
  };
  return {source("defacement.yar", texts::defacement),
          source("miner.yar", texts::miner),
          source("phish.yar", texts::phish),
          source("skimmer.yar", texts::skimmer),
          source("spam.yar", texts::spam),
          source("webshell.yar", texts::webshell)};
}

}  // namespace webmon::signatures
