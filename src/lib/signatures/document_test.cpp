#include "lib/signatures/document.hpp"

#include <gtest/gtest.h>

namespace webmon::signatures {
namespace {

TEST(Document, EachPieceStandsBetweenLineFeedsInItsPart) {
  Document document;
  document.add(Part::title, "boats");
  document.add(Part::h1, "one");
  document.add(Part::h1, "two");
  document.add(Part::script, "f()");
  EXPECT_EQ(document.text(), "\nboats\none\ntwo\nf()\n");
  EXPECT_EQ(document.part_of(document.text().find("boats")), Part::title);
  EXPECT_EQ(document.part_of(document.text().find("one")), Part::h1);
  EXPECT_EQ(document.part_of(document.text().find("two")), Part::h1);
  EXPECT_EQ(document.part_of(document.text().find("f()")), Part::script);
  EXPECT_EQ(document.part_of(0), Part::title);
}

TEST(Document, RangesOfVariablesMeetAtLineFeeds) {
  Document document;
  document.add(Part::title, "boats");
  document.add(Part::h1, "one");
  EXPECT_EQ(document.text()[document.last_of(Part::title)], '\n');
  EXPECT_EQ(document.text().substr(document.last_of(Part::title) + 1, 3), "one");
  EXPECT_EQ(document.last_of(Part::h1), document.text().size() - 1);
  EXPECT_EQ(document.last_of(Part::hidden), document.last_of(Part::h1)) << "an empty part";
}

TEST(Document, ValuesOfTagsCannotForgeMarkup) {
  Document document;
  document.add_tag(Part::form, "input", {{"type", "a\">\n<b"}, {"name", "\xc3\xa4"}});
  document.add_tag(Part::form, "input", {{"type", std::string(5'000, 'x')}});
  const std::string first = "\n<input type=\"a > <b\" name=\"\xc3\xa4\">\n";
  EXPECT_EQ(document.text(), first + "<input type=\"" + std::string(kMostValue, 'x') + "\">\n");
}

TEST(Document, AnEmptyOneHasNoPartsAndOneLineFeed) {
  const Document document;
  EXPECT_EQ(document.text(), "\n");
  EXPECT_EQ(document.last_of(Part::script), 0U);
}

}  // namespace
}  // namespace webmon::signatures
