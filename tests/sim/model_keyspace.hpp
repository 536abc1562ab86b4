/// The keys of the modelled Redis with their expiry, on a time that somebody else sets. An expired
/// key is gone for whoever looks, as in Redis: at `now > expiry`. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/sim/model_values.hpp"

namespace webmon::sim {

inline constexpr std::int64_t kNever = -1;

struct Record {
  std::string key;
  Value value;
  std::int64_t expires_ms = kNever;  ///< unix time
};

class Keyspace {
 public:
  /// All records as they were; shared with the keyspace until it writes to them.
  using Image = std::vector<std::shared_ptr<const Record>>;

  void set_time(std::chrono::microseconds unix_time) noexcept { now_ = unix_time; }
  std::chrono::microseconds now() const noexcept { return now_; }
  std::int64_t now_ms() const noexcept { return now_.count() / 1000; }

  /// Null if there is no such key, or if it has expired.
  const Record* find(std::string_view key) const noexcept;
  /// The same, to be changed: the caller's own copy if an image shares it. Drops an expired one.
  Record* edit(std::string_view key);
  /// Makes the key, which must not exist, without an expiry.
  Record& create(std::string_view key, Value value);
  bool erase(std::string_view key);
  /// `from` must exist; its expiry goes along, what `to` held is gone.
  void rename(std::string_view from, std::string_view to);

  Image save() const;
  /// Replaces everything; what has expired by now is left out, as when Redis loads an RDB file.
  void load(const Image& image);
  void clear() noexcept { records_.clear(); }

  /// Calls visit(record) for every key that has not expired, in no order that means anything.
  template <class F>
  void each(F visit) const {
    for (const auto& [key, record] : records_)
      if (!has_expired(*record)) visit(*record);
  }

 private:
  bool has_expired(const Record& record) const noexcept {
    return record.expires_ms != kNever && now_ms() > record.expires_ms;
  }
  void sweep();

  /// Names point into the records. An image holds the same pointers, so a record is written to only
  /// while nobody else has it.
  std::unordered_map<std::string_view, std::shared_ptr<Record>> records_;
  std::chrono::microseconds now_{0};
  std::size_t sweep_above_ = 1'024;  ///< keys from which on expired ones are looked for
};

}  // namespace webmon::sim
