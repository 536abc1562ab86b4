#include "pipeline/api/journal.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "lib/store/fleet.hpp"
#include "lib/store/scripts.hpp"
#include "pipeline/api/operation.hpp"

namespace webmon::api {
namespace {

constexpr std::string_view kMarkerLife = "604800";  ///< seconds; any longer outage replays all
constexpr std::size_t kAppended = 2;                ///< commands added to a batch
constexpr std::size_t kEntryOverhead = sizeof(void*) * 8;
constexpr std::uint64_t kUnknown = UINT64_MAX;  ///< epoch: until the next look
constexpr std::size_t kPartCommands = 1'000;
constexpr std::size_t kPartBytes = 4U << 20U;

/// The words of a command as Batch wrote it; `bytes` is shortened by it.
std::vector<std::string_view> take_words(std::string_view& bytes) {
  const auto take_number = [&bytes] {
    std::size_t number = 0;
    const auto end = bytes.find("\r\n");
    std::from_chars(bytes.data() + 1, bytes.data() + end, number);
    bytes.remove_prefix(end + 2);
    return number;
  };
  std::vector<std::string_view> words(take_number());
  for (auto& word : words) {
    word = std::string_view{bytes.data(), 0};
    const auto size = take_number();
    word = bytes.substr(0, size);
    bytes.remove_prefix(size + 2);
  }
  return words;
}

/// What is not known to be a read counts as a change: to repeat it is safe, to forget it is not.
bool is_read(std::string_view verb) {
  constexpr std::string_view kReads =
      "GET MGET HGET HMGET HGETALL TIME LRANGE LLEN ZCARD ZRANGE TTL EXISTS ZRANGEBYSCORE "
      "ZRANGEBYLEX ZSCORE ZREVRANGE INFO ECHO ZMSCORE ZCOUNT XRANGE XINFO ZREVRANGEBYSCORE HSCAN";
  bool is_known = false;
  for_each_word(kReads, [&](std::string_view word) { is_known = is_known || word == verb; });
  return is_known;
}

bool says(const store::Reply& reply, std::string_view word) {
  return store::as_text(reply) == word;
}

bool had_effect(const Journal::Sent::Command& command, const store::Reply& reply) {
  using store::Script;
  if (reply.is_error()) return false;
  // The only SET that answers with a text is the one with NX and GET, of a key that was there.
  if (!command.script) return reply.kind != store::Reply::Kind::text;
  switch (*command.script) {
    case Script::asset_create:
      return !reply.items.empty() && reply.items.front().integer == 1;
    case Script::asset_update:
    case Script::asset_remove:
    case Script::asset_trash:
    case Script::asset_restore:
      return !reply.items.empty() && says(reply.items.front(), "updated");
    case Script::asset_purge:
      return reply.integer == 1;
    case Script::group_set:
      return !reply.items.empty() &&
             (says(reply.items.front(), "created") || says(reply.items.front(), "replaced"));
    case Script::group_remove:
      return !reply.items.empty() && says(reply.items.front(), "removed");
    case Script::submit:  // "existed" may be the repeat of one that was done and not answered
      return !says(reply, "no_asset");
    case Script::cancel:
      return says(reply, "cancelled");
    default:
      return true;
  }
}

/// An error that the next command would meet too, against one of this command alone.
bool refuses_all(const store::Reply& reply) {
  static constexpr std::array<std::string_view, 5> kRefusals = {"MISCONF", "OOM", "READONLY",
                                                                "NOSCRIPT", "NOAUTH"};
  if (store::error_of(reply).code == Errc::store_down) return true;
  return std::ranges::any_of(kRefusals, [&](auto code) { return reply.text.starts_with(code); });
}

}  // namespace

Journal::Journal(const store::Keys& keys, std::string_view id, JournalLimits limits)
    : keys_{keys}, marker_{keys.journal(id)}, listening_{keys.listening()}, limits_{limits} {}

void Journal::add_position(store::Batch& batch, std::uint64_t number) const {
  batch.add({"SET", marker_, std::to_string(number), "EX", kMarkerLife});
  store::add_snap_state(batch, keys_);
}

/// A read, or what is said again every few seconds and gone soon.
bool Journal::leaves_no_trace(const std::vector<std::string_view>& words) const {
  return is_read(words.front()) || (words.size() > 1 && words[1] == listening_);
}

std::optional<Journal::Sent> Journal::prepare(store::Batch& batch) {
  Sent sent;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto& call = batch.calls()[i];
    const auto bytes = batch.bytes().substr(call.begin, call.end - call.begin);
    auto rest = bytes;
    if (!call.is_script && leaves_no_trace(take_words(rest))) continue;
    sent.commands.push_back({i, std::string{bytes}, {}});
    if (call.is_script) sent.commands.back().script = call.script;
  }
  if (sent.commands.empty()) return std::nullopt;
  sent.number = ++last_number_;
  add_position(batch, sent.number);
  return sent;
}

void Journal::answered(const Sent& sent, std::vector<store::Reply>& replies) {
  if (replies.size() < kAppended) return;
  const auto snap = store::read_snap_state(replies.back());
  replies.resize(replies.size() - kAppended);
  Entry entry{sent.number, 0, 0, {}};
  for (const auto& command : sent.commands) {
    if (command.index >= replies.size() || !had_effect(command, replies[command.index])) continue;
    entry.bytes += command.bytes;
    ++entry.commands;
  }
  entry.cover = snap ? snap->epoch + 1 : kUnknown;
  if (entry.commands > 0) keep(std::move(entry));
  if (snap) drop_durable(snap->durable);
}

void Journal::keep(Entry entry) {
  entry.bytes.shrink_to_fit();
  commands_ += entry.commands;
  bytes_ += entry.bytes.size() + kEntryOverhead;
  entries_.push_back(std::move(entry));
  while (bytes_ > limits_.bytes || commands_ > limits_.commands) {
    drop_first();
    if (overflow_ == Overflow::none) overflow_ = Overflow::begun;
  }
}

void Journal::drop_first() {
  commands_ -= entries_.front().commands;
  bytes_ -= entries_.front().bytes.size() + kEntryOverhead;
  entries_.pop_front();
}

void Journal::drop_durable(std::uint64_t durable) {
  while (!entries_.empty() && entries_.front().cover <= durable) drop_first();
  if (entries_.empty() && overflow_ == Overflow::told) overflow_ = Overflow::none;
}

bool Journal::take_overflow() {
  if (overflow_ != Overflow::begun) return false;
  overflow_ = Overflow::told;
  return true;
}

void Journal::add_look(store::Batch& batch) const { store::add_snap_state(batch, keys_); }

void Journal::looked(const std::vector<store::Reply>& replies) {
  if (replies.empty()) return;
  const auto snap = store::read_snap_state(replies.front());
  if (!snap) return;
  for (auto& entry : entries_)  // this was read behind them too
    if (entry.cover == kUnknown) entry.cover = snap->epoch + 1;
  drop_durable(snap->durable);
}

void Journal::add_greeting(store::Batch& batch) const {
  store::add_persistence(batch);
  batch.add({"GET", marker_});
}

Result<void> Journal::greeted(const std::vector<store::Reply>& replies) {
  if (replies.size() != 2) return fail(Errc::bad_frame, "redis: two replies expected");
  auto redis = store::read_persistence(replies[0]);
  if (!redis) return fail(std::move(redis.error()));
  const auto position = store::as_text(replies[1]);
  if (!position) return fail(position.error());
  if (redis->run_id == run_id_) return {};
  if (redis->run_id == replaying_) return {};  // broke off in the middle: goes on where it was
  std::uint64_t number = 0;
  std::from_chars(position->data(), position->data() + position->size(), number);
  // What is older is in the file that was loaded, hence on disk.
  while (!entries_.empty() && entries_.front().number <= number) drop_first();
  replaying_ = redis->run_id;
  before_ = number;
  replayed_.reset();
  return {};
}

store::Batch Journal::next_replay() {
  store::Batch batch;
  if (replaying_.empty()) return batch;
  auto entry = std::ranges::upper_bound(entries_, before_, {}, &Entry::number);
  while (entry != entries_.end() && batch.size() < kPartCommands &&
         batch.bytes().size() < kPartBytes) {
    for (std::string_view rest = entry->bytes; !rest.empty();) batch.add(take_words(rest));
    part_end_ = entry->number;
    ++entry;
  }
  if (!batch.empty()) {
    add_position(batch, part_end_);
  } else {
    run_id_ = std::exchange(replaying_, {});
    has_replayed_ = replayed_.has_value();
  }
  return batch;
}

Result<void> Journal::replayed(const std::vector<store::Reply>& replies) {
  if (replies.size() < kAppended) return fail(Errc::bad_frame, "redis: replies do not match");
  Replayed part;
  for (const auto& reply : replies) {
    if (!reply.is_error()) continue;
    if (refuses_all(reply)) return fail(store::error_of(reply));
    ++part.failed;
  }
  const auto snap = store::read_snap_state(replies.back());
  if (!snap) return fail(snap.error());
  part.commands = replies.size() - kAppended;
  auto entry = std::ranges::upper_bound(entries_, before_, {}, &Entry::number);
  for (; entry != entries_.end() && entry->number <= part_end_; ++entry)
    entry->cover = snap->epoch + 1;
  before_ = part_end_;
  if (!replayed_) replayed_.emplace();
  replayed_->commands += part.commands;
  replayed_->failed += part.failed;
  return {};
}

std::optional<Journal::Replayed> Journal::take_replayed() {
  if (!std::exchange(has_replayed_, false)) return std::nullopt;
  return std::exchange(replayed_, std::nullopt);
}

}  // namespace webmon::api
