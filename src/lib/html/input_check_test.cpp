#include "lib/html/input_check.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace webmon::html {
namespace {

struct Case {
  std::string character;
  bool is_odd;
};
const std::vector<Case>& cases() {
  static const std::vector<Case> all = {{{"\0", 1}, false},
                                        {"\x01", true},
                                        {"\b", true},
                                        {"\t", false},
                                        {"\n", false},
                                        {"\v", true},
                                        {"\f", false},
                                        {"\x1F", true},
                                        {"~", false},
                                        {"\x7F", true},
                                        {"\xC2\x80", true},
                                        {"\xC2\x9F", true},
                                        {"\xC2\xA0", false},
                                        {"\xC3\x80", false},
                                        {"\xE2\x80\x99", false},
                                        {"\xEF\xB7\x8F", false},
                                        {"\xEF\xB7\x90", true},
                                        {"\xEF\xB7\xAF", true},
                                        {"\xEF\xBF\xBD", false},
                                        {"\xEF\xBF\xBE", true},
                                        {"\xF0\x9F\x98\x80", false},
                                        {"\xF0\x9F\xBF\xBF", true},
                                        {"\xF4\x8F\xBF\xBE", true}};
  return all;
}

TEST(InputCheck, FindsOddCharactersWhereverTheyStandInABlock) {
  for (const Case& one : cases()) {
    for (std::size_t at = 0; at < 140; ++at) {
      for (const std::string filler : {"x", "\xE2\x80\x99", "\f"}) {
        std::string text;
        while (text.size() < at) text += filler;
        const std::size_t where = text.size();
        text += one.character;
        for (std::size_t i = 0; i < 90; ++i) text += filler;
        const auto odd = find_odd_character(text, 0);
        ASSERT_EQ(odd.has_value(), one.is_odd) << at;
        if (!odd) continue;
        ASSERT_EQ(odd->offset, where);
        ASSERT_FALSE(find_odd_character(text, where + 1)) << at;
      }
    }
  }
}

}  // namespace
}  // namespace webmon::html
