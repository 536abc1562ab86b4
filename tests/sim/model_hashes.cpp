// Commands on hashes.
#include <array>

#include "tests/sim/model_commands.hpp"

namespace webmon::sim {
namespace {

void put(Sink& sink, const std::string* value) {
  if (value == nullptr)
    sink.nil();
  else
    sink.text(*value);
}

void hset(Keyspace& keys, Words words, Sink& sink) {
  if (words.size() % 2 != 0) return sink.error("ERR wrong number of arguments for 'hset' command");
  const auto found = look_to_edit<Hash>(keys, words[1], sink);
  if (found.is_wrong) return;
  auto& hash = made(found, keys, words[1]);
  std::int64_t added = 0;
  for (std::size_t i = 2; i < words.size(); i += 2)
    added += hash.set(words[i], words[i + 1]) ? 1 : 0;
  sink.integer(added);
}

void hsetnx(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look_to_edit<Hash>(keys, words[1], sink);
  if (found.is_wrong) return;
  if (found.value != nullptr && found.value->find(words[2]) != nullptr) return sink.integer(0);
  made(found, keys, words[1]).set(words[2], words[3]);
  sink.integer(1);
}

void hget(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look<Hash>(keys, words[1], sink);
  if (!found.is_wrong) put(sink, found.value == nullptr ? nullptr : found.value->find(words[2]));
}

void hmget(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look<Hash>(keys, words[1], sink);
  if (found.is_wrong) return;
  sink.array(words.size() - 2);
  for (const auto name : words.subspan(2))
    put(sink, found.value == nullptr ? nullptr : found.value->find(name));
}

void hgetall(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look<Hash>(keys, words[1], sink);
  if (found.is_wrong) return;
  if (found.value == nullptr) return sink.array(0);
  sink.array(2 * found.value->size());
  for (const auto& field : found.value->fields()) {
    sink.text(field.name);
    sink.text(field.value);
  }
}

void hdel(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look_to_edit<Hash>(keys, words[1], sink);
  if (found.is_wrong) return;
  if (found.value == nullptr) return sink.integer(0);
  std::int64_t removed = 0;
  for (const auto name : words.subspan(2)) removed += found.value->erase(name) ? 1 : 0;
  if (found.value->size() == 0) keys.erase(words[1]);
  sink.integer(removed);
}

void hlen(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look<Hash>(keys, words[1], sink);
  if (found.is_wrong) return;
  sink.integer(found.value == nullptr ? 0 : static_cast<std::int64_t>(found.value->size()));
}

void hexists(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look<Hash>(keys, words[1], sink);
  if (found.is_wrong) return;
  sink.integer(found.value != nullptr && found.value->find(words[2]) != nullptr ? 1 : 0);
}

void hincrby(Keyspace& keys, Words words, Sink& sink) {
  const auto amount = parse_integer(words[3]);
  if (!amount) return sink.error(kNotInteger);
  const auto found = look_to_edit<Hash>(keys, words[1], sink);
  if (found.is_wrong) return;
  const auto* text = found.value == nullptr ? nullptr : found.value->find(words[2]);
  const auto old = text == nullptr ? 0 : parse_integer(*text);
  if (!old) return sink.error("ERR hash value is not an integer");
  std::int64_t sum = 0;
  if (__builtin_add_overflow(*old, *amount, &sum)) return sink.error(kOverflow);
  made(found, keys, words[1]).set(words[2], std::to_string(sum));
  sink.integer(sum);
}

constexpr std::array kTable = {
    Command{"HSET", -4, hset},      Command{"HSETNX", 4, hsetnx},   Command{"HGET", 3, hget},
    Command{"HMGET", -3, hmget},    Command{"HDEL", -3, hdel},      Command{"HLEN", 2, hlen},
    Command{"HGETALL", 2, hgetall}, Command{"HEXISTS", 3, hexists}, Command{"HINCRBY", 4, hincrby},
};

}  // namespace

std::span<const Command> hash_commands() noexcept { return kTable; }

}  // namespace webmon::sim
