// A bare libcurl multi_socket loop on epoll: the least that fetching N pages can cost with libcurl.
// The yardstick of bench/check. Usage: curl_loop COUNT CONCURRENCY CA_FILE|- resume|full URL...
// Prints one line of JSON: fetches, failures, wall and CPU microseconds per fetch.
#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Bench {
  CURLM* multi = curl_multi_init();
  CURLSH* share = nullptr;
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  long timeout_ms = -1;
  long left = 0, failed = 0, next = 0;
  std::string ca_file;
  std::vector<std::string> urls;
};

std::size_t count_bytes(char*, std::size_t size, std::size_t n, void*) { return size * n; }

int on_socket(CURL*, curl_socket_t fd, int what, void* user, void* known) {
  auto& bench = *static_cast<Bench*>(user);
  epoll_event event{};
  event.data.fd = fd;
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(bench.epoll, EPOLL_CTL_DEL, fd, nullptr);
    return 0;
  }
  if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
  epoll_ctl(bench.epoll, known != nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
  curl_multi_assign(bench.multi, fd, user);
  return 0;
}

int on_timer(CURLM*, long ms, void* user) {
  static_cast<Bench*>(user)->timeout_ms = ms;
  return 0;
}

void start(Bench& bench, CURL* easy) {
  const auto& url = bench.urls[static_cast<std::size_t>(bench.next++) % bench.urls.size()];
  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count_bytes);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CAPATH,
                   nullptr);  // else libcurl reads the CA bundle for each connection
  if (!bench.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, bench.ca_file.c_str());
  if (bench.share != nullptr)
    curl_easy_setopt(easy, CURLOPT_SHARE, bench.share);
  else
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_multi_add_handle(bench.multi, easy);
}

void collect(Bench& bench, long total) {
  int queued = 0;
  while (const CURLMsg* message = curl_multi_info_read(bench.multi, &queued)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    if (message->data.result != CURLE_OK) ++bench.failed;
    curl_multi_remove_handle(bench.multi, easy);
    --bench.left;
    if (bench.next < total)
      start(bench, easy);
    else
      curl_easy_cleanup(easy);
  }
}

void run(Bench& bench, long total, long concurrency) {
  curl_multi_setopt(bench.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(bench.multi, CURLMOPT_SOCKETDATA, &bench);
  curl_multi_setopt(bench.multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(bench.multi, CURLMOPT_TIMERDATA, &bench);
  bench.left = total;
  for (long i = 0; i < concurrency && i < total; ++i) start(bench, curl_easy_init());
  std::array<epoll_event, 128> events{};
  while (bench.left > 0) {
    const int wait =
        bench.timeout_ms < 0 || bench.timeout_ms > 1000 ? 1000 : static_cast<int>(bench.timeout_ms);
    const int n = epoll_wait(bench.epoll, events.data(), static_cast<int>(events.size()), wait);
    int running = 0;
    for (int i = 0; i < n; ++i) {
      const auto mask = events[static_cast<std::size_t>(i)].events;
      const int action = ((mask & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 ? CURL_CSELECT_IN : 0) |
                         ((mask & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
      curl_multi_socket_action(bench.multi, events[static_cast<std::size_t>(i)].data.fd, action,
                               &running);
    }
    if (n == 0 || bench.timeout_ms == 0)
      curl_multi_socket_action(bench.multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect(bench, total);
  }
}

double seconds_of(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double wall_seconds() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr, "usage: curl_loop COUNT CONCURRENCY CA_FILE|- resume|full URL...\n");
    return 2;
  }
  curl_global_init(CURL_GLOBAL_ALL);
  Bench bench;
  const long total = std::atol(argv[1]);
  const long concurrency = std::atol(argv[2]);
  if (std::strcmp(argv[3], "-") != 0) bench.ca_file = argv[3];
  if (std::strcmp(argv[4], "resume") == 0) {
    bench.share = curl_share_init();
    curl_share_setopt(bench.share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  }
  for (int i = 5; i < argc; ++i) bench.urls.emplace_back(argv[i]);
  run(bench, concurrency, concurrency);  // warm-up: CA cache, sessions, page cache
  bench.next = 0;
  bench.failed = 0;
  const double cpu = cpu_seconds();
  const double wall = wall_seconds();
  run(bench, total, concurrency);
  const double per = 1e6 / static_cast<double>(total);
  std::printf("{\"fetches\":%ld,\"failed\":%ld,\"cpu_us\":%.2f,\"wall_us\":%.2f}\n", total,
              bench.failed, (cpu_seconds() - cpu) * per, (wall_seconds() - wall) * per);
  return bench.failed == 0 ? 0 : 1;
}
