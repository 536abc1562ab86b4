// Commands on keys of any type, on expiry and on the server.
#include <algorithm>
#include <array>
#include <limits>

#include "tests/sim/model_commands.hpp"

namespace webmon::sim {
namespace {

void del(Keyspace& keys, Words words, Sink& sink) {
  std::int64_t count = 0;
  for (const auto key : words.subspan(1)) count += keys.erase(key) ? 1 : 0;
  sink.integer(count);
}

void exists(Keyspace& keys, Words words, Sink& sink) {
  std::int64_t count = 0;
  for (const auto key : words.subspan(1)) count += keys.find(key) != nullptr ? 1 : 0;
  sink.integer(count);
}

void type(Keyspace& keys, Words words, Sink& sink) {
  const auto* record = keys.find(words[1]);
  sink.status(record == nullptr ? "none" : type_name(record->value));
}

void rename(Keyspace& keys, Words words, Sink& sink) {
  if (keys.edit(words[1]) == nullptr) return sink.error("ERR no such key");
  keys.rename(words[1], words[2]);
  sink.status("OK");
}

void expire_in(Keyspace& keys, Words words, Sink& sink, std::int64_t unit_ms) {
  if (words.size() > 3) throw NotModelled{"options of EXPIRE"};
  const auto amount = parse_integer(words[2]);
  if (!amount) return sink.error(kNotInteger);
  const auto most = std::numeric_limits<std::int64_t>::max() / unit_ms - keys.now_ms();
  if (*amount > most || *amount < -most)
    return sink.error(unit_ms == 1 ? "ERR invalid expire time in 'pexpire' command"
                                   : "ERR invalid expire time in 'expire' command");
  auto* record = keys.edit(words[1]);
  if (record == nullptr) return sink.integer(0);
  if (*amount <= 0)
    keys.erase(words[1]);
  else
    record->expires_ms = keys.now_ms() + *amount * unit_ms;
  sink.integer(1);
}

void expire(Keyspace& keys, Words words, Sink& sink) { expire_in(keys, words, sink, 1'000); }
void pexpire(Keyspace& keys, Words words, Sink& sink) { expire_in(keys, words, sink, 1); }

void persist(Keyspace& keys, Words words, Sink& sink) {
  auto* record = keys.edit(words[1]);
  const bool had = record != nullptr && record->expires_ms != kNever;
  if (had) record->expires_ms = kNever;
  sink.integer(had ? 1 : 0);
}

std::int64_t left_ms(const Keyspace& keys, std::string_view key) {
  const auto* record = keys.find(key);
  if (record == nullptr) return -2;
  if (record->expires_ms == kNever) return -1;
  return std::max<std::int64_t>(record->expires_ms - keys.now_ms(), 0);
}

void pttl(Keyspace& keys, Words words, Sink& sink) { sink.integer(left_ms(keys, words[1])); }

void ttl(Keyspace& keys, Words words, Sink& sink) {
  const auto left = left_ms(keys, words[1]);
  sink.integer(left < 0 ? left : (left + 500) / 1000);
}

void time(Keyspace& keys, Words, Sink& sink) {
  sink.array(2);
  sink.text(std::to_string(keys.now().count() / 1'000'000));
  sink.text(std::to_string(keys.now().count() % 1'000'000));
}

/// Patterns: "*" and "prefix*".
void all_keys(Keyspace& keys, Words words, Sink& sink) {
  auto prefix = words[1];
  if (!prefix.ends_with('*')) throw NotModelled{"this pattern of KEYS"};
  prefix.remove_suffix(1);
  if (prefix.find_first_of("*?[\\") != prefix.npos) throw NotModelled{"this pattern of KEYS"};
  std::vector<std::string_view> names;
  keys.each([&](const Record& record) {
    if (record.key.starts_with(prefix)) names.push_back(record.key);
  });
  sink.array(names.size());
  for (const auto name : names) sink.text(name);
}

void flush(Keyspace& keys, Words, Sink& sink) {
  keys.clear();
  sink.status("OK");
}

void ping(Keyspace&, Words words, Sink& sink) {
  if (words.size() > 1) return sink.text(words[1]);
  sink.status("PONG");
}

void echo(Keyspace&, Words words, Sink& sink) { sink.text(words[1]); }

constexpr std::array kTable = {
    Command{"DEL", -2, del},         Command{"UNLINK", -2, del},     Command{"EXISTS", -2, exists},
    Command{"TYPE", 2, type},        Command{"RENAME", 3, rename},   Command{"EXPIRE", -3, expire},
    Command{"PEXPIRE", -3, pexpire}, Command{"PERSIST", 2, persist}, Command{"PTTL", 2, pttl},
    Command{"TTL", 2, ttl},          Command{"TIME", 1, time},       Command{"KEYS", 2, all_keys},
    Command{"FLUSHALL", -1, flush},  Command{"PING", -1, ping},      Command{"ECHO", 2, echo},
};

}  // namespace

std::span<const Command> key_commands() noexcept { return kTable; }

}  // namespace webmon::sim
