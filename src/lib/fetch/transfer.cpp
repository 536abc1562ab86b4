#include "lib/fetch/transfer.hpp"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace webmon::fetch {
namespace {

constexpr std::size_t kFirstReserve = 256 * 1024;

curl_off_t time_of(CURL* easy, CURLINFO info) {
  curl_off_t value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}

std::string bracketed(const std::string& host, bool is_v6) {
  return is_v6 ? "[" + host + "]" : host;
}

/// An empty value needs libcurl's "Name;" form, or the header is removed instead.
std::string header_line(const std::pair<std::string, std::string>& header) {
  return header.second.empty() ? header.first + ";" : header.first + ": " + header.second;
}

/// Line ends would make one header two.
bool is_sendable(const std::pair<std::string, std::string>& header) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; };
  return !header.first.empty() && header.first.find(':') == std::string::npos &&
         std::none_of(header.first.begin(), header.first.end(), is_control) &&
         std::none_of(header.second.begin(), header.second.end(), is_control);
}

void append(curl_slist*& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list, line.c_str());
  if (longer != nullptr) list = longer;
}

long ms(milliseconds value) { return static_cast<long>(value.count()); }

}  // namespace

/// False also if memory ran out, which is this machine's trouble and not the page's.
template <class Step>
bool Transfer::guarded(Step step) noexcept {
  try {
    return step();
  } catch (const std::bad_alloc&) {
    is_own_trouble_ = true;
    return false;
  }
}

/// What libcurl calls. None may throw or call back into the multi.
struct Transfer::Callbacks {
  static std::size_t on_header(char* data, std::size_t size, std::size_t count,
                               void* self) noexcept {
    auto& t = *static_cast<Transfer*>(self);
    const std::size_t bytes = size * count;
    return t.guarded([&] {
      const auto verdict = t.head_.feed({data, bytes});
      t.is_protocol_violation_ = verdict == ResponseHead::Verdict::protocol;
      return verdict == ResponseHead::Verdict::ok;
    })
               ? bytes
               : 0;
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    auto& t = *static_cast<Transfer*>(self);
    const std::size_t bytes = size * count;
    return t.guarded([&] { return t.keep({data, bytes}); }) ? bytes : 0;
  }

  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept {
    auto& t = *static_cast<Transfer*>(self);
    if (purpose != CURLSOCKTYPE_IPCXN || !t.context_.config.policy.is_allowed(&address->addr)) {
      t.is_policy_refusal_ = true;
      ++t.context_.policy_refusals;
      return CURL_SOCKET_BAD;
    }
    const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                          address->protocol);
    if (fd < 0) {
      t.socket_error_ = errno;
      // EAFNOSUPPORT: no IPv6 in this kernel, which other addresses may make up for.
      t.is_own_trouble_ = errno != EAFNOSUPPORT;
    }
    return fd;
  }

  /// Also called when a connection is reused, where no socket is opened.
  static int on_request(void* self, char* remote, char*, int port, int) noexcept {
    auto& t = *static_cast<Transfer*>(self);
    const auto ip = parse_ip(remote);
    if (!ip || !t.context_.config.policy.is_allowed(*ip, static_cast<std::uint16_t>(port))) {
      t.is_policy_refusal_ = true;
      ++t.context_.policy_refusals;
      return CURL_PREREQFUNC_ABORT;
    }
    if (!t.claim()) return CURL_PREREQFUNC_ABORT;
    curl_tlssessioninfo* info = nullptr;
    if (t.spec_.request.url.is_https &&
        curl_easy_getinfo(t.easy_, CURLINFO_TLS_SSL_PTR, &info) == CURLE_OK && info != nullptr &&
        info->internals != nullptr) {
      if (auto live = handshake_of(static_cast<ssl_st*>(info->internals))) t.handshake_ = live;
    }
    return CURL_PREREQFUNC_OK;
  }

  static CURLcode on_tls(CURL*, void* context, void* self) noexcept {
    auto& t = *static_cast<Transfer*>(self);
    if (!t.claim()) return CURLE_ABORTED_BY_CALLBACK;
    return install(static_cast<ssl_ctx_st*>(context), t.handshake_) ? CURLE_OK
                                                                    : CURLE_OUT_OF_MEMORY;
  }
};

Transfer::Transfer(TransferContext& context, EasyHandle easy, TransferSpec spec)
    : context_{context},
      easy_{easy},
      spec_{std::move(spec)},
      head_{spec_.limits.header_bytes, spec_.limits.header_lines} {
  error_.resize(CURL_ERROR_SIZE);
  set_target();
  set_request();
  set_bounds();
  set_safety();
  if (spec_.request.url.is_https) set_tls();
  set_callbacks();
}

Transfer::~Transfer() {
  curl_slist_free_all(headers_);
  curl_slist_free_all(connect_to_);
}

/// CONNECT_TO and not RESOLVE: the latter fills a cache that other handles of the multi see.
void Transfer::set_target() {
  const Url& url = spec_.request.url;
  const std::string port = std::to_string(url.port);
  const bool is_v6_host = url.host.find(':') != std::string::npos;
  append(connect_to_, bracketed(url.host, is_v6_host) + ":" + port + ":" +
                          bracketed(to_text(spec_.address), spec_.address.is_v6) + ":" + port);
  curl_easy_setopt(easy_, CURLOPT_URL, url.text.c_str());
  curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, connect_to_);
  curl_easy_setopt(easy_, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
}

void Transfer::set_request() {
  const HopRequest& request = spec_.request;
  if (request.method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else if (request.method == "POST") {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request.body.data());
  } else {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
  }
  // The request is written before we know whether the verification held.
  const bool keeps_credentials = !request.url.is_https || spec_.tls_verify;
  for (const auto& header : request.headers) {
    if (!keeps_credentials && is_credential(header.first)) continue;
    if (is_sendable(header)) append(headers_, header_line(header));
  }
  append(headers_, "Expect:");
  if (!context_.config.keep_alive && !request.url.is_https) append(headers_, "Connection: close");
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, context_.config.user_agent.c_str());
  curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "gzip, deflate, br");
  curl_easy_setopt(easy_, CURLOPT_HTTP_CONTENT_DECODING, 0L);  // ours tells more
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  if (!context_.config.keep_alive) {
    curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
  }
}

void Transfer::set_bounds() {
  const FetchLimits& limits = spec_.limits;
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, ms(limits.connect));
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(limits.low_speed_bytes));
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits.low_speed_time.count()));
  curl_easy_setopt(easy_, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits.wire_bytes));
  curl_easy_setopt(easy_, CURLOPT_MAX_RECV_SPEED_LARGE,
                   static_cast<curl_off_t>(limits.bytes_per_second));
}

/// Nothing of the environment, of the home directory or of the server may change where we connect.
void Transfer::set_safety() {
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_PROXY, "");
  curl_easy_setopt(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy_, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl_easy_setopt(easy_, CURLOPT_UNRESTRICTED_AUTH, 0L);
  curl_easy_setopt(easy_, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
}

void Transfer::set_tls() {
  const Url& url = spec_.request.url;
  handshake_ = std::make_shared<TlsHandshake>();
  handshake_->host = url.host;
  handshake_->key =
      url.host + ":" + std::to_string(url.port) + (spec_.tls_verify ? "|verify" : "|any");
  handshake_->must_verify = spec_.tls_verify;
  handshake_->observed_at = spec_.observed_at;
  handshake_->now = spec_.now;
  handshake_->sessions = context_.sessions;
  curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);  // else the bundle is read for each connection
  curl_easy_setopt(easy_, CURLOPT_CAINFO, context_.config.ca_file.c_str());
  // Always on: it is what makes libcurl share its CA store. Our callback has the last word.
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, spec_.tls_verify ? 2L : 0L);
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy_, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, &Callbacks::on_tls);
  curl_easy_setopt(easy_, CURLOPT_SSL_CTX_DATA, this);
}

void Transfer::set_callbacks() {
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_.data());
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Callbacks::on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Callbacks::on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &Callbacks::on_open);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &Callbacks::on_request);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
}

/// False: the transfer must end.
bool Transfer::keep(std::string_view bytes) {
  const auto& limits = spec_.limits;
  if (!decoder_) {
    auto made = ContentDecoder::make(head_.headers());
    if (!made) return false;
    decoder_ = std::move(*made);
    reserve_body(bytes.size());
  }
  const auto status = decoder_->feed(bytes, body_, limits.body_bytes);
  is_body_limit_ = status == ContentDecoder::Status::over_limit || wire_bytes() > limits.wire_bytes;
  return status == ContentDecoder::Status::ok && !is_body_limit_;
}

void Transfer::reserve_body(std::size_t first) {
  const auto announced =
      static_cast<std::size_t>(std::max<std::int64_t>(head_.content_length(), 0));
  body_.reserve(std::clamp(announced, first, std::max(first, kFirstReserve)));
}

/// The first connection that is there wins; the others end without having sent anything.
bool Transfer::claim() {
  if (is_claimed_) return true;
  is_claimed_ = spec_.claim();
  lost_race_ = !is_claimed_;
  return is_claimed_;
}

int Transfer::os_error() const noexcept {
  if (socket_error_ != 0) return socket_error_;
  long value = 0;
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &value);
  return static_cast<int>(value);
}

Phase Transfer::reached() const {
  if (head_.bytes() > 0 || time_of(easy_, CURLINFO_STARTTRANSFER_TIME_T) > 0) {
    return Phase::transfer;
  }
  if (time_of(easy_, CURLINFO_PRETRANSFER_TIME_T) > 0) return Phase::processing;
  if (time_of(easy_, CURLINFO_CONNECT_TIME_T) > 0) {
    return spec_.request.url.is_https ? Phase::tls : Phase::processing;
  }
  return Phase::connect;
}

TransferFacts Transfer::facts(int code) const {
  TransferFacts facts;
  facts.code = code;
  facts.os_error = os_error();
  facts.message = error_.c_str();
  facts.phase = reached();
  facts.has_head = head_.is_complete();
  facts.is_header_limit = head_.is_over_limit();
  facts.is_body_limit = is_body_limit_;
  facts.is_protocol_violation = is_protocol_violation_;
  facts.is_policy_refusal = is_policy_refusal_;
  facts.is_own_trouble = is_own_trouble_ || (handshake_ && handshake_->is_out_of_memory);
  if (handshake_ && handshake_->must_verify && handshake_->facts &&
      !handshake_->facts->is_verified) {
    facts.tls_failure = handshake_->facts->failure;
  }
  return facts;
}

Phases Transfer::phases() const {
  const auto lookup = time_of(easy_, CURLINFO_NAMELOOKUP_TIME_T);
  const auto connected = time_of(easy_, CURLINFO_CONNECT_TIME_T);
  const auto secured = time_of(easy_, CURLINFO_APPCONNECT_TIME_T);
  const auto sent = time_of(easy_, CURLINFO_PRETRANSFER_TIME_T);
  const auto first = time_of(easy_, CURLINFO_STARTTRANSFER_TIME_T);
  const auto total = time_of(easy_, CURLINFO_TOTAL_TIME_T);
  Phases phases;
  long connections = 0;
  curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &connections);
  const bool is_reused = connections == 0 && sent > 0;
  if (connected > 0 && !is_reused)
    phases.connect = microseconds{std::max<curl_off_t>(connected - lookup, 0)};
  if (secured > 0 && !is_reused)
    phases.tls = microseconds{std::max<curl_off_t>(secured - connected, 0)};
  if (first > 0 && sent > 0) {
    phases.processing = microseconds{std::max<curl_off_t>(first - sent, 0)};
    phases.transfer = microseconds{std::max<curl_off_t>(total - first, 0)};
  }
  return phases;
}

std::uint64_t Transfer::wire_bytes() const {
  const auto bytes = time_of(easy_, CURLINFO_SIZE_DOWNLOAD_T);
  return bytes < 0 ? 0 : static_cast<std::uint64_t>(bytes);
}

}  // namespace webmon::fetch
