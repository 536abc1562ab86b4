#include "lib/html/charset.hpp"

#include <gtest/gtest.h>
#include <iconv.h>

#include <string>

#include "lib/html/encoding_label.hpp"

namespace webmon::html {
namespace {

struct Result {
  std::string text;
  std::string encoding;
  std::uint32_t errors;
};

Result decoded(std::string_view body, std::string_view type = "text/html") {
  Decoded out;
  decode(body, type, out);
  return {std::string{out.text}, std::string{out.encoding}, out.errors};
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Charset, IsDecidedByMarkThenHeaderThenMeta) {
  const std::string meta = "<meta charset=iso-8859-2>";
  EXPECT_EQ(decoded(meta).encoding, "iso-8859-2");
  EXPECT_EQ(decoded(meta, "text/html; charset=koi8-r").encoding, "koi8-r");
  EXPECT_EQ(decoded("\xEF\xBB\xBF" + meta, "text/html; charset=koi8-r").encoding, "utf-8");
  EXPECT_EQ(decoded("\xEF\xBB\xBFx").text, "x") << "the mark is no part of the text";
  EXPECT_EQ(decoded("\xFE\xFF\x20\xAC").text, "\xE2\x82\xAC");
  EXPECT_EQ(decoded("caf\xC3\xA9").encoding, "utf-8") << "it is";
  EXPECT_EQ(decoded("caf\xE9").encoding, "windows-1252") << "too little to judge by";
}

TEST(Charset, ReadsTheHeaderAsBrowsersDo) {
  for (const std::string_view type :
       {"text/html;charset=KOI8-R", "text/html; Charset = \"koi8-r\"; x=y",
        "text/html; charset='koi8-r'", "text/html; charset=koi8-r; charset=utf-8",
        "text/html; xcharset=koi8-r", "text/html; charset charset=cskoi8r"}) {
    EXPECT_EQ(decoded("x", type).encoding, "koi8-r") << type;
  }
  for (const std::string_view type :
       {"text/html; charset=", "text/html; charset=\"koi8-r", "text/html; charset=nonsense",
        "text/html; charset=iso-2022-kr", "text/html; charset=utf-7", "charset"}) {
    EXPECT_EQ(decoded("x", type).encoding, "utf-8") << type;
  }
}

TEST(Charset, FindsTheMetaThatTheStandardFinds) {
  EXPECT_EQ(prescan("<!--<meta charset=a>--><META Charset=' koi8-r '>"), " koi8-r ");
  EXPECT_EQ(prescan("<meta http-equiv=Content-Type content='text/html; charset=big5'>"), "big5");
  EXPECT_EQ(prescan("<meta content='text/html; charset=big5'>"), "") << "no pragma";
  EXPECT_EQ(prescan("<meta charset=nonsense><meta charset=big5>"), "big5");
  EXPECT_EQ(prescan("<title><meta charset=big5></title>"), "big5") << "as the standard has it";
  EXPECT_EQ(prescan("<a title='<meta charset=big5>'>"), "");
  EXPECT_EQ(prescan(std::string(1000, ' ') + "<meta charset=big5>   "), "big5");
  EXPECT_EQ(prescan(std::string(1020, ' ') + "<meta charset=big5>"), "") << "too late";
  EXPECT_EQ(decoded("<meta charset=utf-16>x").encoding, "utf-8") << "it is not, as it was read";
}

TEST(Charset, MapsLabelsToWhatBrowsersMean) {
  struct Case {
    std::string_view label;
    std::string_view bytes;
    std::string_view want;
  };
  for (const Case& c : std::vector<Case>{{"ascii", "\x80\x93", "\xE2\x82\xAC\xE2\x80\x9C"},
                                         {"latin1", "\xE9", "\xC3\xA9"},
                                         {"x-sjis", "\x87\x40", "\xE2\x91\xA0"},
                                         {"gb2312", "\x80\xC4\xE3", "\xEF\xBF\xBD\xE4\xBD\xA0"},
                                         {"ks_c_5601-1987", "\xB0\xA1", "\xEA\xB0\x80"},
                                         {"big5", "\xA4\xA4", "\xE4\xB8\xAD"},
                                         {"euc-jp", "\xC6\xFC", "\xE6\x97\xA5"},
                                         {"iso-2022-jp", "\x1B$BF|\x1B(B", "\xE6\x97\xA5"},
                                         {"tis-620", "\xA1", "\xE0\xB8\x81"},
                                         {"iso-8859-9", "\xFD", "\xC4\xB1"},
                                         {"cp866", "\x80", "\xD0\x90"},
                                         {"koi8-u", "\xA4", "\xD1\x94"}}) {
    EXPECT_EQ(decoded(c.bytes, "text/html; charset=" + std::string{c.label}).text, c.want)
        << c.label;
  }
  EXPECT_EQ(find_encoding(""), nullptr);
  EXPECT_EQ(find_encoding("l"), nullptr) << "a part of a label";
  EXPECT_EQ(find_encoding("l1 l2"), nullptr);
  EXPECT_EQ(find_encoding(std::string(1000, 'a')), nullptr);
}

TEST(Charset, KnowsOnlyEncodingsThatIconvHas) {
  for (const char* name :
       {"utf-8",        "windows-1252", "windows-1250",   "windows-1251", "windows-1253",
        "windows-1254", "windows-1255", "windows-1256",   "windows-1257", "windows-1258",
        "windows-874",  "iso-8859-2",   "iso-8859-3",     "iso-8859-4",   "iso-8859-5",
        "iso-8859-6",   "iso-8859-7",   "iso-8859-8",     "iso-8859-10",  "iso-8859-13",
        "iso-8859-14",  "iso-8859-15",  "iso-8859-16",    "koi8-r",       "koi8-u",
        "ibm866",       "macintosh",    "x-mac-cyrillic", "gbk",          "gb18030",
        "big5",         "euc-jp",       "iso-2022-jp",    "shift_jis",    "euc-kr",
        "utf-16be",     "utf-16le"}) {
    const Encoding* encoding = find_encoding(name);
    ASSERT_NE(encoding, nullptr) << name;
    EXPECT_EQ(encoding->name, name);
    const iconv_t handle = iconv_open("UTF-8", encoding->iconv_name);
    EXPECT_NE(handle, reinterpret_cast<iconv_t>(-1)) << encoding->iconv_name;
    if (handle != reinterpret_cast<iconv_t>(-1)) iconv_close(handle);
  }
}

TEST(Charset, GuessesLongTextThatSaysNothingOfItself) {
  // "Съешь ещё этих мягких французских булок" in windows-1251.
  const std::string russian =
      "\xD1\xFA\xE5\xF8\xFC \xE5\xF9\xB8 \xFD\xF2\xE8\xF5 \xEC\xFF\xE3\xEA\xE8\xF5 "
      "\xF4\xF0\xE0\xED\xF6\xF3\xE7\xF1\xEA\xE8\xF5 \xE1\xF3\xEB\xEE\xEA. ";
  const Result guess = decoded("<html><p>" + repeat(russian, 5));
  EXPECT_EQ(guess.encoding, "windows-1251");
  EXPECT_NE(guess.text.find("\xD0\xB1\xD1\x83\xD0\xBB\xD0\xBE\xD0\xBA"), std::string::npos);
}

TEST(Charset, RepairsWhatDoesNotDecodeAndGoesOn) {
  EXPECT_EQ(decoded("a\xFF\xC3(b", "text/html; charset=utf-8").text, "a\xEF\xBF\xBD\xEF\xBF\xBD(b");
  EXPECT_EQ(decoded("a\xFF\xC3(b", "text/html; charset=utf-8").errors, 2U);
  EXPECT_EQ(decoded("a\x81z", "text/html; charset=shift_jis").errors, 0U) << "one character";
  EXPECT_GE(decoded("a\x81\xFF\xFFz", "text/html; charset=shift_jis").errors, 1U);
  EXPECT_TRUE(decoded("a\x81\xFF\xFFz", "text/html; charset=shift_jis").text.ends_with("z"));
  EXPECT_EQ(decoded({"a\0b", 3}, "text/html; charset=utf-8").text, (std::string{"a\0b", 3}));
  for (const std::string_view type : {"utf-16", "utf-16be", "gb18030", "euc-kr", "iso-2022-jp"}) {
    const Result result = decoded(repeat("\xFF\xD8\x1B$\xE9<p>\x00\xDC", 500),
                                  "text/html; charset=" + std::string{type});
    EXPECT_TRUE(is_utf8(result.text)) << type;
  }
}

TEST(Utf8, IsTakenAsRfc3629HasIt) {
  for (const std::string_view good :
       {"", "a", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF", "0123456789abcdef\xC3\xA9"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
    EXPECT_EQ(to_valid_utf8(good), good);
  }
  for (const std::string_view bad : {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80",
                                     "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5", "\xFF"}) {
    EXPECT_FALSE(is_utf8(bad));
    EXPECT_TRUE(is_utf8(to_valid_utf8(bad)));
  }
  EXPECT_EQ(to_valid_utf8({"a\0b", 3}),
            "a\xEF\xBF\xBD"
            "b");
}

}  // namespace
}  // namespace webmon::html
