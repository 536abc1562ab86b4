#include "pipeline/api/content_coding.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

namespace webmon::api {
namespace {

/// What a receiver can read of `coded` so far.
std::string unzip(const std::string& coded) {
  z_stream z{};
  EXPECT_EQ(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
  std::string out(1U << 20U, '\0');
  std::string in = coded;
  z.next_in = reinterpret_cast<Bytef*>(in.data());
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&z, Z_SYNC_FLUSH);
  EXPECT_TRUE(status == Z_OK || status == Z_STREAM_END) << status;
  out.resize(z.total_out);
  inflateEnd(&z);
  return out;
}

TEST(ContentCoding, IsWhatTheClientLikesBest) {
  struct Case {
    const char* accept;
    Coding want;
  };
  for (const auto& c : {
           Case{"", Coding::identity},
           Case{"gzip", Coding::gzip},
           Case{"GZIP", Coding::gzip},
           Case{"x-gzip", Coding::gzip},
           Case{"deflate, gzip;q=0.5, br", Coding::gzip},
           Case{"br, zstd", Coding::identity},
           Case{"*", Coding::gzip},
           Case{"*;q=0", Coding::identity},
           Case{"gzip;q=0, *", Coding::identity},
           Case{"gzip; q=0.000", Coding::identity},
           Case{"gzip;q=0.5, identity;q=1", Coding::identity},
           Case{"gzip;q=0.5, identity;q=0.5", Coding::gzip},
           Case{"identity;q=0, gzip;q=0.1", Coding::gzip},
           Case{"identity", Coding::identity},
           Case{" , gzip ; q=1.000 ,", Coding::gzip},
           Case{"gzip;q=1.001", Coding::identity},
           Case{"gzip;q=2", Coding::identity},
           Case{"gzip;q=0.1234", Coding::identity},
           Case{"gzip;q=", Coding::identity},
           Case{"gzip;level=9", Coding::identity},
           Case{"gzipped", Coding::identity},
       }) {
    EXPECT_EQ(choose_coding(c.accept), c.want) << c.accept;
  }
}

TEST(ContentCoding, OnlyTextIsWorthIt) {
  for (const auto* type : {"application/json", "application/problem+json", "application/x-ndjson",
                           "text/event-stream", "text/plain; version=0.0.4"}) {
    EXPECT_TRUE(is_compressible(type)) << type;
  }
  EXPECT_FALSE(is_compressible("application/octet-stream"));
  EXPECT_FALSE(is_compressible("image/png"));
}

TEST(ContentCoding, AGzipStreamGivesBackWhatWentIn) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "{\"line\":" + std::to_string(i) + "}\n";
  Gzip gzip;
  auto coded = gzip.add(std::string_view{text}.substr(0, 1'000), false);
  coded += gzip.add(std::string_view{text}.substr(1'000), false);
  coded += gzip.end();
  EXPECT_LT(coded.size(), text.size() / 3);
  EXPECT_EQ(unzip(coded), text);
}

TEST(ContentCoding, AFlushedPartCanBeReadAtOnce) {
  Gzip gzip;
  auto coded = gzip.add("data: 1\n\n", true);
  EXPECT_EQ(unzip(coded), "data: 1\n\n");
  coded += gzip.add("data: 2\n\n", true);
  EXPECT_EQ(unzip(coded), "data: 1\n\ndata: 2\n\n");
  coded += gzip.end();
  EXPECT_EQ(unzip(coded), "data: 1\n\ndata: 2\n\n");
}

}  // namespace
}  // namespace webmon::api
