#include "tests/support/redis_server.hpp"

#include <hiredis/hiredis.h>
#include <signal.h>

#include <stdexcept>

#include "tests/support/wait_until.hpp"

namespace webmon::testing {
namespace {

struct FreeContext {
  void operator()(redisContext* c) const noexcept { redisFree(c); }
};
struct FreeReply {
  void operator()(redisReply* r) const noexcept { freeReplyObject(r); }
};

std::string text_of(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return std::to_string(reply.integer);
    case REDIS_REPLY_NIL:
      return "(nil)";
    case REDIS_REPLY_ERROR:
      return "(error) " + std::string{reply.str, reply.len};
    case REDIS_REPLY_ARRAY: {
      std::string lines;
      for (std::size_t i = 0; i < reply.elements; ++i)
        lines += (i == 0 ? "" : "\n") + text_of(*reply.element[i]);
      return lines;
    }
    default:
      return {reply.str, reply.len};
  }
}

}  // namespace

RedisServer::RedisServer(std::vector<std::string> extra)
    : socket_{(dir_ / "redis.sock").string()}, extra_{std::move(extra)} {
  start();
}

RedisServer::~RedisServer() = default;

void RedisServer::start() {
  if (child_ && child_->is_running()) return;
  std::vector<std::string> argv{"redis-server", "--port", "0",
                                "--unixsocket", socket_,  "--unixsocketperm",
                                "700",          "--dir",  dir_.path().string(),
                                "--save",       "3600 1", "--appendonly",
                                "no",           "--hz",   "100"};
  argv.insert(argv.end(), extra_.begin(), extra_.end());
  ChildOptions options;
  options.output = dir_ / "redis.log";
  child_ = std::make_unique<ChildProcess>(std::move(argv), std::move(options));
  const auto answers = [this] {
    try {
      return !child_->is_running() || command({"PING"}) == "PONG";
    } catch (const std::runtime_error&) {
      return false;
    }
  };
  if (!wait_until(answers) || !child_->is_running())
    throw std::runtime_error{"redis-server did not start:\n" + child_->output()};
}

void RedisServer::stop() {
  if (child_) child_->stop();
  child_.reset();
}

void RedisServer::kill() {
  child_.reset();
  std::error_code ignored;
  std::filesystem::remove(socket_, ignored);
}

void RedisServer::freeze() { child_->signal(SIGSTOP); }
void RedisServer::thaw() { child_->signal(SIGCONT); }

std::string RedisServer::command(const std::vector<std::string>& words) const {
  const timeval limit{5, 0};
  const std::unique_ptr<redisContext, FreeContext> context{
      redisConnectUnixWithTimeout(socket_.c_str(), limit)};
  if (!context || context->err != 0) throw std::runtime_error{"redis: cannot connect"};
  redisSetTimeout(context.get(), limit);
  std::vector<const char*> argv;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    argv.push_back(word.data());
    sizes.push_back(word.size());
  }
  const std::unique_ptr<redisReply, FreeReply> reply{static_cast<redisReply*>(
      redisCommandArgv(context.get(), static_cast<int>(argv.size()), argv.data(), sizes.data()))};
  if (!reply) throw std::runtime_error{std::string{"redis: "} + context->errstr};
  return text_of(*reply);
}

std::string RedisServer::info(const std::string& field) const {
  const auto text = command({"INFO", "everything"});
  const auto at = text.find("\n" + field + ":");
  if (at == std::string::npos) return {};
  const auto from = at + field.size() + 2;
  return text.substr(from, text.find('\r', from) - from);
}

}  // namespace webmon::testing
