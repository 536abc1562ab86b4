#include "tests/sim/redis_host.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/resp_words.hpp"

namespace webmon::sim {
namespace {

constexpr milliseconds kCallTimeout{5'000};  // as store::RedisConfig

store::Reply reply_of(store::Reply::Kind kind, std::string text) {
  store::Reply reply;
  reply.kind = kind;
  reply.text = std::move(text);
  return reply;
}

}  // namespace

RedisHost::RedisHost(World& world, Ledger& ledger)
    : world_{world}, ledger_{ledger}, host_{world, "redis"} {
  start();
}

RedisHost::~RedisHost() = default;

void RedisHost::start() {
  store_ = std::make_unique<StoreModel>();
  for (const auto& [script, text] : replaced_) store_->replace_script(script, text);
  store_->set_time(std::chrono::duration_cast<microseconds>(time().time_since_epoch()));
  store_->load(durable_.data);
  run_id_ = make_token(world_.dice().rng());
  saves_ = 0;
  is_last_ok_ = true;
  saving_ = 0;
  is_up_ = true;
}

void RedisHost::kill(milliseconds outage) {
  if (!is_up_) return;
  is_up_ = false;
  ++rollbacks_;
  host_.loop().cancel(std::exchange(saving_, 0));  // the start guard keeps its orphan from harm
  const auto links = links_;
  for (auto* link : links) link->lose(Errc::store_down, "connection reset");
  ledger_.roll_back(durable_.books);
  host_.pause_until(MonoTime{});
  host_.in(outage, [this] { start(); });
}

void RedisHost::replace_script(store::Script script, std::string text) {
  store_->replace_script(script, text);
  replaced_.emplace_back(script, std::move(text));
}

// ---- requests

void RedisHost::arrive(Request request) {
  if (!is_up_) return;
  const auto from = request.from;
  const auto serial = request.serial;
  auto replies = run(request.batch);
  const auto alive = from.lock();
  if (!alive) return;  // carried out all the same
  auto& link = **alive;
  if (world_.dice().chance(faults_.link_breaks_permille))
    return link.lose(Errc::store_down, "connection reset behind a batch");
  const auto at =
      std::max(world_.now() + world_.dice().between({}, faults_.most_latency), link.last_answer_);
  link.last_answer_ = at;
  link.host_.loop().at(at, [from, serial, replies = std::move(replies)]() mutable {
    if (const auto still = from.lock()) (**still).take(serial, std::move(replies));
  });
}

std::vector<store::Reply> RedisHost::run(const store::Batch& batch) {
  store_->set_time(std::chrono::duration_cast<microseconds>(time().time_since_epoch()));
  std::vector<store::Reply> replies;
  replies.reserve(batch.size());
  std::vector<std::string_view> words;
  for (const auto& call : batch.calls()) {
    split_command(batch.bytes().substr(call.begin, call.end - call.begin), words);
    ++commands_;
    if (call.is_script) ledger_.before(*store_, call.script, words);
    replies.push_back(run_one(words));
    if (call.is_script) ledger_.after(*store_, call.script, words, replies.back());
  }
  return replies;
}

store::Reply RedisHost::run_one(std::span<const std::string_view> words) {
  if (words[0] == "BGSAVE") return bgsave();
  if (words[0] == "SAVE") return save();
  if (words[0] == "INFO") return info();
  return store_->run(words);
}

// ---- snapshots

store::Reply RedisHost::bgsave() {
  using Kind = store::Reply::Kind;
  if (saving_ != 0) return reply_of(Kind::error, "ERR Background save already in progress");
  auto image = std::make_shared<Saved>(Saved{store_->save(), ledger_.save()});
  const bool fails = world_.dice().chance(faults_.bgsave_fails_permille);
  const auto took = world_.dice().between(milliseconds{2}, milliseconds{300});
  saving_ = host_.in(took, [this, image, fails] {
    saving_ = 0;
    is_last_ok_ = !fails;
    if (fails) return;
    ++saves_;
    durable_ = *image;
  });
  return reply_of(Kind::status, "Background saving started");
}

store::Reply RedisHost::save() {
  using Kind = store::Reply::Kind;
  if (saving_ != 0) return reply_of(Kind::error, "ERR Background save already in progress");
  durable_ = {store_->save(), ledger_.save()};
  ++saves_;
  is_last_ok_ = true;
  return reply_of(Kind::status, "OK");
}

store::Reply RedisHost::info() const {
  return reply_of(store::Reply::Kind::text,
                  "# Server\r\nrun_id:" + run_id_ +
                      "\r\n# Memory\r\nused_memory:" + std::to_string(1'000'000) +
                      "\r\n# Persistence\r\nloading:0\r\nrdb_saves:" + std::to_string(saves_) +
                      "\r\nrdb_bgsave_in_progress:" + (saving_ != 0 ? "1" : "0") +
                      "\r\nrdb_last_bgsave_status:" + (is_last_ok_ ? "ok" : "err") + "\r\n");
}

// ---- connections

Link::Link(Host& host, RedisHost& server) : host_{host}, server_{server} {
  server_.links_.push_back(this);
  connect_ = host_.in(milliseconds{1}, [this] { connect(); });
}

Link::~Link() {
  std::erase(server_.links_, this);
  host_.loop().cancel(timeout_);
  host_.loop().cancel(connect_);
}

void Link::connect() {
  if (!server_.is_up()) {
    const auto wait = server_.world_.dice().between(milliseconds{50}, milliseconds{1'000});
    connect_ = host_.in(wait, [this] { connect(); });
    return;
  }
  connect_ = 0;
  is_up_ = true;
  trouble_.clear();
  alive_ = std::make_shared<Link*>(this);
  if (on_up_) on_up_();
}

void Link::fail_soon(Done done, Errc code, const std::string& why) {
  host_.in(nanoseconds{0}, [done = std::move(done), code, why] { done(fail(code, why)); });
}

void Link::send(store::Batch batch, Done done) {
  if (!is_up_) return fail_soon(std::move(done), Errc::store_down, trouble_);
  const auto serial = next_serial_++;
  waiting_.push_back({serial, std::move(done)});
  if (timeout_ == 0)
    timeout_ = host_.in(kCallTimeout, [this] {
      timeout_ = 0;
      lose(Errc::timeout, "no answer");
    });
  auto& world = server_.world_;
  if (world.dice().chance(server_.faults_.link_breaks_permille)) {
    host_.in(nanoseconds{0}, [this, alive = std::weak_ptr{alive_}] {
      if (!alive.expired()) lose(Errc::store_down, "connection reset before a batch");
    });
    return;
  }
  const auto at =
      std::max(world.now() + world.dice().between({}, server_.faults_.most_latency), last_arrival_);
  last_arrival_ = at;
  server_.host_.loop().at(at, [&server = server_, request = RedisHost::Request{
                                                      alive_, std::move(batch), serial}]() mutable {
    server.arrive(std::move(request));
  });
}

void Link::take(std::uint64_t serial, std::vector<store::Reply> replies) {
  if (waiting_.empty() || waiting_.front().serial != serial) return;
  const auto done = std::move(waiting_.front().done);
  waiting_.pop_front();
  host_.loop().cancel(std::exchange(timeout_, 0));
  if (!waiting_.empty())
    timeout_ = host_.in(kCallTimeout, [this] {
      timeout_ = 0;
      lose(Errc::timeout, "no answer");
    });
  done(std::move(replies));
}

void Link::lose(Errc code, const std::string& why) {
  if (!is_up_) return;
  is_up_ = false;
  trouble_ = why;
  alive_.reset();
  host_.loop().cancel(std::exchange(timeout_, 0));
  for (auto& waiting : std::exchange(waiting_, {})) fail_soon(std::move(waiting.done), code, why);
  connect_ = host_.in(milliseconds{50}, [this] { connect(); });
}

}  // namespace webmon::sim
