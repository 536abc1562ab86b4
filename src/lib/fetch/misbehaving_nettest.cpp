// Servers that break the protocol, and the verdict each must lead to (docs/api.md "Outcomes").
#include <sys/socket.h>
#include <zlib.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lib/fetch/fetch_fixture.hpp"

namespace webmon::fetch {
namespace {

constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";

std::string gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
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

std::string with_body(std::string headers, const std::string& body) {
  return std::string{kHead} + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

void send_forever(int fd, std::string_view bytes) {
  while (send_all(fd, bytes)) {
  }
}

/// The peer sees a reset instead of an end.
void reset_on_close(int fd) {
  const linger hard{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

using Serve = std::function<void(int fd)>;
Serve answer(std::string text) {
  return [text = std::move(text)](int fd) {
    read_request(fd);
    send_all(fd, text);
  };
}
Serve answer_and_stay(std::string text) {
  return [text = std::move(text)](int fd) {
    read_request(fd);
    send_all(fd, text);
    wait_for_close(fd);
  };
}
Serve answer_then_forever(std::string head, std::string more) {
  return [head = std::move(head), more = std::move(more)](int fd) {
    read_request(fd);
    send_all(fd, head);
    send_forever(fd, more);
  };
}

struct Case {
  const char* name;
  Serve serve;
  Outcome want;
  int status = 0;
  const char* warning = nullptr;
  const char* detail = nullptr;
};

std::vector<Case> cases() {
  const std::string head{kHead};
  const std::string bomb = gzipped(std::string(20'000'000, 'x'));
  const std::string page = gzipped("<html>hello</html>");
  return {
      {"closes at once",
       [](int fd) {
         shutdown(fd, SHUT_WR);  // a close with the request unread would be a reset
         wait_for_close(fd);
       },
       Outcome::empty_reply},
      {"closes after the request", [](int fd) { read_request(fd); }, Outcome::empty_reply},
      {"partial status line", answer("HTTP/1.1 20"), Outcome::empty_reply},
      {"reset after the request",
       [](int fd) {
         read_request(fd);
         reset_on_close(fd);
       },
       Outcome::reset},
      {"HTTP/0.9 body", answer("<html>hello</html>"), Outcome::not_http},
      {"SSH banner", answer("SSH-2.0-OpenSSH_9.2p1\r\n"), Outcome::not_http},
      {"raw HTTP/2 frames", answer(std::string("\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64", 15)),
       Outcome::not_http},
      {"silence", answer_and_stay(""), Outcome::timeout, 0, nullptr, "timeout in phase processing"},
      {"status line, then silence", answer_and_stay("HTTP/1.1 200 OK\r\n"), Outcome::timeout, 200},
      {"half a body, then silence", answer_and_stay(head + "Content-Length: 10\r\n\r\nhello"),
       Outcome::timeout, 200, nullptr, "timeout in phase transfer"},
      {"endless headers", answer_then_forever(head, "X-Filler: " + std::string(200, 'f') + "\r\n"),
       Outcome::header_limit, 200},
      {"endless tiny headers", answer_then_forever(head, "a:\r\n"), Outcome::header_limit, 200},
      {"one header of 300 KB",
       answer_and_stay(head + "X: " + std::string(300'000, 'h') + "\r\n\r\n"),
       Outcome::header_limit, 200},
      {"endless 103s", answer_then_forever("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
       Outcome::header_limit},
      {"endless trailers",
       answer_then_forever(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
                           "X-Trailer: " + std::string(100, 't') + "\r\n"),
       Outcome::header_limit, 200},
      {"length too large", answer(head + "Content-Length: 100\r\n\r\nhello"), Outcome::truncated,
       200},
      {"length too small", answer(head + "Content-Length: 2\r\n\r\nhello"), Outcome::ok, 200},
      {"chunk cut off", answer(head + "Transfer-Encoding: chunked\r\n\r\n10\r\nhello"),
       Outcome::truncated, 200},
      {"two lengths that differ",
       answer(head + "Content-Length: 3\r\nContent-Length: 5\r\n\r\nhello"), Outcome::ok, 200,
       "ambiguous_length"},
      {"negative length", answer(head + "Content-Length: -5\r\n\r\nhello"), Outcome::bad_header,
       200},
      {"length of 10 GB", answer_and_stay(head + "Content-Length: 10000000000\r\n\r\nhello"),
       Outcome::too_large, 200},
      {"length beyond 64 bits",
       answer_and_stay(head + "Content-Length: 99999999999999999999\r\n\r\nhello"),
       Outcome::too_large, 200},
      {"length and chunked",
       answer(head +
              "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
       Outcome::ok, 200, "length_and_chunked"},
      {"bad chunk size", answer(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"),
       Outcome::bad_chunk, 200},
      {"huge chunk size",
       answer(head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello\r\n"),
       Outcome::bad_chunk, 200},
      {"endless body", answer_then_forever(head + "\r\n", std::string(10'000, 'b')),
       Outcome::too_large, 200},
      {"endless chunks",
       answer_then_forever(head + "Transfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\n"),
       Outcome::too_large, 200},
      {"gzip bomb", answer(with_body("Content-Encoding: gzip\r\n", bomb)), Outcome::too_large, 200},
      {"gzip without its end",
       answer(with_body("Content-Encoding: gzip\r\n", page.substr(0, page.size() - 9))),
       Outcome::ok, 200, "truncated_encoding"},
      {"gzip with a wrong checksum",
       answer(with_body("Content-Encoding: gzip\r\n",
                        page.substr(0, page.size() - 8) + std::string(8, 'x'))),
       Outcome::bad_encoding, 200},
      {"gzip that is none", answer(with_body("Content-Encoding: gzip\r\n", "<html>hello</html>")),
       Outcome::bad_encoding, 200},
      {"gzip with junk behind", answer(with_body("Content-Encoding: gzip\r\n", page + "junk junk")),
       Outcome::bad_encoding, 200},
      {"unknown encoding", answer(with_body("Content-Encoding: rot13\r\n", "uryyb")),
       Outcome::bad_encoding, 200},
      {"eight stacked encodings",
       answer(
           with_body("Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip\r\n", page)),
       Outcome::bad_encoding, 200},
      {"redirect without location", answer("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"),
       Outcome::ok, 302, "redirect_without_location"},
      {"redirect with empty location",
       answer("HTTP/1.1 302 Found\r\nLocation:\r\nContent-Length: 0\r\n\r\n"), Outcome::ok, 302,
       "redirect_without_location"},
      {"redirect with credentials",
       answer("HTTP/1.1 302 Found\r\nLocation: http://a:b@127.0.0.1/\r\nContent-Length: 0\r\n\r\n"),
       Outcome::bad_redirect, 302},
      {"NUL in a header",
       answer(head + std::string("X-Nul: a\0b\r\n", 12) + "Content-Length: 0\r\n\r\n"),
       Outcome::bad_header, 200},
      {"status 000", answer("HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n"),
       Outcome::not_http},
      {"status 20O", answer("HTTP/1.1 20O OK\r\nContent-Length: 0\r\n\r\n"), Outcome::not_http},
      {"HTTP/9.9", answer("HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n"), Outcome::not_http},
      {"status 999", answer("HTTP/1.1 999 Strange\r\nContent-Length: 0\r\n\r\n"), Outcome::ok, 999},
      {"unsolicited 101", answer_and_stay("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"),
       Outcome::protocol, 101},
      {"unsolicited 304", answer("HTTP/1.1 304 Not Modified\r\n\r\n"), Outcome::ok, 304,
       "unsolicited_304"},
      {"204 with a body", answer("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
       Outcome::ok, 204},
      {"line feeds only", answer("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"), Outcome::ok, 200,
       "bare_lf"},
      {"folded header", answer(head + "X-Fold: a\r\n b\r\nContent-Length: 5\r\n\r\nhello"),
       Outcome::ok, 200, "folded_header"},
  };
}

FetchLimits short_limits() {
  FetchLimits limits;
  limits.total = milliseconds{3'000};
  limits.low_speed_time = seconds{1};
  limits.body_bytes = 1'000'000;
  return limits;
}

TEST(Misbehaving, ServersLeadToTheirDocumentedOutcome) {
  FetchRig rig{loopback_config()};
  for (const auto& c : cases()) {
    SCOPED_TRACE(c.name);
    const RawServer server{c.serve};
    FetchRequest request;
    request.url = *parse_url(server.url());
    request.limits = short_limits();
    const Page page = rig.run(request);
    EXPECT_EQ(to_string(page.outcome), to_string(c.want)) << page.detail;
    EXPECT_EQ(page.status, c.status);
    EXPECT_LE(page.body.size(), 1'000'000U);
    EXPECT_EQ(page.outcome == Outcome::ok, page.detail.empty()) << page.detail;
    if (c.detail != nullptr) {
      EXPECT_EQ(page.detail, c.detail);
    }
    if (c.warning != nullptr) {
      EXPECT_NE(std::find(page.warnings.begin(), page.warnings.end(), c.warning),
                page.warnings.end())
          << ::testing::PrintToString(page.warnings);
    } else {
      EXPECT_TRUE(page.warnings.empty()) << ::testing::PrintToString(page.warnings);
    }
  }
  EXPECT_EQ(rig.fetcher.in_flight(), 0U);
}

TEST(Misbehaving, KeepsTheDecodedPartOfAGzipBomb) {
  const std::string bomb = gzipped(std::string(20'000'000, 'x'));
  const RawServer server{answer(with_body("Content-Encoding: gzip\r\n", bomb))};
  FetchRig rig{loopback_config()};
  FetchRequest request;
  request.url = *parse_url(server.url());
  request.limits = short_limits();
  EXPECT_EQ(rig.run(request).body, std::string(1'000'000, 'x'));
}

TEST(Misbehaving, TriesTheNextAddressWhenTheFirstRefuses) {
  // localhost is ::1 and 127.0.0.1; this server listens on IPv4 only.
  const RawServer server{answer(with_body("", "hello"))};
  FetchRig rig{loopback_config()};
  const Page page = rig.get("http://localhost:" + std::to_string(server.port()) + "/");
  EXPECT_EQ(page.outcome, Outcome::ok) << page.detail;
  EXPECT_EQ(page.hops[0].remote_ip, "127.0.0.1");
}

TEST(Misbehaving, DestroyingTheFetcherDropsWhatIsInFlight) {
  const RawServer server{answer_and_stay("HTTP/1.1 200 OK\r\n")};
  int calls = 0;
  {
    FetchRig rig{loopback_config()};
    FetchRequest request;
    request.url = *parse_url(server.url());
    rig.fetcher.start(request, [&](Page&&) { ++calls; });
    rig.run_until([&] { return server.connections() == 1; });
  }
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace webmon::fetch
