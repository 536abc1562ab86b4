#include "cli/api_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/endpoints.hpp"
#include "cli/environment.hpp"
#include "cli/json_read.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxAnswer = 64U << 20U;
constexpr std::size_t kMaxHeader = 64U << 10U;
constexpr std::size_t kMaxLine = 1U << 20U;
constexpr long kStillSeconds = 90;
constexpr int kMaxPages = 1'000'000;

struct Received {
  std::string body;
  std::string etag;
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& body = static_cast<Received*>(user)->body;
  if (body.size() + size * count > kMaxAnswer) return 0;
  body.append(data, size * count);
  return size * count;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  std::string_view line{data, size * count};
  constexpr std::string_view kName = "etag:";
  if (line.size() < kMaxHeader && line.size() > kName.size() &&
      curl_strnequal(line.data(), kName.data(), kName.size()) != 0) {
    line.remove_prefix(kName.size());
    const auto from = line.find_first_not_of(' ');
    const auto to = line.find_last_not_of(" \r\n");
    if (from != std::string_view::npos && to != std::string_view::npos)
      static_cast<Received*>(user)->etag = line.substr(from, to - from + 1);
  }
  return size * count;
}

/// An answer that is passed on line by line; one that is an error is kept, to be told.
struct Streaming {
  CURL* easy;
  const ApiClient::Stream& stream;
  std::string line;   ///< the last one, incomplete
  std::string error;  ///< body of an answer from 400 on
  bool is_enough = false;
};

std::size_t on_stream(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& streaming = *static_cast<Streaming*>(user);
  std::string_view bytes{data, size * count};
  long status = 0;
  curl_easy_getinfo(streaming.easy, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 400) {
    if (streaming.error.size() + bytes.size() > kMaxLine) return 0;
    streaming.error.append(bytes);
    return bytes.size();
  }
  streaming.line.append(bytes);
  std::size_t begin = 0;
  for (auto end = streaming.line.find('\n'); end != std::string::npos;
       end = streaming.line.find('\n', begin)) {
    const auto line = std::string_view{streaming.line}.substr(begin, end - begin);
    begin = end + 1;
    streaming.is_enough = !streaming.stream.on_line(line);
    if (streaming.is_enough) return 0;
  }
  streaming.line.erase(0, begin);
  return streaming.line.size() > kMaxLine ? 0 : bytes.size();
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  auto& streaming = *static_cast<Streaming*>(user);
  streaming.is_enough = streaming.is_enough || !streaming.stream.goes_on();
  return streaming.is_enough ? 1 : 0;
}

std::size_t on_upload(char* to, std::size_t size, std::size_t count, void* user) noexcept {
  const auto read = static_cast<const ApiClient::Stream*>(user)->read(to, size * count);
  return read ? *read : std::size_t{CURL_READFUNC_ABORT};
}

Errc code_of(int status) {
  switch (status) {
    case 403:
      return Errc::forbidden;
    case 404:
    case 410:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    case 412:
      return Errc::stale;
    case 413:
      return Errc::too_large;
    case 503:
      return Errc::store_down;
    default:
      return status >= 500 ? Errc::internal : Errc::bad_input;
  }
}

// RFC 9457.
Error problem(const Answer& answer, std::string_view where) {
  auto title = text_at(answer.body, "/title");
  const auto detail = text_at(answer.body, "/detail");
  if (title.empty()) title = fmt::format("HTTP status {}", answer.status);
  return {code_of(answer.status), fmt::format("{}{}{} ({} {})", title, detail.empty() ? "" : ": ",
                                              detail, where, answer.status)};
}

Error unreachable(CURLcode code, const char* why, const std::string& server) {
  const char* reason = *why != '\0' ? why : curl_easy_strerror(code);
  if (code == CURLE_OPERATION_TIMEDOUT)
    return {
        Errc::timeout,
        fmt::format("no answer from the API at {}: {}. Is it overloaded? `webmon control STATUS` "
                    "tells",
                    server, reason)};
  return {Errc::bus_down,
          fmt::format("cannot reach the API at {}: {}. Start it with `webmon up`, or name another "
                      "server with --server URL or WEBMON_SERVER",
                      server, reason)};
}

struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
struct FreeEasy {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};

}  // namespace

struct ApiClient::Impl {
  std::string server;
  milliseconds timeout;
  std::unique_ptr<CURL, FreeEasy> easy{curl_easy_init()};

  Result<Answer> perform(std::string_view method, const std::string& path, const std::string* body,
                         const Extra& extra);
  Result<void> stream(std::string_view method, const std::string& path, const Stream& stream);
};

Result<void> ApiClient::Impl::stream(std::string_view method, const std::string& path,
                                     const Stream& stream) {
  CURL* const curl = easy.get();
  if (curl == nullptr) return fail(Errc::internal, "libcurl does not start");
  curl_easy_reset(curl);  // keeps connections
  const auto url = server + path;
  const std::string verb{method};
  Streaming streaming{.easy = curl, .stream = stream, .line = {}, .error = {}};
  char why[CURL_ERROR_SIZE] = "";
  std::unique_ptr<curl_slist, FreeList> headers;
  const auto add_header = [&](const std::string& line) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  };
  add_header("Accept: " + stream.accept);
  for (const auto& header : stream.headers) add_header(header);
  if (stream.read) {
    add_header("Content-Type: " + stream.content_type);
    add_header("Transfer-Encoding: chunked");
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt(curl, CURLOPT_READDATA, const_cast<Stream*>(&stream));
  }
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, verb.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 3'000L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStillSeconds);
  if (stream.goes_on) {
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &streaming);
  }
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_stream);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &streaming);
  const auto code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 400) {
    Answer answer{.status = static_cast<int>(status), .body = nullptr, .etag = {}};
    json::error_code ignored;
    answer.body = json::parse(streaming.error, ignored);
    return fail(problem(answer, fmt::format("{} {}", method, url)));
  }
  if (code == CURLE_OK || streaming.is_enough) return {};
  if (status >= 200)
    return fail(Errc::store_down, fmt::format("the API at {} broke off its answer: {}. Its log "
                                              "tells why; try again",
                                              server, curl_easy_strerror(code)));
  return fail(unreachable(code, why, server));
}

Result<Answer> ApiClient::Impl::perform(std::string_view method, const std::string& path,
                                        const std::string* body, const Extra& extra) {
  CURL* const curl = easy.get();
  if (curl == nullptr) return fail(Errc::internal, "libcurl does not start");
  curl_easy_reset(curl);  // keeps connections
  const auto url = server + path;
  const std::string verb{method};
  Received received;
  char why[CURL_ERROR_SIZE] = "";
  std::unique_ptr<curl_slist, FreeList> headers;
  const auto add_header = [&](const std::string& line) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  };
  add_header("Accept: application/json");
  add_header("Expect:");
  if (body != nullptr) add_header("Content-Type: application/json");
  if (!extra.if_match.empty()) add_header("If-Match: " + extra.if_match);
  if (extra.is_new) add_header("If-None-Match: *");
  if (!extra.idempotency_key.empty()) add_header("Idempotency-Key: " + extra.idempotency_key);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, verb.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 3'000L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &received);
  if (body != nullptr) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
  }
  if (const auto code = curl_easy_perform(curl); code != CURLE_OK)
    return fail(unreachable(code, why, server));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  Answer answer{
      .status = static_cast<int>(status), .body = nullptr, .etag = std::move(received.etag)};
  json::error_code error;
  if (!received.body.empty()) answer.body = json::parse(received.body, error);
  const auto where = fmt::format("{} {}", method, url);
  if (answer.status >= 400) return fail(problem(answer, where));
  if (error)
    return fail(Errc::internal,
                fmt::format("{} did not answer with JSON: is that Webmon's API?", where));
  return answer;
}

ApiClient::ApiClient(std::string server, milliseconds timeout)
    : impl_{std::make_unique<Impl>(Impl{.server = std::move(server), .timeout = timeout})} {
  while (impl_->server.ends_with('/')) impl_->server.pop_back();
}
ApiClient::~ApiClient() = default;
ApiClient::ApiClient(ApiClient&&) noexcept = default;
ApiClient& ApiClient::operator=(ApiClient&&) noexcept = default;

const std::string& ApiClient::server() const noexcept { return impl_->server; }

Result<Answer> ApiClient::call(std::string_view method, const std::string& path) {
  return impl_->perform(method, path, nullptr, {});
}

Result<Answer> ApiClient::call(std::string_view method, const std::string& path,
                               const json::value& body, const Extra& extra) {
  const auto text = json::serialize(body);
  return impl_->perform(method, path, body.is_null() ? nullptr : &text, extra);
}

Result<void> ApiClient::stream(std::string_view method, const std::string& path,
                               const Stream& stream) {
  return impl_->stream(method, path, stream);
}

Result<void> ApiClient::for_each(const std::string& path,
                                 const std::function<void(const json::value&)>& each) {
  const char joiner = path.find('?') == std::string::npos ? '?' : '&';
  std::string cursor;
  for (int page = 0; page < kMaxPages; ++page) {
    const auto answer = call(
        "GET",
        cursor.empty() ? path : fmt::format("{}{}cursor={}", path, joiner, percent_encode(cursor)));
    if (!answer) return fail(answer.error());
    for (const auto& item : array_at(answer->body, "/items")) each(item);
    cursor = text_at(answer->body, "/next");
    if (cursor.empty()) return {};
  }
  return fail(Errc::internal, "the list does not end: " + path);
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

void add_client_options(CLI::App& command, ClientOptions& options) {
  command.add_option("--server", options.server,
                     "URL of the API (default: WEBMON_SERVER, else the one on the data directory)");
  command.add_option("--data-dir", options.data_dir,
                     "Use the `webmon up` that runs on this directory");
  command.add_flag("--json", options.is_json, "Print JSON, for programs");
}

ApiClient client_for(const ClientOptions& options) {
  if (!options.server.empty()) return ApiClient{options.server};
  if (const auto server = environment("WEBMON_SERVER"); server && options.data_dir.empty())
    return ApiClient{*server};
  if (const auto dir = data_dir(options.data_dir))
    if (const auto endpoints = read_endpoints(*dir); endpoints && *endpoints)
      return ApiClient{(*endpoints)->server()};
  return ApiClient{kDefaultServer};
}

}  // namespace webmon::cli
