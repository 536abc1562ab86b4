#include "lib/fetch/fetch.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "lib/fetch/network.hpp"

namespace webmon::fetch {
namespace {

microseconds since(MonoTime from, MonoTime to) {
  return std::chrono::duration_cast<microseconds>(to - from);
}

bool is_conditional(const Headers& headers) {
  return std::any_of(headers.begin(), headers.end(), [](const auto& header) {
    return header.first.size() > 3 && (header.first[0] == 'I' || header.first[0] == 'i') &&
           (header.first[1] == 'F' || header.first[1] == 'f') && header.first[2] == '-';
  });
}

}  // namespace

Fetch::Fetch(FetchEnvironment& env, FetchRequest request, std::function<void(Page&&)> finished)
    : env_{env}, request_{std::move(request)}, finished_{std::move(finished)} {
  page_.url = request_.url;
  page_.observed_at = request_.observed_at;
  hop_ = HopRequest{request_.url, std::move(request_.method), std::move(request_.headers),
                    std::move(request_.body)};
}

Fetch::~Fetch() {
  stop_timers();
  env_.resolver.drop(ticket_);
  release_all();
}

const FetchLimits& Fetch::limits() const noexcept {
  return request_.limits ? *request_.limits : env_.config.limits;
}

void Fetch::begin() {
  started_ = env_.clock.mono();
  deadline_ = env_.loop.at(started_ + limits().total, [this] {
    deadline_ = 0;
    on_deadline();
  });
  begin_hop();
}

void Fetch::begin_hop() {
  ++env_.counters.hops;
  hop_started_ = env_.clock.mono();
  page_.hops.emplace_back().url = hop_.url;
  visited_.emplace_back(hop_.method, hop_.url.text);
  winner_ = nullptr;
  is_unreachable_ = true;
  page_.status = 0;  // of the hop before
  page_.http_version.clear();
  if (const auto literal = parse_ip(hop_.url.host)) return on_addresses({*literal});
  if (const Answer* cached = env_.resolver.cached(hop_.url.host)) {
    const Answer answer = *cached;
    return answer.status == Answer::Status::ok ? on_addresses(answer.addresses)
                                               : on_unresolved(answer);
  }
  // The loop counts from the begin of its turn; the bound counts from now.
  const auto limit = limits().resolve + (env_.clock.mono() - env_.loop.now());
  ticket_ = env_.resolver.ask(hop_.url.host, limit, [this](const Answer& answer) {
    ticket_ = 0;
    on_answer(answer);
  });
}

void Fetch::on_answer(const Answer& answer) {
  page_.hops.back().phases.resolve = since(hop_started_, env_.clock.mono());
  if (answer.status != Answer::Status::ok) return on_unresolved(answer);
  on_addresses(answer.addresses);
}

void Fetch::on_unresolved(const Answer& answer) {
  const bool is_ours =
      answer.status == Answer::Status::own_trouble ||
      (answer.status != Answer::Status::not_found && !has_route(false) && !has_route(true));
  finish(is_ours ? Outcome::inconclusive : Outcome::dns, answer.detail);
}

void Fetch::on_addresses(const std::vector<IpAddress>& addresses) {
  const auto& policy = env_.config.policy;
  addresses_.clear();
  for (const auto& address : addresses) {
    if (policy.is_allowed(address, hop_.url.port)) addresses_.push_back(address);
  }
  if (addresses_.empty()) {
    ++env_.transfers.policy_refusals;
    const auto verdict = policy.judge(addresses.front(), hop_.url.port);
    // Neither the address nor what listens there is told: that would make us a scanner.
    return finish(Outcome::blocked_by_policy,
                  verdict == Verdict::refused_own
                      ? "the host and port are Webmon's own"
                      : "the host has a non-public address (" +
                            std::string{to_string(classify(addresses.front()))} +
                            "), which the address policy refuses");
  }
  attempts_.reserve(addresses_.size());
  try_next();
}

void Fetch::try_next() {
  env_.loop.cancel(std::exchange(stagger_, 0));
  const std::size_t index = attempts_.size();
  if (index >= addresses_.size() || winner_ != nullptr) return;
  EasyHandle easy = env_.pool.take();
  if (easy == nullptr) return finish(Outcome::inconclusive, "out of memory");
  TransferSpec spec{.request = hop_,
                    .limits = limits(),
                    .address = addresses_[index],
                    .tls_verify = request_.tls_verify,
                    .observed_at = request_.observed_at,
                    .now = env_.loop.now(),
                    .owner = this,
                    .claim = [this, index] { return claim(index); }};
  attempts_.push_back(std::make_unique<Transfer>(env_.transfers, easy, std::move(spec)));
  if (env_.multi.add(easy) != CURLM_OK) return finish(Outcome::inconclusive, "out of memory");
  if (index + 1 < addresses_.size()) {
    stagger_ = env_.loop.after(kStagger, [this] {
      stagger_ = 0;
      try_next();
    });
  }
}

bool Fetch::claim(std::size_t attempt) {
  Transfer* transfer = attempts_[attempt].get();
  if (winner_ == nullptr) {
    winner_ = transfer;
    env_.loop.cancel(std::exchange(stagger_, 0));
    if (attempts_.size() > 1) {  // this is a callback of libcurl: others may not be removed yet
      reaper_ = env_.loop.after(nanoseconds{0}, [this] {
        reaper_ = 0;
        drop_losers();
      });
    }
  }
  return winner_ == transfer;
}

void Fetch::drop_losers() {
  for (auto& attempt : attempts_) {
    if (attempt && attempt.get() != winner_) release(attempt, true);
  }
}

void Fetch::on_done(Transfer& transfer, int code) {
  if (&transfer == winner_) return end_hop(transfer, code);
  on_failed_attempt(transfer, code);
}

/// It never had a connection, so nothing was sent and another address may do.
void Fetch::on_failed_attempt(Transfer& transfer, int code) {
  const auto ending = ending_of(transfer.facts(code));
  const bool lost = transfer.lost_race();
  const bool lacks_route =
      transfer.os_error() == ENETUNREACH && !has_route(transfer.address().is_v6);
  const bool is_final = ending.outcome == Outcome::inconclusive && !lost;
  if (!lost) is_unreachable_ = is_unreachable_ && lacks_route;
  const auto is_same = [&](const auto& attempt) { return attempt.get() == &transfer; };
  const auto own = std::find_if(attempts_.begin(), attempts_.end(), is_same);
  const bool has_more = attempts_.size() < addresses_.size();
  const bool has_others = std::any_of(attempts_.begin(), attempts_.end(), [&](const auto& other) {
    return other && other.get() != &transfer;
  });
  if (winner_ != nullptr || ((has_more || has_others) && !is_final)) {
    release(*own, false);
    if (winner_ == nullptr && has_more) try_next();
    return;
  }
  end_hop(transfer, code);
}

void Fetch::on_deadline() {
  const auto live = std::find_if(attempts_.begin(), attempts_.end(),
                                 [&](const auto& attempt) { return attempt != nullptr; });
  if (live == attempts_.end()) return finish(Outcome::timeout, "timeout in phase resolve");
  Transfer& transfer = winner_ != nullptr ? *winner_ : **live;
  env_.multi.remove(transfer.easy());
  end_hop(transfer, CURLE_OPERATION_TIMEDOUT);
}

void Fetch::record(Transfer& transfer, int code) {
  auto& head = transfer.head();
  Hop& hop = page_.hops.back();
  const auto resolve = hop.phases.resolve;
  hop.phases = transfer.phases();
  hop.phases.resolve = resolve;
  // An interim response is none, but for the 101 that nobody asked for.
  hop.status = head.status() >= 200 || head.status() == 101 ? head.status() : 0;
  hop.total = since(hop_started_, env_.clock.mono());
  const auto* location = find_header(head.headers(), "location");
  if (location != nullptr) hop.location = *location;
  page_.status = hop.status;
  page_.http_version = head.version();
  page_.header_bytes = static_cast<std::uint32_t>(head.bytes());
  page_.wire_bytes = transfer.wire_bytes();
  for (const auto& warning : head.warnings()) warn(warning);
  if (code == CURLE_OK && transfer.is_encoding_cut()) warn("truncated_encoding");
  if (addresses_.size() > 1 && attempts_.size() > 1) warn("address_failed");
  if (auto tls = transfer.tls()) {
    page_.tls = std::move(tls);
    ++(transfer.is_resumed() ? env_.counters.tls_resumed : env_.counters.tls_full);
  }
}

void Fetch::end_hop(Transfer& transfer, int code) {
  auto ending = ending_of(transfer.facts(code));
  if (transfer.is_claimed()) {
    page_.hops.back().remote_ip = to_text(transfer.address());
  } else if (is_unreachable_ && ending.outcome == Outcome::connect) {
    ending = {Outcome::inconclusive, "this machine has no route to the network"};
  }
  record(transfer, code);
  // The transfer is out of the multi; its parts are moved before it goes.
  ResponseHead head = std::move(transfer.head());
  std::string body = std::move(transfer.body());
  for (auto& attempt : attempts_) {
    if (attempt) release(attempt, attempt.get() != &transfer);
  }
  attempts_.clear();
  winner_ = nullptr;
  env_.loop.cancel(std::exchange(stagger_, 0));
  env_.loop.cancel(std::exchange(reaper_, 0));
  if (ending.outcome == Outcome::ok && follow(head)) return;
  page_.headers = std::move(head.headers());
  page_.body = std::move(body);
  if (is_over_) return;
  if (page_.status == 304 && !is_conditional(hop_.headers)) warn("unsolicited_304");
  finish(ending.outcome, std::move(ending.detail));
}

/// True if another hop has begun.
bool Fetch::follow(const ResponseHead& head) {
  if (!is_redirect(head.status()) || limits().redirects == 0) return false;
  const std::string location = page_.hops.back().location;
  if (location.empty()) {
    warn("redirect_without_location");
    return false;
  }
  auto next = next_request(hop_, head.status(), location);
  const auto stop = [&](Outcome outcome, std::string detail) {
    page_.headers = const_cast<ResponseHead&>(head).headers();
    finish(outcome, std::move(detail));
    return true;
  };
  if (!next) return stop(Outcome::bad_redirect, next.error().detail);
  if (page_.hops.size() > limits().redirects) {
    return stop(Outcome::redirect_limit, "too many redirects");
  }
  const bool is_loop = std::any_of(visited_.begin(), visited_.end(), [&](const auto& seen) {
    return seen.first == next->method && seen.second == next->url.text;
  });
  if (is_loop) return stop(Outcome::redirect_limit, "redirect loop");
  if (is_downgrade(hop_.url, next->url)) warn("https_downgrade");
  hop_ = std::move(*next);
  begin_hop();
  return true;
}

void Fetch::finish(Outcome outcome, std::string detail) {
  if (is_over_) return;
  is_over_ = true;
  const MonoTime now = env_.clock.mono();
  if (page_.hops.back().total == microseconds{}) {
    page_.hops.back().total = since(hop_started_, now);
  }
  page_.outcome = outcome;
  page_.detail = std::move(detail);
  page_.total = since(started_, now);
  stop_timers();
  env_.resolver.drop(std::exchange(ticket_, 0));
  release_all();
  finished_(std::move(page_));
}

void Fetch::stop_timers() {
  env_.loop.cancel(std::exchange(deadline_, 0));
  env_.loop.cancel(std::exchange(stagger_, 0));
  env_.loop.cancel(std::exchange(reaper_, 0));
}

void Fetch::release(std::unique_ptr<Transfer>& transfer, bool is_in_multi) {
  EasyHandle easy = transfer->easy();
  if (is_in_multi) env_.multi.remove(easy);
  env_.pool.give_back(easy);  // first: its options point into the transfer
  transfer.reset();
}

void Fetch::release_all() {
  for (auto& attempt : attempts_) {
    if (attempt) release(attempt, true);
  }
  attempts_.clear();
}

void Fetch::warn(std::string_view code) {
  auto& warnings = page_.warnings;
  if (std::find(warnings.begin(), warnings.end(), code) == warnings.end()) {
    warnings.emplace_back(code);
  }
}

}  // namespace webmon::fetch
