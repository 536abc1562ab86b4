#include "tests/sim/store_model.hpp"

#include <algorithm>

#include "tests/sim/resp_words.hpp"

namespace webmon::sim {
namespace {

store::Reply error_reply(std::string text) {
  store::Reply reply;
  reply.kind = store::Reply::Kind::error;
  reply.text = std::move(text);
  return reply;
}

std::string wrong_count(std::string_view name) {
  std::string text = "ERR wrong number of arguments for '";
  for (const char c : name) text += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text + "' command";
}

}  // namespace

store::Reply StoreModel::run(std::span<const std::string_view> command) {
  if (is_word(command[0], "EVALSHA")) {
    const auto* script = command.size() > 2 ? loaded(command[1]) : nullptr;
    if (script == nullptr) return error_reply("NOSCRIPT No matching script. Please use EVAL.");
    return run_script(*script, command);
  }
  if (is_word(command[0], "EVAL") && command.size() > 2)
    return run_script(load_text(command[1]), command);
  if (is_word(command[0], "SCRIPT") && command.size() == 3 && is_word(command[1], "LOAD")) {
    store::Reply reply;
    reply.kind = store::Reply::Kind::text;
    reply.text = load_text(command[2]).sha;
    return reply;
  }
  return run_words(command);
}

std::vector<store::Reply> StoreModel::run(const store::Batch& batch) {
  std::vector<store::Reply> replies;
  replies.reserve(batch.size());
  for (const auto& call : batch.calls()) {
    split_command(batch.bytes().substr(call.begin, call.end - call.begin), words_);
    replies.push_back(call.is_script ? run_script(script_of(call.script), words_) : run(words_));
  }
  return replies;
}

store::Reply StoreModel::run_words(Words words) {
  const auto* command = find_command(words[0]);
  if (command == nullptr) throw NotModelled{"the command " + std::string{words[0]}};
  if (!command->fits(words)) return error_reply(wrong_count(command->name));
  store::Reply reply;
  ReplySink sink{reply};
  command->run(keys_, words, sink);
  return reply;
}

store::Reply StoreModel::run_script(const LuaHost::Script& script, Words words) {
  const auto count = parse_integer(words[2]);
  if (!count) return error_reply(std::string{kNotInteger});
  if (*count < 0) return error_reply("ERR Number of keys can't be negative");
  const auto keys = static_cast<std::size_t>(*count);
  if (keys > words.size() - 3)
    return error_reply("ERR Number of keys can't be greater than number of args");
  return lua_.run(script, words.subspan(3, keys), words.subspan(3 + keys), keys_);
}

const LuaHost::Script& StoreModel::script_of(store::Script script) {
  auto& held = scripts_[static_cast<std::size_t>(script)];
  if (held == nullptr) held = &lua_.compile(store::script_text(script));
  return *held;
}

const LuaHost::Script& StoreModel::load_text(std::string_view text) {
  const auto* script = &lua_.compile(text);
  if (std::ranges::find(loaded_, script) == loaded_.end()) loaded_.push_back(script);
  return *script;
}

const LuaHost::Script* StoreModel::loaded(std::string_view sha) {
  for (std::size_t i = 0; i < store::kScripts; ++i)
    if (const auto script = static_cast<store::Script>(i); store::script_sha(script) == sha)
      return &script_of(script);
  const auto at = std::ranges::find(loaded_, sha, [](const auto* script) { return script->sha; });
  return at == loaded_.end() ? nullptr : *at;
}

void StoreModel::replace_script(store::Script script, std::string_view text) {
  scripts_[static_cast<std::size_t>(script)] = &lua_.compile(text);
}

template <class T>
const T* StoreModel::value_of(std::string_view key) const {
  const auto* record = keys_.find(key);
  return record == nullptr ? nullptr : std::get_if<T>(&record->value);
}

std::optional<std::string_view> StoreModel::text(std::string_view key) const {
  const auto* value = value_of<Text>(key);
  return value == nullptr ? std::nullopt : std::optional<std::string_view>{*value};
}

std::optional<std::string_view> StoreModel::field(std::string_view key,
                                                  std::string_view name) const {
  const auto* hash = value_of<Hash>(key);
  const auto* value = hash == nullptr ? nullptr : hash->find(name);
  return value == nullptr ? std::nullopt : std::optional<std::string_view>{*value};
}

std::span<const Hash::Field> StoreModel::fields(std::string_view key) const {
  const auto* hash = value_of<Hash>(key);
  return hash == nullptr ? std::span<const Hash::Field>{} : hash->fields();
}

std::optional<double> StoreModel::score(std::string_view key, std::string_view member) const {
  const auto* set = value_of<SortedSet>(key);
  return set == nullptr ? std::nullopt : set->score(member);
}

std::span<const SortedSet::Item> StoreModel::sorted_set(std::string_view key) const {
  const auto* set = value_of<SortedSet>(key);
  return set == nullptr ? std::span<const SortedSet::Item>{} : set->items();
}

std::span<const std::string> StoreModel::list(std::string_view key) const {
  const auto* list = value_of<List>(key);
  return list == nullptr ? std::span<const std::string>{} : *list;
}

std::optional<std::int64_t> StoreModel::expires_ms(std::string_view key) const {
  const auto* record = keys_.find(key);
  if (record == nullptr || record->expires_ms == kNever) return std::nullopt;
  return record->expires_ms;
}

std::size_t StoreModel::bytes() const {
  std::size_t sum = 0;
  keys_.each([&](const Record& record) { sum += record.key.size() + bytes_of(record.value); });
  return sum;
}

}  // namespace webmon::sim
