#include "pipeline/api/representation.hpp"

#include <algorithm>
#include <functional>

#include "pipeline/api/content_coding.hpp"

namespace webmon::api {
namespace {

std::string* find(Response& response, std::string_view name) {
  const auto at = std::ranges::find(response.headers, name, &Fields::value_type::first);
  return at == response.headers.end() ? nullptr : &at->second;
}

std::string_view opaque(std::string_view etag) noexcept {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  return etag;
}

/// std::hash is the same for equal texts within a process and, as libstdc++ has no seed, across
/// those of one build. If it were not, a client would only be sent the body once more.
std::string weak_etag(std::string_view body) {
  constexpr std::string_view kHex = "0123456789abcdef";
  auto hash = std::hash<std::string_view>{}(body);
  std::string text = "W/\"";
  for (int i = 0; i < 16; ++i, hash >>= 4U) text += kHex[hash & 15U];
  return text + '"';
}

void turn_into_304(Response& response) {
  response.status = 304;
  response.body.clear();
  response.content_type.clear();
}

/// Each part can be read as soon as it comes.
class GzipSink final : public BodySink {
 public:
  explicit GzipSink(BodySink& sink) : sink_{sink} {}
  Awaitable<bool> write(std::string_view bytes) override {
    const auto coded = gzip_.add(bytes, true);
    co_return co_await sink_.write(coded);
  }
  bool is_ending() const noexcept override { return sink_.is_ending(); }
  Awaitable<bool> finish() {
    const auto coded = gzip_.end();
    co_return co_await sink_.write(coded);
  }

 private:
  BodySink& sink_;
  Gzip gzip_;
};

Awaitable<bool> write_coded(const BodyWriter& writer, BodySink& sink) {
  GzipSink coded{sink};
  if (!co_await writer(coded)) co_return false;
  co_return co_await coded.finish();
}

void compress(Response& response) {
  if (response.stream) {
    response.stream = [writer = std::move(response.stream)](BodySink& sink) {
      return write_coded(writer, sink);
    };
  } else {
    Gzip gzip;
    auto coded = gzip.add(response.body, false);
    coded += gzip.end();
    response.body = std::move(coded);
  }
  response.headers.emplace_back("Content-Encoding", "gzip");
  auto* etag = find(response, "ETag");
  if (etag != nullptr && !etag->starts_with("W/")) *etag = "W/" + *etag;
}

}  // namespace

bool names_etag(std::string_view if_none_match, std::string_view etag) noexcept {
  if (if_none_match == "*") return true;
  // An opaque tag may hold commas, but not quotes: so from quote to quote.
  while (true) {
    const auto begin = if_none_match.find('"');
    if (begin == if_none_match.npos) return false;
    const auto end = if_none_match.find('"', begin + 1);
    if (end == if_none_match.npos) return false;
    if (if_none_match.substr(begin, end - begin + 1) == opaque(etag)) return true;
    if_none_match.remove_prefix(end + 1);
  }
}

void represent(const Request& request, Response& response) {
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  const bool is_good_get = is_read && response.status == 200;
  if (is_good_get && !response.stream && find(response, "ETag") == nullptr) {
    response.headers.emplace_back("ETag", weak_etag(response.body));
  }
  if (!is_compressible(response.content_type)) return;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  const auto wanted = request.all("if-none-match");
  const auto* etag = find(response, "ETag");
  if (is_good_get && etag != nullptr && !wanted.empty() && names_etag(wanted, *etag)) {
    return turn_into_304(response);
  }
  const bool is_worth_it = response.stream || response.body.size() >= kLeastToCompress;
  if (is_worth_it && choose_coding(request.all("accept-encoding")) == Coding::gzip) {
    compress(response);
  }
}

}  // namespace webmon::api
