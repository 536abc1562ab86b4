#include "lib/store/reply.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include "lib/store/scripts.hpp"

namespace webmon::store {
namespace {

/// Redis is there but cannot serve anybody now: it will pass without anybody acting.
constexpr std::array<std::string_view, 7> kPassing = {
    "LOADING", "MASTERDOWN", "BUSY", "CLUSTERDOWN", "TRYAGAIN", "UNBLOCKED", "NOREPLICAS"};

std::string_view code_of(std::string_view text) { return text.substr(0, text.find(' ')); }

std::string_view kind_name(Reply::Kind kind) {
  switch (kind) {
    case Reply::Kind::nil:
      return "nil";
    case Reply::Kind::status:
      return "status";
    case Reply::Kind::error:
      return "error";
    case Reply::Kind::integer:
      return "integer";
    case Reply::Kind::text:
      return "text";
    case Reply::Kind::array:
      return "array";
  }
  return "?";
}

Error unexpected(const Reply& reply, std::string_view wanted) {
  if (reply.is_error()) return error_of(reply);
  return {Errc::bad_frame,
          "redis: expected " + std::string{wanted} + ", got " + std::string{kind_name(reply.kind)}};
}

struct FreeSds {
  void operator()(char* text) const noexcept { redisFreeSdsCommand(text); }
};

}  // namespace

Error error_of(const Reply& reply) {
  const bool passing = std::ranges::find(kPassing, code_of(reply.text)) != kPassing.end();
  return {passing ? Errc::store_down : Errc::store_refused, reply.text.substr(0, 512)};
}

Result<std::int64_t> as_integer(const Reply& reply) {
  if (reply.kind != Reply::Kind::integer) return fail(unexpected(reply, "integer"));
  return reply.integer;
}

Result<std::string_view> as_text(const Reply& reply) {
  if (reply.is_nil()) return std::string_view{};
  if (reply.kind != Reply::Kind::text && reply.kind != Reply::Kind::status)
    return fail(unexpected(reply, "text"));
  return std::string_view{reply.text};
}

Result<std::span<const Reply>> as_array(const Reply& reply) {
  if (reply.kind != Reply::Kind::array) return fail(unexpected(reply, "array"));
  return std::span{reply.items};
}

void Batch::add(std::span<const std::string_view> args) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  words.reserve(args.size());
  sizes.reserve(args.size());
  for (const auto arg : args) {
    words.push_back(arg.empty() ? "" : arg.data());
    sizes.push_back(arg.size());
  }
  sds formatted = nullptr;
  const int length = redisFormatSdsCommandArgv(&formatted, static_cast<int>(args.size()),
                                               words.data(), sizes.data());
  const std::unique_ptr<char, FreeSds> owner{formatted};
  if (length < 0) throw std::bad_alloc{};  // its only failure
  const auto begin = bytes_.size();
  bytes_.append(formatted, static_cast<std::size_t>(length));
  calls_.push_back({begin, bytes_.size(), false, Script{}});
}

void Batch::eval(Script script, std::span<const std::string> keys,
                 std::span<const std::string> args) {
  const auto count = std::to_string(keys.size());
  std::vector<std::string_view> words{"EVALSHA", script_sha(script), count};
  words.reserve(3 + keys.size() + args.size());
  words.insert(words.end(), keys.begin(), keys.end());
  words.insert(words.end(), args.begin(), args.end());
  add(words);
  calls_.back().is_script = true;
  calls_.back().script = script;
}

}  // namespace webmon::store
