/// Where a command of the model puts its answer: a store::Reply for clients, the Lua stack for
/// scripts. So a command is written once and a script's calls build no Reply.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/store/reply.hpp"

namespace webmon::sim {

/// Exactly one answer per command; an array is `array(n)` and then n answers. Arrays within arrays
/// are for clients only: no script reads what has them.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void nil() = 0;
  virtual void integer(std::int64_t value) = 0;
  virtual void text(std::string_view value) = 0;
  virtual void status(std::string_view value) = 0;
  virtual void error(std::string_view message) = 0;  ///< "CODE message"
  virtual void array(std::size_t size) = 0;
};

class ReplySink final : public Sink {
 public:
  explicit ReplySink(store::Reply& reply) noexcept : reply_{reply} {}
  void nil() override { next().kind = store::Reply::Kind::nil; }
  void integer(std::int64_t value) override {
    auto& reply = next();
    reply.kind = store::Reply::Kind::integer;
    reply.integer = value;
  }
  void text(std::string_view value) override { put(store::Reply::Kind::text, value); }
  void status(std::string_view value) override { put(store::Reply::Kind::status, value); }
  void error(std::string_view message) override { put(store::Reply::Kind::error, message); }
  void array(std::size_t size) override {
    auto& reply = next();
    reply.kind = store::Reply::Kind::array;
    reply.items.reserve(size);  // so that references to the items stay good
    open_.push_back({&reply, size});
  }

 private:
  store::Reply& next() {
    while (!open_.empty() && open_.back().missing == 0) open_.pop_back();
    if (open_.empty()) return reply_;
    --open_.back().missing;
    return open_.back().reply->items.emplace_back();
  }
  void put(store::Reply::Kind kind, std::string_view value) {
    auto& reply = next();
    reply.kind = kind;
    reply.text.assign(value);
  }
  struct Open {
    store::Reply* reply;
    std::size_t missing;
  };
  store::Reply& reply_;
  std::vector<Open> open_;
};

}  // namespace webmon::sim
