#include "tests/sim/invariants.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string>

#include "lib/core/asset.hpp"
#include "lib/stats/model.hpp"
#include "lib/store/keys.hpp"
#include "tests/sim/client.hpp"

namespace webmon::sim {
namespace {

/// "wm:{p07}:j:<id>" -> kind "j", rest "<id>", partition "{p07}"
struct KeyName {
  std::string_view part, kind, rest;
};

KeyName parse_key(std::string_view key) {
  const auto open = key.find('{');
  const auto close = key.find("}:");
  if (open == std::string_view::npos || close == std::string_view::npos) return {{}, key, {}};
  const auto tail = key.substr(close + 2);
  const auto colon = tail.find(':');
  return {key.substr(0, close + 2), tail.substr(0, colon),
          colon == std::string_view::npos ? std::string_view{} : tail.substr(colon + 1)};
}

std::int64_t number(std::optional<std::string_view> text) {
  std::int64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

/// All keys, by kind.
struct Survey {
  std::map<std::string, std::vector<std::pair<std::string, std::string>>, std::less<>> kinds;

  explicit Survey(const StoreModel& store) {
    store.each_key("wm:", [this](const Record& record) {
      const auto name = parse_key(record.key);
      kinds[std::string{name.kind}].emplace_back(record.key, name.rest);
    });
  }
  const std::vector<std::pair<std::string, std::string>>& of(std::string_view kind) const {
    static const std::vector<std::pair<std::string, std::string>> kNone;
    const auto at = kinds.find(kind);
    return at == kinds.end() ? kNone : at->second;
  }
};

struct RunSum {
  std::int64_t total = 0, leased = 0, done = 0, dead = 0, cancelled = 0;
  bool operator==(const RunSum&) const = default;
};

void check_jobs(const StoreModel& store, const Survey& survey, Ledger& ledger) {
  std::size_t open = 0;
  std::map<std::string, std::int64_t> busy;
  for (const auto& [key, id] : survey.of("j")) {
    const auto state = store.field(key, "st").value_or("");
    const std::string part{parse_key(key).part};
    const bool is_pending = store.score(part + "pend", id).has_value();
    const bool is_open = state == "ready" || state == "leased";
    if (is_open != is_pending)
      ledger.violated("I2: job " + id + " is " + std::string{state} +
                      (is_pending ? " and in pend" : " and not in pend"));
    open += is_open ? 1U : 0U;
    const auto book = ledger.books().jobs.find(id);
    if (book == ledger.books().jobs.end() || book->second.state != state)
      ledger.violated("job " + id + " is " + std::string{state} + ", the books say otherwise");
    if (state == "leased" && store.field(key, "bz").value_or("") == "1")
      ++busy[part + "host:" + std::string{store.field(key, "host").value_or("")}];
  }
  std::size_t pending = 0;
  for (const auto& [key, rest] : survey.of("pend")) pending += store.sorted_set(key).size();
  if (pending != open)
    ledger.violated("I2: " + std::to_string(pending) + " in pend, " + std::to_string(open) +
                    " not ended");
  for (const auto& [id, book] : ledger.books().jobs)
    if (book.is_open() && !store.exists(webmon::store::Keys{}.job(parse_id<JobId>(id).value())))
      ledger.violated("I2: job " + id + " has vanished before its end");
  for (const auto& [key, rest] : survey.of("host")) {
    const auto counted = number(store.field(key, "busy"));
    if (counted != busy[key])
      ledger.violated("host " + rest + " is said to be asked " + std::to_string(counted) +
                      " times, is " + std::to_string(busy[key]));
  }
}

void check_runs(const StoreModel& store, const Survey& survey, Ledger& ledger) {
  std::map<std::string, RunSum> want, got;
  for (const auto& [id, job] : ledger.books().jobs) {
    if (job.run.empty()) continue;
    auto& sum = want[job.run];
    ++sum.total;
    sum.leased += job.state == "leased" ? 1 : 0;
    sum.done += job.state == "done" ? 1 : 0;
    sum.dead += job.state == "dead" ? 1 : 0;
    sum.cancelled += job.state == "cancelled" ? 1 : 0;
  }
  for (const auto& [key, run] : survey.of("rp")) {
    auto& sum = got[run];
    sum.total += number(store.field(key, "total"));
    sum.leased += number(store.field(key, "leased"));
    sum.done += number(store.field(key, "done"));
    sum.dead += number(store.field(key, "dead"));
    sum.cancelled += number(store.field(key, "cancelled"));
  }
  for (const auto& [run, sum] : got)
    if (sum != want[run]) ledger.violated("I3: the counters of run " + run + " are not its jobs'");
}

void check_assets(const StoreModel& store, const Survey& survey, Ledger& ledger) {
  for (const auto& [key, id] : survey.of("a")) {
    const auto book = ledger.books().assets.find(id);
    const auto commits = book == ledger.books().assets.end() ? 0 : book->second.commits;
    const auto learned = book == ledger.books().assets.end() ? 0 : book->second.learned;
    if (number(store.field(key, "n")) != static_cast<std::int64_t>(commits))
      ledger.violated("asset " + id + " counts " + std::to_string(number(store.field(key, "n"))) +
                      " observations, committed were " + std::to_string(commits));
    const auto part = std::string{parse_key(key).part};
    if (const auto blob = store.text(part + "m:" + id)) {
      std::uint64_t n = 0;
      if (const auto model = Model::decode(*blob); model)
        for (const auto& stats : model->stats()) n = std::max<std::uint64_t>(n, stats.n);
      else
        ledger.violated("the model of asset " + id + " does not decode");
      if (n != learned)
        ledger.violated("the model of asset " + id + " knows " + std::to_string(n) +
                        " observations, learned were " + std::to_string(learned));
    }
    const auto state = store.field(key, "state").value_or("");
    for (std::size_t s = 0; s < kAssetStates; ++s) {
      const auto name = to_string(static_cast<AssetState>(s));
      const bool is_in = store.score(part + "state:" + std::string{name}, id).has_value();
      if (is_in != (name == state))
        ledger.violated("asset " + id + " is " + std::string{state} +
                        (is_in ? ", in" : ", not in") + " the set of " + std::string{name});
    }
  }
}

void check_snapshots(const StoreModel& store, Ledger& ledger) {
  if (number(store.field("wm:snap", "durable")) > number(store.field("wm:snap", "epoch")))
    ledger.violated("I7: a snapshot is durable that was never begun");
}

void check_secrets(const StoreModel& store, Ledger& ledger) {
  store.each_key("", [&](const Record& record) {
    const auto name = parse_key(record.key);
    if (const auto* text = std::get_if<Text>(&record.value);
        text != nullptr && text->find(kCanary) != std::string::npos)
      ledger.violated("I8: a secret in " + record.key);
    if (const auto* hash = std::get_if<Hash>(&record.value))
      for (const auto& field : hash->fields())
        if (field.value.find(kCanary) != std::string::npos &&
            (name.kind != "a" || field.name != "doc"))
          ledger.violated("I8: a secret in " + record.key + " " + field.name);
  });
}

}  // namespace

std::string describe(const StoreModel& store, std::string_view key) {
  std::string text;
  for (const auto& field : store.fields(key)) text += " " + field.name + "=" + field.value;
  return text;
}

void check_store(const StoreModel& store, Ledger& ledger) {
  const Survey survey{store};
  check_jobs(store, survey, ledger);
  check_runs(store, survey, ledger);
  check_assets(store, survey, ledger);
  check_snapshots(store, ledger);
}

void check_schedule(const StoreModel& store, StoreTime now, Ledger& ledger) {
  constexpr milliseconds kLate{5'000};
  const Survey survey{store};
  for (const auto& [key, id] : survey.of("a")) {
    const auto next = store.score(std::string{parse_key(key).part} + "next", id);
    const bool is_paused = store.field(key, "state").value_or("") == "paused";
    if (is_paused == next.has_value())
      ledger.violated("asset " + id + (is_paused ? " is paused and planned" : " is not planned"));
    if (next && static_cast<std::int64_t>(*next) < to_ms(now - kLate))
      ledger.violated("asset " + id + " is overdue by " +
                      std::to_string(to_ms(now) - static_cast<std::int64_t>(*next)) + " ms");
  }
}

void check_leftovers(const StoreModel& store, Ledger& ledger) {
  const Survey survey{store};
  for (const char* kind : {"rp", "rj", "run", "pend", "kept", "out", "wm:runs"})
    for (const auto& [key, rest] : survey.of(kind))
      ledger.violated("outlives its retention: " + key + describe(store, key));
  for (const char* kind : {"host", "x"})
    for (const auto& [key, rest] : survey.of(kind))
      if (!store.expires_ms(key)) ledger.violated("lives for ever: " + key);
  for (const auto& [key, id] : survey.of("j"))
    if (store.field(key, "st").value_or("") != "dead")
      ledger.violated("job outlives its retention: " + key);
  for (const char* kind : {"m", "r", "h", "h0"})
    for (const auto& [key, id] : survey.of(kind))
      if (!store.exists(std::string{parse_key(key).part} + "a:" + id))
        ledger.violated("outlives its asset: " + key);
  check_secrets(store, ledger);
}

}  // namespace webmon::sim
