#include "lib/fetch/records.hpp"

#include <ares.h>
#include <arpa/nameser.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <utility>

#include "lib/fetch/ares_channel.hpp"
#include "lib/fetch/ip.hpp"

namespace webmon::fetch {
namespace {

namespace json = boost::json;
using Texts = NameRecords::Texts;

constexpr std::size_t kMostText = 255;
constexpr std::size_t kFlagsByte = 3;           // RFC 1035 §4.1.1
constexpr unsigned char kAuthenticData = 0x20;  // RFC 6840 §5.7: tell us whether you have checked
// Any code is an answer; aliases are followed by the name server, which may answer them at once.
constexpr int kFlags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_EDNS;

json::array bounded(const Texts& texts) {
  json::array out;
  for (const auto& text : texts) {
    if (out.size() == kMostListed) break;
    out.emplace_back(text.substr(0, kMostText));
  }
  return out;
}

std::string sha256(const Texts& texts) {
  std::string all;
  for (const auto& text : texts) all += text + '\n';
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(all.data(), all.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

/// "ip:port" of the second, or empty.
std::string second_of(const std::string& servers) {
  const auto comma = servers.find(',');
  if (comma == servers.npos) return {};
  const auto rest = servers.substr(comma + 1);
  return rest.substr(0, rest.find(','));
}

}  // namespace

std::string to_json(const NameRecords& records) {
  json::object out{{"rcode", rcode_name(records.rcode.value_or(0))},
                   {"dnssec", records.is_authentic},
                   {"cname_chain", bounded(records.cname_chain)}};
  const auto list = [&](const char* name, const std::optional<Texts>& texts) {
    if (texts) out[name] = bounded(*texts);
  };
  list("a", records.a);
  list("aaaa", records.aaaa);
  list("ns", records.ns);
  list("mx", records.mx);
  list("caa", records.caa);
  if (!records.zone.empty()) out["zone"] = records.zone;
  if (records.soa_serial) out["soa_serial"] = *records.soa_serial;
  if (records.txt && !records.txt->empty()) out["txt_hash"] = sha256(*records.txt);
  if (records.ttl_min) out["ttl_min"] = *records.ttl_min;
  if (records.is_disputed) out["resolver_disagree"] = *records.is_disputed;
  if (records.lookup) {
    out["lookup_ms"] = std::chrono::duration<double, std::milli>(*records.lookup).count();
  }
  return json::serialize(out);
}

struct Records::Impl {
  struct Running {
    RecordLookup lookup;
    Callback callback;
    Loop::TimerId deadline = 0;
    bool has_timed_out = false;  ///< at least one question
  };
  /// Owned by c-ares from ares_send until its callback, which always comes once.
  struct Sent {
    Impl* owner;
    Ticket ticket;
    DnsQuestion question;
  };
  struct Arrived {
    Ticket ticket;
    DnsQuestion question;
    std::optional<DnsMessage> message;
    bool has_timed_out = false;
  };

  Loop& loop;
  Rng& rng;
  std::map<Ticket, Running> running;
  std::vector<Arrived> arrived;  ///< to be taken from the loop: c-ares may answer at once
  Loop::TimerId taking = 0;
  Ticket last_ticket = 0;
  bool is_closing = false;
  AresChannel first;  ///< these last: their end calls back
  std::optional<AresChannel> second;

  Impl(Loop& l, Rng& r, const std::string& servers);
  ~Impl();
  void send_all(Ticket ticket, RecordLookup& lookup);
  void send(Ticket ticket, const DnsQuestion& question);
  void on_answer(const Sent& sent, int status, std::span<const unsigned char> bytes);
  void arrive(Arrived one);
  void take();
  void end(Ticket ticket);
};

Records::Impl::Impl(Loop& l, Rng& r, const std::string& servers)
    : loop{l}, rng{r}, first{l, {.servers = servers, .flags = kFlags}} {
  if (auto other = second_of(servers); !other.empty()) {
    second.emplace(l, AresConfig{.servers = std::move(other), .flags = kFlags});
  }
}

Records::Impl::~Impl() {
  is_closing = true;
  loop.cancel(taking);
  for (const auto& [ticket, one] : running) loop.cancel(one.deadline);
}

void Records::Impl::send_all(Ticket ticket, RecordLookup& lookup) {
  for (const auto& question : lookup.take_questions()) send(ticket, question);
}

void Records::Impl::send(Ticket ticket, const DnsQuestion& question) {
  unsigned char* query = nullptr;
  int size = 0;
  const auto id = static_cast<unsigned short>(rng.next());
  if (ares_create_query(question.name.c_str(), ns_c_in, static_cast<int>(question.type), id, 1,
                        &query, &size, kMostUdpBytes) != ARES_SUCCESS) {
    return arrive({ticket, question, std::nullopt, false});
  }
  query[kFlagsByte] |= kAuthenticData;
  auto& channel = question.is_second ? *second : first;
  ares_send(
      channel.get(), query, size,
      [](void* argument, int status, int, unsigned char* bytes, int length) {
        const std::unique_ptr<Sent> sent{static_cast<Sent*>(argument)};
        sent->owner->on_answer(*sent, status, {bytes, static_cast<std::size_t>(length)});
      },
      new Sent{this, ticket, question});
  ares_free_string(query);
  channel.arm();
}

void Records::Impl::on_answer(const Sent& sent, int status, std::span<const unsigned char> bytes) {
  if (is_closing) return;
  if (status == ARES_EDESTRUCTION) return send(sent.ticket, sent.question);  // other name servers
  Arrived one{sent.ticket, sent.question, std::nullopt, status == ARES_ETIMEOUT};
  if (status == ARES_SUCCESS) {
    if (auto message = parse_dns_message(bytes)) one.message = std::move(*message);
  }
  arrive(std::move(one));
}

void Records::Impl::arrive(Arrived one) {
  arrived.push_back(std::move(one));
  if (taking == 0) taking = loop.after(nanoseconds{0}, [this] { take(); });
}

void Records::Impl::take() {
  taking = 0;
  for (const auto& one : std::exchange(arrived, {})) {
    const auto found = running.find(one.ticket);
    if (found == running.end()) continue;  // dropped, or over
    auto& lookup = found->second.lookup;
    found->second.has_timed_out |= one.has_timed_out;
    lookup.on_answer(one.question, one.message ? &*one.message : nullptr, loop.now());
    send_all(one.ticket, lookup);
    if (lookup.is_over()) end(one.ticket);
  }
}

void Records::Impl::end(Ticket ticket) {
  const auto ended = running.extract(ticket);
  const auto& [lookup, callback, deadline, has_timed_out] = ended.mapped();
  loop.cancel(deadline);
  const auto records = lookup.records();
  if (records.rcode) return callback({true, to_json(records)});
  callback({false, has_timed_out || !lookup.is_over() ? "timeout" : "dns"});
}

Records::Records(Loop& loop, Rng& rng, std::string servers)
    : impl_{std::make_unique<Impl>(loop, rng, servers)} {}
Records::~Records() = default;

bool Records::is_name(std::string_view name) {
  return name.find('.') != name.npos && name.size() <= 253 && name.front() != '.' &&
         name.back() != '.' && !parse_ip(name);
}

Records::Ticket Records::ask(std::string name, Callback callback) {
  auto& all = impl_->running;
  if (all.size() >= kMostAtOnce) return 0;
  impl_->first.reload_if_changed();
  const Ticket ticket = ++impl_->last_ticket;
  RecordLookup lookup{std::move(name), impl_->second.has_value(), impl_->loop.now()};
  const auto deadline = impl_->loop.after(kTotal, [this, ticket] { impl_->end(ticket); });
  const auto [added, is_new] =
      all.emplace(ticket, Impl::Running{std::move(lookup), std::move(callback), deadline, false});
  impl_->send_all(ticket, added->second.lookup);
  return ticket;
}

void Records::drop(Ticket ticket) {
  const auto found = impl_->running.find(ticket);
  if (found == impl_->running.end()) return;
  impl_->loop.cancel(found->second.deadline);
  impl_->running.erase(found);
}

}  // namespace webmon::fetch
