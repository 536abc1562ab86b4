#include "lib/signatures/library.hpp"

#include <yara.h>

#include <new>

namespace webmon::signatures {
namespace {

// Values on the stack of conditions: `any of them` takes one for each string of its rule. libyara
// allocates and clears all of it in every scan; its own 16,384 take longer than most pages.
constexpr std::uint32_t kStack = 4'096;
// Bytes of each match that libyara copies: none, the text is at hand.
constexpr std::uint32_t kMatchData = 0;
constexpr std::uint32_t kStringsPerRule = 2'000;

bool begin() {
  return yr_initialize() == ERROR_SUCCESS &&
         yr_set_configuration_uint32(YR_CONFIG_STACK_SIZE, kStack) == ERROR_SUCCESS &&
         yr_set_configuration_uint32(YR_CONFIG_MAX_MATCH_DATA, kMatchData) == ERROR_SUCCESS &&
         yr_set_configuration_uint32(YR_CONFIG_MAX_STRINGS_PER_RULE, kStringsPerRule) ==
             ERROR_SUCCESS;
}

}  // namespace

void begin_library() {
  static const bool has_begun = begin();
  if (!has_begun) throw std::bad_alloc{};
}

std::string_view yara_error(int code) noexcept {
  switch (code) {
    case ERROR_SCAN_TIMEOUT:
      return "timeout";
    case ERROR_TOO_MANY_MATCHES:
      return "too many matches";
    case ERROR_EXEC_STACK_OVERFLOW:
      return "a condition is too large";
    case ERROR_TOO_MANY_RE_FIBERS:
      return "a regular expression has too many ways to match";
    case ERROR_TOO_MANY_STRINGS:
      return "a rule has more than 2000 strings";
    default:
      return "libyara failed";
  }
}

const YR_META* find_meta(const YR_RULE& rule, std::string_view name) noexcept {
  const YR_RULE* one = &rule;  // the macro wants a name
  const YR_META* meta = nullptr;
  yr_rule_metas_foreach(one, meta) {
    if (meta->identifier == name) return meta;
  }
  return nullptr;
}

std::string_view meta_text(const YR_RULE& rule, std::string_view name) noexcept {
  const YR_META* meta = find_meta(rule, name);
  return meta != nullptr && meta->type == META_TYPE_STRING ? meta->string : std::string_view{};
}

}  // namespace webmon::signatures
