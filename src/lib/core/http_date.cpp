#include "lib/core/http_date.hpp"

#include <curl/curl.h>

#include <string>

namespace webmon {

std::optional<StoreTime> parse_http_date(std::string_view text) {
  constexpr std::size_t kMost = 64;
  if (text.empty() || text.size() > kMost) return {};
  const auto since_1970 = curl_getdate(std::string{text}.c_str(), nullptr);
  if (since_1970 < 0) return {};
  return store_time_ms(static_cast<std::int64_t>(since_1970) * 1000);
}

}  // namespace webmon
