#include <gtest/gtest.h>

#include "tests/support/nginx_server.hpp"
#include "tests/support/wait_until.hpp"

namespace webmon::testing {
namespace {

/// curl's exit status: 0 fine, 60 the certificate is not acceptable.
Finished curl(const NginxServer& nginx, const std::string& url) {
  return run_command({"curl", "-sS", "--noproxy", "*", "--cacert", nginx.ca_file().string(), url});
}

TEST(NginxServer, ServesItsFolderOverHttpAndHttps) {
  const NginxServer nginx;
  nginx.write("a/page.html", "<p>hello</p>");
  EXPECT_EQ(curl(nginx, nginx.http_url("/a/page.html")).output, "<p>hello</p>");
  EXPECT_EQ(curl(nginx, nginx.https_url("/a/page.html")).output, "<p>hello</p>");
  EXPECT_EQ(curl(nginx, nginx.https_url("/a/page.html", CertKind::good, "localhost")).output,
            "<p>hello</p>");
  EXPECT_TRUE(wait_until([&] { return nginx.requests().size() == 3; }));
  EXPECT_EQ(nginx.requests()[0], "GET /a/page.html 200");
}

TEST(NginxServer, ShowsBadCertificatesOnTheirPorts) {
  NginxOptions options;
  options.https = {CertKind::good,       CertKind::expired,     CertKind::not_yet_valid,
                   CertKind::wrong_host, CertKind::self_signed, CertKind::unknown_authority};
  const NginxServer nginx{options};
  nginx.write("x.txt", "x");
  for (const auto kind : options.https) {
    const auto done = curl(nginx, nginx.https_url("/x.txt", kind));
    EXPECT_EQ(done.status, kind == CertKind::good ? 0 : 60) << done.output;
  }
}

TEST(NginxServer, TakesExtraConfiguration) {
  NginxOptions options;
  options.server_snippet = "location = /gone { return 410 'gone'; }";
  const NginxServer nginx{options};
  EXPECT_EQ(curl(nginx, nginx.http_url("/gone")).output, "gone");
}

TEST(NginxServer, StopsAndStartsOnTheSamePorts) {
  NginxServer nginx;
  nginx.stop();
  EXPECT_FALSE(can_connect("127.0.0.1", nginx.http_port()));
  nginx.start();
  EXPECT_TRUE(can_connect("127.0.0.1", nginx.http_port()));
}

TEST(NginxServer, SaysWhatIsWrongWithItsConfiguration) {
  NginxOptions options;
  options.server_snippet = "no_such_directive;";
  try {
    const NginxServer nginx{options};
    FAIL() << "started";
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string{e.what()}.find("no_such_directive"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace webmon::testing
