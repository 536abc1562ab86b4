#include "cli/import_text.hpp"

#include <gtest/gtest.h>

namespace webmon::cli {
namespace {

std::string sent(std::string_view file, std::size_t part, boost::json::object fields = {}) {
  ImportText text{std::move(fields)};
  std::string out;
  for (; !file.empty(); file.remove_prefix(std::min(part, file.size()))) {
    text.feed(file.substr(0, part));
    out += text.take();
  }
  text.end();
  return out + text.take();
}

TEST(ImportText, MakesEachUrlAnAssetInItsLine) {
  constexpr auto kFile = "\n# shops\r\nExample.org\r\n\nhttps://b.example/x\nnot a url";
  constexpr auto kSent =
      "\n\n{\"url\":\"http://example.org/\"}\n\n{\"url\":\"https://b.example/x\"}\n"
      "{\"url\":\"not a url\"}\n";
  for (std::size_t part = 1; part < 20; ++part) EXPECT_EQ(sent(kFile, part), kSent) << part;
}

TEST(ImportText, GivesEachUrlTheFields) {
  EXPECT_EQ(sent("a.example\n", 100, {{"enabled", false}}),
            "{\"enabled\":false,\"url\":\"http://a.example/\"}\n");
}

TEST(ImportText, SendsNdjsonAsItIs) {
  constexpr auto kFile = "\n \r\n{\"url\":\"http://a.example/\"}\n# no comment here\nx";
  for (std::size_t part = 1; part < 20; ++part) EXPECT_EQ(sent(kFile, part), kFile) << part;
}

TEST(ImportText, CutsALineThatIsTooLongAndKeepsTheCountOfLines) {
  const auto out = sent(std::string(100'000, 'x') + "\nb.example\n", 1'000);
  EXPECT_LT(out.size(), 6'000U);
  EXPECT_TRUE(out.ends_with("\"}\n{\"url\":\"http://b.example/\"}\n"));
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2);
}

TEST(ImportText, AnEmptyFileIsNothing) {
  EXPECT_EQ(sent("", 1), "");
  EXPECT_EQ(sent("\n\n", 1), "\n\n");
}

}  // namespace
}  // namespace webmon::cli
