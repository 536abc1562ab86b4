#include "pipeline/executor/check_message.hpp"

#include <gtest/gtest.h>

namespace webmon::executor {
namespace {

TEST(CheckMessage, RequestsComeBackAsTheyWere) {
  const CheckRequest request{7, milliseconds{1'500}, {"check_http", "-H", "", "a b\n'\"$x"}};
  EXPECT_EQ(*decode_check_request(*encode(request)), request);
}

TEST(CheckMessage, AnswersComeBackAsTheyWere) {
  const CheckAnswer answer{9, CheckAnswer::End::exited, 2, milliseconds{153},
                           std::string{"text | a=1\0\xff", 13}};
  EXPECT_EQ(*decode_check_answer(encode(answer)), answer);
}

TEST(CheckMessage, AnswersAreCutToTheirBound) {
  const CheckAnswer answer{9, CheckAnswer::End::exited, 0, {}, std::string(100'000, 'x')};
  EXPECT_EQ(decode_check_answer(encode(answer))->output.size(), kMaxCheckOutput);
}

TEST(CheckMessage, OnlyPlainNamesAreRun) {
  for (const char* name : {"check_http", "check-ssl.sh", "A9"}) EXPECT_TRUE(is_check_name(name));
  for (const char* name :
       {"", ".", "..", ".hidden", "../sh", "a/b", "/bin/sh", "-c", "a b", "a;b", "a\nb"}) {
    EXPECT_FALSE(is_check_name(name)) << name;
    EXPECT_FALSE(encode(CheckRequest{1, {}, {name}})) << name;
  }
}

TEST(CheckMessage, RefusesWhatIsTooMuch) {
  EXPECT_FALSE(encode(CheckRequest{}));
  EXPECT_TRUE(encode(CheckRequest{1, {}, std::vector<std::string>(33, "a")}));
  EXPECT_FALSE(encode(CheckRequest{1, {}, std::vector<std::string>(34, "a")}));
  EXPECT_FALSE(encode(CheckRequest{1, {}, {"a", std::string(17'000, 'x')}}));
  EXPECT_FALSE(encode(CheckRequest{1, {}, {"a", std::string{"x\0y", 3}}}));
}

TEST(CheckMessage, TornPacketsAreNone) {
  const auto request = *encode(CheckRequest{7, milliseconds{1}, {"check", "arg"}});
  for (std::size_t size = 0; size < request.size(); ++size) {
    const auto read = decode_check_request(request.substr(0, size));
    EXPECT_TRUE(!read || size == request.size() - 4) << size;  // without its last argument
  }
  const auto answer = encode(CheckAnswer{1, CheckAnswer::End::exited, 0, {}, {}});
  for (std::size_t size = 0; size < answer.size(); ++size)
    EXPECT_FALSE(decode_check_answer(answer.substr(0, size))) << size;
}

}  // namespace
}  // namespace webmon::executor
