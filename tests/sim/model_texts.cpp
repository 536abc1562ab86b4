// Commands on strings.
#include <array>
#include <limits>

#include "tests/sim/model_commands.hpp"

namespace webmon::sim {
namespace {

constexpr std::int64_t kMostBytes = 512LL << 20;  ///< proto-max-bulk-len

struct SetOptions {
  bool nx = false, xx = false, get = false, keep = false;
  std::optional<std::int64_t> life_ms;
};

/// Nullopt: the sink has the error.
std::optional<SetOptions> read_options(Words words, Sink& sink) {
  SetOptions options;
  for (std::size_t i = 3; i < words.size(); ++i) {
    const auto word = words[i];
    const bool is_seconds = is_word(word, "EX");
    if (is_word(word, "NX")) {
      options.nx = true;
    } else if (is_word(word, "XX")) {
      options.xx = true;
    } else if (is_word(word, "GET")) {
      options.get = true;
    } else if (is_word(word, "KEEPTTL")) {
      options.keep = true;
    } else if ((is_seconds || is_word(word, "PX")) && i + 1 < words.size()) {
      const auto amount = parse_integer(words[++i]);
      if (!amount) return sink.error(kNotInteger), std::nullopt;
      if (*amount <= 0 || *amount > std::numeric_limits<std::int64_t>::max() / 4'000)
        return sink.error("ERR invalid expire time in 'set' command"), std::nullopt;
      options.life_ms = *amount * (is_seconds ? 1'000 : 1);
    } else {
      throw NotModelled{"the option " + std::string{word} + " of SET"};
    }
  }
  if ((options.nx && options.xx) || (options.keep && options.life_ms))
    return sink.error(kSyntax), std::nullopt;
  return options;
}

void set(Keyspace& keys, Words words, Sink& sink) {
  const auto options = read_options(words, sink);
  if (!options) return;
  auto* record = keys.edit(words[1]);
  if (options->get) {
    const auto* old = record == nullptr ? nullptr : std::get_if<Text>(&record->value);
    if (record != nullptr && old == nullptr) return sink.error(kWrongType);
    if (old != nullptr)
      sink.text(*old);
    else
      sink.nil();
  }
  if (options->nx ? record != nullptr : options->xx && record == nullptr) {
    if (!options->get) sink.nil();
    return;
  }
  if (record == nullptr)
    record = &keys.create(words[1], Text{words[2]});
  else if (auto* text = std::get_if<Text>(&record->value))
    text->assign(words[2]);
  else
    record->value = Text{words[2]};
  if (options->life_ms)
    record->expires_ms = keys.now_ms() + *options->life_ms;
  else if (!options->keep)
    record->expires_ms = kNever;
  if (!options->get) sink.status("OK");
}

void get(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look<Text>(keys, words[1], sink);
  if (found.is_wrong) return;
  if (found.value == nullptr) return sink.nil();
  sink.text(*found.value);
}

void mget(Keyspace& keys, Words words, Sink& sink) {
  sink.array(words.size() - 1);
  for (const auto key : words.subspan(1)) {
    const auto* record = keys.find(key);
    const auto* text = record == nullptr ? nullptr : std::get_if<Text>(&record->value);
    if (text == nullptr)
      sink.nil();
    else
      sink.text(*text);
  }
}

void strlen(Keyspace& keys, Words words, Sink& sink) {
  const auto found = look<Text>(keys, words[1], sink);
  if (found.is_wrong) return;
  sink.integer(found.value == nullptr ? 0 : static_cast<std::int64_t>(found.value->size()));
}

void setrange(Keyspace& keys, Words words, Sink& sink) {
  const auto offset = parse_integer(words[2]);
  if (!offset) return sink.error(kNotInteger);
  if (*offset < 0) return sink.error("ERR offset is out of range");
  const auto found = look_to_edit<Text>(keys, words[1], sink);
  if (found.is_wrong) return;
  const auto size = static_cast<std::int64_t>(words[3].size());
  if (size == 0) {
    const auto now = found.value == nullptr ? 0 : found.value->size();
    return sink.integer(static_cast<std::int64_t>(now));
  }
  if (*offset > kMostBytes - size)
    return sink.error("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  auto& text = made(found, keys, words[1]);
  const auto begin = static_cast<std::size_t>(*offset);
  if (text.size() < begin + words[3].size()) text.resize(begin + words[3].size(), '\0');
  text.replace(begin, words[3].size(), words[3]);
  sink.integer(static_cast<std::int64_t>(text.size()));
}

void add(Keyspace& keys, Words words, Sink& sink, std::int64_t amount) {
  const auto found = look_to_edit<Text>(keys, words[1], sink);
  if (found.is_wrong) return;
  const auto old = found.value == nullptr ? 0 : parse_integer(*found.value);
  if (!old) return sink.error(kNotInteger);
  std::int64_t sum = 0;
  if (__builtin_add_overflow(*old, amount, &sum)) return sink.error(kOverflow);
  made(found, keys, words[1]) = std::to_string(sum);
  sink.integer(sum);
}

void incr(Keyspace& keys, Words words, Sink& sink) { add(keys, words, sink, 1); }

void incrby(Keyspace& keys, Words words, Sink& sink) {
  const auto amount = parse_integer(words[2]);
  if (!amount) return sink.error(kNotInteger);
  add(keys, words, sink, *amount);
}

constexpr std::array kTable = {
    Command{"SET", -3, set},          Command{"GET", 2, get},   Command{"MGET", -2, mget},
    Command{"STRLEN", 2, strlen},     Command{"INCR", 2, incr}, Command{"INCRBY", 3, incrby},
    Command{"SETRANGE", 4, setrange},
};

}  // namespace

std::span<const Command> text_commands() noexcept { return kTable; }

}  // namespace webmon::sim
