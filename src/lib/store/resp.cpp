#include "lib/store/resp.hpp"

#include <hiredis/read.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <deque>

#include "lib/store/scripts.hpp"

namespace webmon::store {
namespace {

// hiredis parses; these build our values. Elements are appended as they arrive, never reserved by
// the number that the peer announces. A child is complete before its next sibling is appended, so
// pointers into `items` hold.
struct Budget {
  std::size_t items = 0;
};

Reply* place(const redisReadTask* task) noexcept {
  auto* budget = static_cast<Budget*>(task->privdata);
  if (budget != nullptr && ++budget->items > kMaxReplyItems)
    return nullptr;  // hiredis: out of memory
  if (task->parent == nullptr) return new Reply;
  return &static_cast<Reply*>(task->parent->obj)->items.emplace_back();
}

void* create_string(const redisReadTask* task, char* text, std::size_t size) noexcept {
  auto* reply = place(task);
  if (reply == nullptr) return nullptr;
  reply->kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::error
                : task->type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                   : Reply::Kind::text;
  reply->text.assign(text, size);
  return reply;
}

void* create_array(const redisReadTask* task, int) noexcept {
  auto* reply = place(task);
  if (reply != nullptr) reply->kind = Reply::Kind::array;
  return reply;
}

void* create_integer(const redisReadTask* task, long long value) noexcept {
  auto* reply = place(task);
  if (reply == nullptr) return nullptr;
  reply->kind = Reply::Kind::integer;
  reply->integer = value;
  return reply;
}

void* create_nil(const redisReadTask* task) noexcept { return place(task); }

void free_object(void* object) noexcept { delete static_cast<Reply*>(object); }

redisReplyObjectFunctions kBuilders = {create_string, create_array, create_integer, create_nil,
                                       free_object};

struct FreeReader {
  void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
};

/// Commands that may be repeated behind a script that had to be sent again: they change nothing.
bool is_read(std::string_view call) {
  static constexpr std::array<std::string_view, 17> kReads = {
      "GET",           "MGET",        "HGET",   "HMGET",     "HGETALL", "TIME",
      "LRANGE",        "LLEN",        "ZCARD",  "ZRANGE",    "TTL",     "EXISTS",
      "ZRANGEBYSCORE", "ZRANGEBYLEX", "ZSCORE", "ZREVRANGE", "HSCAN"};
  // *<n>\r\n$<m>\r\n<NAME>\r\n
  auto at = call.find('\n');
  at = call.find('\n', at + 1);
  const auto name = call.substr(at + 1, call.find('\r', at) - at - 1);
  return std::ranges::find(kReads, name) != kReads.end();
}

/// `call` is an EVALSHA as Batch::eval wrote it; the same with the text of the script.
void append_as_eval(std::string& out, std::string_view call, Script script) {
  const auto text = script_text(script);
  const auto head = call.find("\r\n") + 2;  // behind *<n>
  const auto sha = call.find(script_sha(script), head);
  out.append(call.substr(0, head)).append("$4\r\nEVAL\r\n$").append(std::to_string(text.size()));
  out.append("\r\n").append(text).append(call.substr(sha + script_sha(script).size()));
}

bool is_noscript(const Reply& reply) {
  return reply.is_error() && reply.text.starts_with("NOSCRIPT");
}

struct Pending {
  Batch batch;
  RespClient::Replies replies;
  std::size_t left = 0;    ///< answers still to come
  bool is_second = false;  ///< forgotten scripts have been sent again already
};

struct Expected {
  std::uint64_t batch;
  std::size_t call;
};

std::string not_redis(const char* why) {
  return std::string{"this is not what Redis answers; does something else listen there? ("} + why +
         ")";
}

}  // namespace

struct RespClient::Impl {
  std::unique_ptr<redisReader, FreeReader> reader;
  Budget budget;
  std::size_t partial = 0;  ///< bytes of the reply that is incomplete
  std::string output;
  std::deque<Pending> batches;
  std::uint64_t first = 0;  ///< number of batches.front()
  std::deque<Expected> expected;

  Impl() { reset(); }

  void reset() {
    reader.reset(redisReaderCreateWithFunctions(&kBuilders));
    if (!reader) throw std::bad_alloc{};
    reader->privdata = &budget;
    budget = {};
    partial = 0;
    output.clear();
    first += batches.size();
    batches.clear();
    expected.clear();
  }

  void send(Batch batch) {
    const auto number = first + batches.size();
    auto& pending = batches.emplace_back();
    pending.left = batch.size();
    pending.replies.resize(batch.size());
    output.append(batch.bytes());
    for (std::size_t i = 0; i < batch.size(); ++i) expected.push_back({number, i});
    pending.batch = std::move(batch);
  }

  void take(Reply reply) {
    const auto [number, call] = expected.front();
    expected.pop_front();
    auto& pending = batches[number - first];
    pending.replies[call] = std::move(reply);
    if (--pending.left == 0 && !pending.is_second) send_forgotten(pending, number);
  }

  // Only once all answers of the batch are in, so that its order holds for what is sent again.
  void send_forgotten(Pending& pending, std::uint64_t number) {
    pending.is_second = true;
    std::bitset<kScripts> sent;
    bool is_behind = false;
    const auto calls = pending.batch.calls();
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const auto& call = calls[i];
      const auto bytes = pending.batch.bytes().substr(call.begin, call.end - call.begin);
      if (call.is_script && is_noscript(pending.replies[i])) {
        is_behind = true;
        const auto index = static_cast<std::size_t>(call.script);
        if (sent[index]) {
          output.append(bytes);
        } else {
          append_as_eval(output, bytes, call.script);
        }
        sent.set(index);
      } else if (is_behind && is_read(bytes)) {
        output.append(bytes);
      } else {
        continue;
      }
      expected.push_back({number, i});
      ++pending.left;
    }
  }

  Result<void> parse() {
    for (;;) {
      void* object = nullptr;
      if (redisReaderGetReply(reader.get(), &object) != REDIS_OK)
        return fail(Errc::bad_frame, not_redis(reader->errstr));
      if (object == nullptr) return {};
      const std::unique_ptr<Reply> reply{static_cast<Reply*>(object)};
      budget = {};
      partial = reader->len - reader->pos;
      if (expected.empty()) return fail(Errc::bad_frame, "redis: a reply that nobody waits for");
      take(std::move(*reply));
    }
  }
};

RespClient::RespClient() : impl_{std::make_unique<Impl>()} {}
RespClient::~RespClient() = default;
RespClient::RespClient(RespClient&&) noexcept = default;
RespClient& RespClient::operator=(RespClient&&) noexcept = default;

void RespClient::send(Batch batch) { impl_->send(std::move(batch)); }
bool RespClient::has_output() const noexcept { return !impl_->output.empty(); }
std::string RespClient::take_output() { return std::exchange(impl_->output, {}); }
std::size_t RespClient::waiting() const noexcept { return impl_->expected.size(); }
std::size_t RespClient::waiting_batches() const noexcept { return impl_->batches.size(); }
void RespClient::reset() { impl_->reset(); }

Result<std::vector<RespClient::Replies>> RespClient::feed(std::string_view bytes) {
  impl_->partial += bytes.size();
  if (redisReaderFeed(impl_->reader.get(), bytes.data(), bytes.size()) != REDIS_OK)
    return fail(Errc::bad_frame, not_redis(impl_->reader->errstr));
  if (auto parsed = impl_->parse(); !parsed) return fail(std::move(parsed.error()));
  if (impl_->partial > kMaxReplyBytes) return fail(Errc::bad_frame, "redis: reply too large");
  std::vector<Replies> complete;
  auto& batches = impl_->batches;
  while (!batches.empty() && batches.front().left == 0) {
    complete.push_back(std::move(batches.front().replies));
    batches.pop_front();
    ++impl_->first;
  }
  return complete;
}

Batch hello() {
  Batch batch;
  for (std::size_t i = 0; i < kScripts; ++i)
    batch.add({"SCRIPT", "LOAD", script_text(static_cast<Script>(i))});
  return batch;
}

Result<void> read_hello(const std::vector<Reply>& replies) {
  if (replies.size() != kScripts) return fail(Errc::bad_frame, "redis: handshake cut short");
  for (std::size_t i = 0; i < kScripts; ++i) {
    const auto sha = as_text(replies[i]);
    if (!sha && sha.error().detail.find("NOAUTH") != std::string::npos)
      return fail(sha.error().code,
                  sha.error().detail +
                      " Webmon has no password for Redis: take requirepass out of "
                      "its configuration and let it listen on a unix socket");
    if (!sha) return fail(sha.error());
    if (*sha != script_sha(static_cast<Script>(i)))
      return fail(Errc::bad_frame, "redis: a script was stored under another name");
  }
  return {};
}

}  // namespace webmon::store
