#include "tests/sim/ledger.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

#include "lib/store/jobs.hpp"
#include "lib/store/keys.hpp"

namespace webmon::sim {
namespace {

constexpr std::size_t kIdSize = 36;
constexpr std::size_t kTokenSize = 32;
constexpr milliseconds kClockError{600};  ///< of a dispatcher that tells store time from answers

/// "wm:{p07}:j:<id>" -> <id>
std::string_view id_of(std::string_view key, std::string_view kind) {
  const auto at = key.find("}:");
  if (at == std::string_view::npos || key.size() != at + 2 + kind.size() + 1 + kIdSize) return {};
  if (key.substr(at + 2, kind.size()) != kind || key[at + 2 + kind.size()] != ':') return {};
  return key.substr(key.size() - kIdSize);
}

std::span<const std::string_view> keys_of(std::span<const std::string_view> words) {
  std::size_t count = 0;
  std::from_chars(words[2].data(), words[2].data() + words[2].size(), count);
  return words.subspan(3, count);
}

/// The token that the caller shows: the only argument of 32 hex digits.
std::string_view token_of(std::span<const std::string_view> words) {
  const auto is_token = [](std::string_view word) {
    return word.size() == kTokenSize &&
           word.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  };
  const auto args = words.subspan(3 + keys_of(words).size());
  const auto at = std::ranges::find_if(args, is_token);
  return at == args.end() ? std::string_view{} : *at;
}

std::int64_t number(std::optional<std::string_view> text) {
  std::int64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

std::string_view answer_of(const store::Reply& reply) {
  if (reply.kind == store::Reply::Kind::array && !reply.items.empty()) return reply.items[0].text;
  return reply.text;
}

void print_trace(const StoreModel& store, const std::string& id, store::Script script,
                 std::string_view answer) {
  const store::Keys keys;
  const auto job = parse_id<JobId>(id).value();
  const auto p = job.partition();
  std::string text = "script " + std::to_string(static_cast<int>(script)) + " answers " +
                     std::string{answer} + ", pend " +
                     std::to_string(store.score(keys.pend(p), id).value_or(0)) + ",";
  const std::string host{store.field(keys.job(job), "host").value_or("")};
  for (const auto& field : store.fields(keys.job(job)))
    text += " " + field.name + "=" + field.value;
  text += " | host:";
  for (const auto& field : store.fields(keys.bucket(p, host)))
    text += " " + field.name + "=" + field.value;
  std::printf("%lld ms: %s\n", static_cast<long long>(store.time().count() / 1'000), text.c_str());
}

bool is_open(std::string_view state) { return state == "ready" || state == "leased"; }

}  // namespace

Ledger::JobSeen Ledger::look(const StoreModel& store, std::string_view key) {
  JobSeen job;
  job.id = id_of(key, "j");
  const auto field = [&](std::string_view name) {
    return std::string{store.field(key, name).value_or("")};
  };
  job.state = field("st");
  if (job.state.empty()) return job;
  job.token = field("tok");
  job.asset = field("aid");
  job.run = field("run");
  job.attempts = static_cast<int>(number(store.field(key, "att")));
  job.kills = static_cast<int>(number(store.field(key, "kills")));
  return job;
}

void Ledger::before(const StoreModel& store, store::Script script,
                    std::span<const std::string_view> words) {
  if (script == store::Script::schedule) look_at_schedule(store, words);
  seen_.clear();
  asset_.clear();
  model_key_.clear();
  model_.clear();
  for (const auto key : keys_of(words)) {
    if (!id_of(key, "j").empty()) seen_.push_back(look(store, key));
    if (const auto id = id_of(key, "a"); !id.empty()) {
      asset_ = id;
      n_ = static_cast<std::uint64_t>(number(store.field(key, "n")));
    }
    if (!id_of(key, "m").empty()) {
      model_key_ = key;
      model_ = store.text(key).value_or("");
    }
  }
}

void Ledger::after(const StoreModel& store, store::Script script,
                   std::span<const std::string_view> words, const store::Reply& reply) {
  const auto answer = answer_of(reply);
  std::size_t i = 0;
  for (const auto key : keys_of(words))
    if (!id_of(key, "j").empty())
      note_job(store, seen_[i++], look(store, key), script, words,
               reply.is_error() ? "error" : answer);
  if (script == store::Script::finish) note_commit(store, answer);
  if (script == store::Script::schedule) note_schedule(store, words, reply);
  if (script == store::Script::asset_remove && answer == "updated") now_.assets.erase(asset_);
}

void Ledger::note_job(const StoreModel& store, const JobSeen& was, const JobSeen& is,
                      store::Script script, std::span<const std::string_view> words,
                      std::string_view answer) {
  const auto say = [&](const char* what) {
    violated("job " + was.id + ": " + what + " (" + "script " +
             std::to_string(static_cast<int>(script)) + " answered " + std::string{answer} + ", " +
             (was.state.empty() ? "absent" : was.state) + " -> " +
             (is.state.empty() ? "absent" : is.state) + ")");
  };
  if (!traced_.empty() && was.id == traced_) print_trace(store, was.id, script, answer);
  const auto shown = token_of(words);
  if (was.state.empty() && !is.state.empty()) {
    const auto known = now_.jobs.find(was.id);
    if (known != now_.jobs.end() && !known->second.is_open()) say("made again after its end");
    now_.jobs[was.id] = {is.asset, is.run, is.state};
    return;
  }
  if (was.state.empty()) return;
  if (was.state == "leased" && is.state == "leased" && was.token != is.token)
    say("leased to a second holder");
  if (was.state == "ready" && is.state == "leased" && !tokens_.insert(is.token).second)
    say("I4: a token was given out before");
  if (is.attempts > store::kMaxAttempts || is.kills > store::kMaxKills)
    say("I5: more attempts or kills than allowed");
  const bool needs_token = script == store::Script::finish || script == store::Script::release;
  if (needs_token && was.state != is.state && (was.state != "leased" || shown != was.token))
    say("I4: moved by somebody who does not hold it");
  if (!is_open(was.state) && is.state != was.state && !is.state.empty())
    say("I3: left a state that is final");

  auto& book = now_.jobs[was.id];
  if (is_open(was.state) && !is_open(is.state)) {
    if (!book.is_open()) say("I3: ended twice");
    const bool is_retired = script == store::Script::retire;
    if (is_retired) say("deleted before its end");
    book.state = script == store::Script::finish && answer == "done" ? "done"
                 : is.state == "dead"                                ? "dead"
                                                                     : "cancelled";
    return;
  }
  if (is_open(is.state)) book.state = is.state;
}

void Ledger::look_at_schedule(const StoreModel& store, std::span<const std::string_view> words) {
  plans_.clear();
  const auto keys = keys_of(words);
  for (std::size_t i = 2; i + 1 < keys.size(); i += 2) {
    const auto score = store.score(keys[1], id_of(keys[i], "a")).value_or(0);
    const auto last_job = store.field(keys[i], "sj").value_or("");
    plans_.push_back({static_cast<std::int64_t>(score),
                      !last_job.empty() && store.score(keys[0], last_job).has_value()});
  }
}

/// Its keys are pend, next, then an asset and a job in turn; its arguments a grace, then per asset
/// the time planned, the next one, the host and the job made before; its answers a word per asset.
void Ledger::note_schedule(const StoreModel& store, std::span<const std::string_view> words,
                           const store::Reply& reply) {
  const auto now = store.time().count() / 1'000;
  const auto keys = keys_of(words);
  const auto args = words.subspan(3 + keys.size() + 1);
  for (std::size_t i = 0; i < reply.items.size() && 4 * i + 1 < args.size(); ++i) {
    if (reply.items[i].text != "created") continue;
    ++scheduled_;
    const auto planned = number(args[4 * i]), next = number(args[4 * i + 1]);
    const auto asset = std::string{id_of(keys[2 + 2 * i], "a")};
    if (plans_[i].planned != planned) violated("asset " + asset + " is checked at another time");
    if (plans_[i].has_open_job) violated("checks of asset " + asset + " pile up");
    if (least_pause_.count() == 0) continue;
    if (planned > now + kClockError.count()) violated("asset " + asset + " is checked early");
    if (next - planned < least_pause_.count())
      violated("asset " + asset + " is planned again after " + std::to_string(next - planned) +
               " ms");
  }
}

void Ledger::note_commit(const StoreModel& store, std::string_view answer) {
  fenced_ += answer == "fenced" ? 1U : 0U;
  stale_ += answer == "stale" ? 1U : 0U;
  if (answer != "done") return;
  ++commits_;
  auto& book = now_.assets[asset_];
  ++book.commits;
  if (!model_key_.empty() && store.text(model_key_).value_or("") != model_) ++book.learned;
}

void Ledger::violated(std::string what) {
  if (violations_.size() < 20) violations_.push_back(std::move(what));
}

}  // namespace webmon::sim
