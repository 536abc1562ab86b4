/// One hop over one address: a libcurl easy handle with all the options and bounds, and what came
/// of it. It decides nothing about redirects or other addresses; fetch.cpp does. Threads: the
/// loop's. The handle must be out of the multi before a Transfer dies.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lib/core/clock.hpp"
#include "lib/fetch/content_decoder.hpp"
#include "lib/fetch/curl_multi.hpp"
#include "lib/fetch/fetcher.hpp"
#include "lib/fetch/outcome.hpp"
#include "lib/fetch/redirect.hpp"
#include "lib/fetch/response_head.hpp"
#include "lib/fetch/tls.hpp"

struct curl_slist;

namespace webmon::fetch {

class Fetch;

/// What every transfer of a fetcher shares. Outlives them.
struct TransferContext {
  const FetcherConfig& config;
  std::shared_ptr<TlsSessions> sessions;
  std::uint64_t policy_refusals = 0;
};

struct TransferSpec {
  const HopRequest& request;  ///< outlives the transfer
  const FetchLimits& limits;  ///< the same
  IpAddress address;
  bool tls_verify = true;
  StoreTime observed_at{};
  MonoTime now{};
  Fetch* owner = nullptr;  ///< told when it ends
  std::function<bool()>
      claim;  ///< asked once a connection is there; false: another address was faster
};

class Transfer {
 public:
  /// `easy` fresh or reset. `context` and what the spec refers to outlive the transfer.
  Transfer(TransferContext& context, EasyHandle easy, TransferSpec spec);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  Fetch& owner() const noexcept { return *spec_.owner; }
  EasyHandle easy() const noexcept { return easy_; }
  const IpAddress& address() const noexcept { return spec_.address; }
  bool is_claimed() const noexcept { return is_claimed_; }
  bool lost_race() const noexcept { return lost_race_; }
  /// errno of the connect that failed, or 0.
  int os_error() const noexcept;

  /// Facts for the outcome of a transfer that ended with `code`.
  TransferFacts facts(int code) const;
  Phases phases() const;
  std::uint64_t wire_bytes() const;
  /// Of the connection, with the chain also after a failed verification; nullptr without TLS.
  std::shared_ptr<const Tls> tls() const noexcept {
    return handshake_ ? handshake_->facts : nullptr;
  }
  bool is_resumed() const noexcept { return handshake_ && handshake_->is_resumed; }
  /// The body ended before its encoding did.
  bool is_encoding_cut() const noexcept { return decoder_ && !decoder_->is_complete(); }
  ResponseHead& head() noexcept { return head_; }
  std::string& body() noexcept { return body_; }

 private:
  struct Callbacks;
  void set_target();
  void set_request();
  void set_bounds();
  void set_safety();
  void set_tls();
  void set_callbacks();
  Phase reached() const;
  bool claim();
  template <class Step>
  bool guarded(Step step) noexcept;
  bool keep(std::string_view bytes);
  void reserve_body(std::size_t first);

  TransferContext& context_;
  EasyHandle easy_;
  TransferSpec spec_;
  ResponseHead head_;
  std::string body_;
  std::optional<ContentDecoder> decoder_;  ///< since the first byte of the body
  std::shared_ptr<TlsHandshake> handshake_;
  curl_slist* headers_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  std::string error_;
  int socket_error_ = 0;
  bool is_claimed_ = false;
  bool lost_race_ = false;
  bool is_policy_refusal_ = false;
  bool is_own_trouble_ = false;
  bool is_body_limit_ = false;
  bool is_protocol_violation_ = false;
};

}  // namespace webmon::fetch
