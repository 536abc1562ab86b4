#include "lib/fetch/easy_pool.hpp"

#include <curl/curl.h>

namespace webmon::fetch {

EasyPool::~EasyPool() {
  for (EasyHandle easy : idle_) curl_easy_cleanup(easy);
}

EasyHandle EasyPool::take() {
  if (idle_.empty()) return curl_easy_init();
  EasyHandle easy = idle_.back();
  idle_.pop_back();
  return easy;
}

void EasyPool::give_back(EasyHandle easy) {
  if (idle_.size() >= max_idle_) {
    curl_easy_cleanup(easy);
    return;
  }
  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_COOKIELIST, "ALL");
  idle_.push_back(easy);
}

}  // namespace webmon::fetch
