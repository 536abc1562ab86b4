#include "lib/fetch/record_lookup.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace webmon::fetch {
namespace {

using Texts = NameRecords::Texts;

constexpr unsigned kNoError = 0, kNoSuchName = 3;
constexpr std::size_t kMostAliases = 16;

/// A yes or a no, not a failure.
bool is_answer(const DnsMessage& message) {
  return message.rcode == kNoError || message.rcode == kNoSuchName;
}

bool encloses(std::string_view zone, std::string_view name) {
  return name == zone || (name.size() > zone.size() && name.ends_with(zone) &&
                          name[name.size() - zone.size() - 1] == '.');
}

bool has_dot(std::string_view name) { return name.find('.') != name.npos; }

Texts sorted(Texts texts) {
  std::ranges::sort(texts);
  const auto repeats = std::ranges::unique(texts);
  texts.erase(repeats.begin(), repeats.end());
  return texts;
}

/// From alias to alias, in whatever order they came.
Texts chain_from(const std::string& name, const DnsMessage& message) {
  Texts chain;
  const std::string* at = &name;
  while (chain.size() < kMostAliases) {
    const auto alias = std::ranges::find_if(message.answer, [&](const DnsRecord& one) {
      return one.type == RecordType::cname && one.owner == *at;
    });
    if (alias == message.answer.end()) break;
    chain.push_back(alias->text);
    at = &alias->text;
  }
  return chain;
}

Texts of_type(const DnsMessage& message, RecordType type) {
  Texts texts;
  for (const auto& one : message.answer) {
    if (one.type == type) texts.push_back(one.text);
  }
  return sorted(std::move(texts));
}

}  // namespace

RecordLookup::RecordLookup(std::string name, bool has_second, MonoTime now)
    : name_{std::move(name)}, began_{now}, candidate_{name_} {
  for (const auto type : {RecordType::a, RecordType::aaaa, RecordType::soa, RecordType::mx,
                          RecordType::caa, RecordType::txt}) {
    ask(name_, type);
  }
  if (!has_second) return;
  ask(name_, RecordType::a, true);
  ask(name_, RecordType::aaaa, true);
}

void RecordLookup::ask(std::string name, RecordType type, bool is_second) {
  questions_.push_back({std::move(name), type, is_second});
}

std::vector<DnsQuestion> RecordLookup::take_questions() {
  open_ += questions_.size();
  return std::exchange(questions_, {});
}

void RecordLookup::on_answer(const DnsQuestion& question, const DnsMessage* message, MonoTime now) {
  --open_;
  if (message != nullptr) answers_.push_back({question, *message});
  if (question.is_second) return;
  if (question.type == RecordType::a || question.type == RecordType::aaaa) {
    if (message != nullptr && --open_addresses_ == 0) lookup_ = now - began_;
  }
  if (question.type == RecordType::soa) on_zone_answer(message);
}

void RecordLookup::on_zone_answer(const DnsMessage* message) {
  if (message != nullptr) {
    for (const auto* section : {&message->answer, &message->authority}) {
      for (const auto& one : *section) {
        if (one.type != RecordType::soa || !encloses(one.owner, candidate_)) continue;
        if (has_dot(one.owner)) ask_zone(one);
        return;
      }
    }
  }
  candidate_.erase(0, candidate_.find('.') + 1);
  if (has_dot(candidate_)) ask(candidate_, RecordType::soa);
}

void RecordLookup::ask_zone(const DnsRecord& start) {
  zone_ = start.owner;
  std::uint32_t serial = 0;
  const auto* end = start.text.data() + start.text.size();
  if (std::from_chars(start.text.data(), end, serial).ec == std::errc{}) serial_ = serial;
  ask(zone_, RecordType::ns);
  if (zone_ == name_) return;
  ask(zone_, RecordType::mx);
  ask(zone_, RecordType::caa);
}

const DnsMessage* RecordLookup::answer_to(const std::string& name, RecordType type,
                                          bool is_second) const noexcept {
  const auto found = std::ranges::find_if(answers_, [&](const Answer& one) {
    return one.question.type == type && one.question.is_second == is_second &&
           one.question.name == name;
  });
  return found == answers_.end() ? nullptr : &found->message;
}

/// CAA is followed through aliases, as those who issue certificates do; mail and text of an alias
/// are those of somebody else.
std::optional<Texts> RecordLookup::texts(const std::string& name, RecordType type) const {
  const auto* message = answer_to(name, type);
  if (message == nullptr || !is_answer(*message)) return std::nullopt;
  Texts all;
  for (const auto& one : message->answer) {
    if (one.type != type || (type != RecordType::caa && one.owner != name)) continue;
    all.push_back(one.text);
  }
  return sorted(std::move(all));
}

std::optional<Texts> RecordLookup::texts_or_of_zone(RecordType type) const {
  auto own = texts(name_, type);
  if (!own || !own->empty() || zone_ == name_) return own;
  return zone_.empty() ? std::nullopt : texts(zone_, type);
}

/// Answers that share no address, or a yes and a no. Those who share some take turns with them.
std::optional<bool> RecordLookup::is_disputed() const {
  std::array<Texts, 2> seen;
  for (const bool is_second : {false, true}) {
    for (const auto type : {RecordType::a, RecordType::aaaa}) {
      const auto* message = answer_to(name_, type, is_second);
      if (message == nullptr) return std::nullopt;
      std::ranges::copy(of_type(*message, type), std::back_inserter(seen[is_second ? 1 : 0]));
    }
  }
  if (seen[0].empty() || seen[1].empty()) return seen[0].empty() != seen[1].empty();
  return std::ranges::find_first_of(seen[0], seen[1]) == seen[0].end();
}

NameRecords RecordLookup::records() const {
  NameRecords out;
  bool is_authentic = true;
  for (const auto type : {RecordType::a, RecordType::aaaa}) {
    const auto* message = answer_to(name_, type);
    if (message == nullptr) continue;
    if (!out.rcode) out.rcode = message->rcode;
    if (out.cname_chain.empty()) out.cname_chain = chain_from(name_, *message);
    is_authentic = is_authentic && message->is_authentic;
    for (const auto& one : message->answer) {
      out.ttl_min = std::min(out.ttl_min.value_or(one.ttl), one.ttl);
    }
    if (is_answer(*message)) (type == RecordType::a ? out.a : out.aaaa) = of_type(*message, type);
  }
  out.is_authentic = out.rcode && is_authentic;
  out.mx = texts_or_of_zone(RecordType::mx);
  out.caa = texts_or_of_zone(RecordType::caa);
  out.txt = texts(name_, RecordType::txt);
  out.zone = zone_;
  if (!zone_.empty()) out.ns = texts(zone_, RecordType::ns);
  out.soa_serial = serial_;
  out.is_disputed = is_disputed();
  out.lookup = lookup_;
  return out;
}

}  // namespace webmon::fetch
