#include "lib/fetch/curl_multi.hpp"

#include <curl/curl.h>

#include <stdexcept>
#include <utility>

namespace webmon::fetch {

struct CurlMulti::Impl {
  Loop& loop;
  Done done;
  CURLM* multi = nullptr;
  Loop::TimerId timer = 0;

  Impl(Loop& l, Done d) : loop{l}, done{std::move(d)} {}

  void on_socket(int fd, int what, bool is_watched) {
    if (what == CURL_POLL_REMOVE) {
      curl_multi_assign(multi, fd, nullptr);
      loop.unwatch(fd);
      return;
    }
    const unsigned events = ((what & CURL_POLL_IN) != 0 ? Loop::kRead : 0U) |
                            ((what & CURL_POLL_OUT) != 0 ? Loop::kWrite : 0U);
    if (is_watched) {
      loop.change(fd, events);
      return;
    }
    curl_multi_assign(multi, fd,
                      this);  // any non-null mark: libcurl drops it when the fd is closed
    loop.watch(fd, events, [this, fd](unsigned seen) {
      act(fd, ((seen & Loop::kRead) != 0 ? CURL_CSELECT_IN : 0) |
                  ((seen & Loop::kWrite) != 0 ? CURL_CSELECT_OUT : 0));
    });
  }

  void on_timer(long delay_ms) {
    loop.cancel(std::exchange(timer, 0));
    if (delay_ms < 0) return;
    timer = loop.after(milliseconds{delay_ms}, [this] {
      timer = 0;
      act(CURL_SOCKET_TIMEOUT, 0);
    });
  }

  void act(curl_socket_t fd, int events) {
    int running = 0;
    curl_multi_socket_action(multi, fd, events, &running);
    drain();
  }

  void drain() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode code = message->data.result;  // `message` dies with the removal
      curl_multi_remove_handle(multi, easy);
      done(easy, code);
    }
  }
};

CurlMulti::CurlMulti(Loop& loop, Done done) : impl_{std::make_unique<Impl>(loop, std::move(done))} {
  static const CURLcode kLibrary = curl_global_init(CURL_GLOBAL_ALL);
  impl_->multi = kLibrary == CURLE_OK ? curl_multi_init() : nullptr;
  if (impl_->multi == nullptr) throw std::runtime_error("libcurl does not start");
  CURLM* multi = impl_->multi;
  const curl_socket_callback on_socket = [](CURL*, curl_socket_t fd, int what, void* self,
                                            void* mark) noexcept {
    static_cast<Impl*>(self)->on_socket(fd, what, mark != nullptr);
    return 0;
  };
  const curl_multi_timer_callback on_timer = [](CURLM*, long delay_ms, void* self) noexcept {
    static_cast<Impl*>(self)->on_timer(delay_ms);
    return 0;
  };
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, impl_.get());
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, impl_.get());
  curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 1L);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

CurlMulti::~CurlMulti() {
  curl_multi_cleanup(impl_->multi);  // unwatches the connections it kept
  impl_->loop.cancel(impl_->timer);
}

int CurlMulti::add(EasyHandle easy) { return curl_multi_add_handle(impl_->multi, easy); }

void CurlMulti::remove(EasyHandle easy) { curl_multi_remove_handle(impl_->multi, easy); }

}  // namespace webmon::fetch
