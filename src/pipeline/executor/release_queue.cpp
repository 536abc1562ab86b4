#include "pipeline/executor/release_queue.hpp"

#include <memory>
#include <utility>

#include "lib/core/log.hpp"

namespace webmon::executor {
namespace {

constexpr milliseconds kRetry{200};
constexpr std::size_t kBatch = 256;

std::string_view to_string(store::Release::Kind kind) noexcept {
  switch (kind) {
    case store::Release::Kind::give_back:
      return "give_back";
    case store::Release::Kind::retry:
      return "retry";
    case store::Release::Kind::blame:
      return "blame";
    case store::Release::Kind::crash:
      return "crash";
  }
  return "?";
}

}  // namespace

ReleaseQueue::ReleaseQueue(Loop& loop, store::Redis& redis, const store::Keys& keys)
    : loop_{loop}, redis_{redis}, keys_{keys} {}

ReleaseQueue::~ReleaseQueue() { loop_.cancel(timer_); }

void ReleaseQueue::flush() {
  while (waiting_.size() > kMost) waiting_.pop_front();
  std::erase_if(waiting_, [now = loop_.now()](const Item& item) { return item.until <= now; });
  while (!waiting_.empty()) {
    store::Batch batch;
    auto sent = std::make_shared<std::deque<Item>>();
    while (!waiting_.empty() && sent->size() < kBatch) {
      const auto& item = sent->emplace_back(std::move(waiting_.front()));
      waiting_.pop_front();
      store::add_release(batch, keys_, item.job, item.token, item.release);
    }
    in_flight_ += sent->size();
    redis_.send(std::move(batch), [this, sent](Result<std::vector<store::Reply>> replies) {
      on_reply(*sent, std::move(replies));
    });
  }
}

void ReleaseQueue::on_reply(const std::deque<Item>& sent,
                            Result<std::vector<store::Reply>> replies) {
  in_flight_ -= sent.size();
  if (!replies || replies->size() != sent.size()) {
    waiting_.insert(waiting_.end(), sent.begin(), sent.end());
    return retry_soon();
  }
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto released = store::read_release((*replies)[i]);
    if (!released) {
      log_warn("release refused",
               {{"job", sent[i].job.id.text()}, {"error", released.error().detail}});
      waiting_.push_back(sent[i]);
      retry_soon();
      continue;
    }
    if (*released != store::Released::fenced) ++released_;
    log_debug("lease released", {{"job", sent[i].job.id.text()},
                                 {"kind", to_string(sent[i].release.kind)},
                                 {"plugin", sent[i].release.plugin}});
  }
}

void ReleaseQueue::retry_soon() {
  if (timer_ != 0) return;
  timer_ = loop_.after(kRetry, [this] {
    timer_ = 0;
    flush();
  });
}

}  // namespace webmon::executor
