/// Which questions tell the records of a name, and what their answers say together. Pure; `now` is
/// an argument. The name itself is asked for addresses, MX, CAA and TXT; its zone, found by the SOA
/// record that comes with a yes or a no, for NS, and for MX and CAA where the name has none of its
/// own (RFC 8659 §3 for CAA). An alias has its zone above it, so the search goes up label by label.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/fetch/dns_message.hpp"

namespace webmon::fetch {

struct DnsQuestion {
  std::string name;
  RecordType type = RecordType::a;
  bool is_second = false;  ///< for the second name server, to compare

  bool operator==(const DnsQuestion&) const = default;
};

/// What is absent was not answered. Lists are sorted, without repeats.
struct NameRecords {
  using Texts = std::vector<std::string>;

  std::optional<unsigned> rcode;  ///< of the question for addresses
  bool is_authentic = false;      ///< the resolver vouches for the addresses (AD, RFC 4035 §3.2.3)
  Texts cname_chain;              ///< where the name leads, in order
  std::optional<Texts> a, aaaa, ns, mx, caa;
  std::string zone;  ///< whose `ns` and serial these are; empty: not found
  std::optional<std::uint32_t> soa_serial;
  std::optional<Texts> txt;
  std::optional<std::uint32_t> ttl_min;  ///< seconds, of the addresses and the way to them
  std::optional<bool> is_disputed;       ///< the second name server has other addresses
  std::optional<nanoseconds> lookup;     ///< until both kinds of addresses were answered for
};

class RecordLookup {
 public:
  /// `name` is lower case, without a last dot, and has one inside.
  RecordLookup(std::string name, bool has_second, MonoTime now);

  /// What is to be asked now; each is to be answered by `on_answer`, once.
  std::vector<DnsQuestion> take_questions();
  /// nullptr: no answer came, or none that can be read.
  void on_answer(const DnsQuestion& question, const DnsMessage* message, MonoTime now);
  bool is_over() const noexcept { return open_ == 0 && questions_.empty(); }
  NameRecords records() const;

 private:
  void ask(std::string name, RecordType type, bool is_second = false);
  void on_zone_answer(const DnsMessage* message);
  void ask_zone(const DnsRecord& start);
  const DnsMessage* answer_to(const std::string& name, RecordType type,
                              bool is_second = false) const noexcept;
  std::optional<NameRecords::Texts> texts(const std::string& name, RecordType type) const;
  std::optional<NameRecords::Texts> texts_or_of_zone(RecordType type) const;
  std::optional<bool> is_disputed() const;

  struct Answer {
    DnsQuestion question;
    DnsMessage message;
  };

  std::string name_;
  MonoTime began_;
  std::vector<DnsQuestion> questions_;
  std::size_t open_ = 0;
  std::size_t open_addresses_ = 2;
  std::vector<Answer> answers_;
  std::string candidate_;  ///< whose SOA is asked for
  std::string zone_;
  std::optional<std::uint32_t> serial_;
  std::optional<nanoseconds> lookup_;
};

}  // namespace webmon::fetch
