#include "lib/fetch/content_decoder.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

namespace webmon::fetch {
namespace {

using Status = ContentDecoder::Status;

std::string packed(const std::string& text, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
std::string gzipped(const std::string& text) { return packed(text, 15 + 16); }

struct Decoded {
  Status status;
  std::string text;
  bool is_complete;
};
Decoded decode(const std::string& encoding, const std::string& bytes, std::size_t piece = 1'000,
               std::size_t limit = 1'000'000) {
  auto decoder = ContentDecoder::make({{"content-encoding", encoding}});
  EXPECT_TRUE(decoder);
  Decoded out{Status::ok, {}, false};
  for (std::size_t at = 0; at < bytes.size() && out.status == Status::ok; at += piece) {
    out.status = decoder->feed(std::string_view{bytes}.substr(at, piece), out.text, limit);
  }
  out.is_complete = decoder->is_complete();
  return out;
}

// echo -n "hello hello hello" | brotli | xxd
const std::string kBrotliHello{"\x0b\x08\x80hello hello hello\x03", 21};

TEST(ContentDecoder, DecodesEachEncodingWhateverThePieces) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += std::to_string(i) + " ";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
    for (const auto& [name, bytes] : {std::pair<std::string, std::string>{"gzip", gzipped(text)},
                                      {"X-GZIP", gzipped(text)},
                                      {"deflate", packed(text, 15)},
                                      {"deflate", packed(text, -15)},
                                      {"", text},
                                      {"identity", text},
                                      {"gzip, deflate", packed(gzipped(text), 15)},
                                      {"gzip, gzip,gzip", gzipped(gzipped(gzipped(text)))}}) {
      SCOPED_TRACE(name);
      const auto out = decode(name, bytes, piece);
      EXPECT_EQ(out.status, Status::ok);
      EXPECT_EQ(out.text, text);
      EXPECT_TRUE(out.is_complete);
    }
  }
}

TEST(ContentDecoder, DecodesBrotli) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100}}) {
    const auto out = decode("br", kBrotliHello, piece);
    EXPECT_EQ(out.status, Status::ok);
    EXPECT_EQ(out.text, "hello hello hello");
    EXPECT_TRUE(out.is_complete);
  }
  EXPECT_EQ(decode("br", kBrotliHello + "junk").status, Status::broken);
  EXPECT_FALSE(decode("br", kBrotliHello.substr(0, 10)).is_complete);
}

TEST(ContentDecoder, JoinsTheMembersOfAGzipFile) {
  EXPECT_EQ(decode("gzip", gzipped("hello ") + gzipped("world")).text, "hello world");
}

TEST(ContentDecoder, SaysThatTheEndIsMissing) {
  const auto bytes = gzipped("hello world");
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    const auto out = decode("gzip", bytes.substr(0, size));
    EXPECT_EQ(out.status, Status::ok) << size;
    EXPECT_FALSE(out.is_complete) << size;
  }
  EXPECT_TRUE(decode("gzip", "").is_complete);  // a HEAD or 204 has no body to decode
}

TEST(ContentDecoder, RefusesWhatDoesNotDecode) {
  EXPECT_EQ(decode("gzip", "<html>hello</html>").status, Status::broken);
  EXPECT_EQ(decode("gzip", gzipped("hello") + "junk").status, Status::broken);
  EXPECT_EQ(decode("deflate", "\xff\xff\xff\xff\xff\xff").status, Status::broken);
  EXPECT_EQ(decode("br", "\xff\xff\xff\xff\xff\xff").status, Status::broken);
}

TEST(ContentDecoder, StopsABombAtTheBound) {
  const auto bomb = gzipped(std::string(5'000'000, 'x'));
  const auto out = decode("gzip", bomb, 1'000'000, 100'000);
  EXPECT_EQ(out.status, Status::over_limit);
  EXPECT_EQ(out.text.size(), 100'000U);
  EXPECT_EQ(decode("gzip, gzip", gzipped(bomb), 1'000'000, 100'000).status, Status::over_limit);
}

TEST(ContentDecoder, RefusesUnknownAndTooManyEncodings) {
  EXPECT_FALSE(ContentDecoder::make({{"content-encoding", "rot13"}}));
  EXPECT_FALSE(ContentDecoder::make({{"content-encoding", "gzip, zstd"}}));
  EXPECT_FALSE(ContentDecoder::make({{"content-encoding", "gzip,gzip,gzip,gzip,gzip,gzip"}}));
  EXPECT_FALSE(ContentDecoder::make(
      {{"content-encoding", "gzip,gzip,gzip"}, {"content-encoding", "gzip,gzip,gzip"}}));
  EXPECT_TRUE(ContentDecoder::make({{"content-encoding", "gzip,gzip,gzip,gzip,gzip"}}));
  EXPECT_TRUE(ContentDecoder::make({}));
}

}  // namespace
}  // namespace webmon::fetch
