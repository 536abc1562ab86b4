#include "tests/sim/store_pair.hpp"

#include <map>

namespace webmon::sim {
namespace {

using store::Batch;
using store::Reply;

constexpr std::string_view kClock = "redis.call('TIME')";
constexpr std::string_view kVirtualClock = "redis.call('LRANGE', 'sim:time', 0, 1)";
constexpr std::int64_t kBorn = 1'700'000'000'000;
/// Lives above this are not set anew at each segment: dead jobs (30 days) are many.
constexpr std::int64_t kLong = 20LL * 3'600'000;
/// What a key with a short life has between two segments.
constexpr std::string_view kParked = "3600000";

std::string on_virtual_time(std::string_view text) {
  std::string changed{text};
  for (auto at = changed.find(kClock); at != changed.npos; at = changed.find(kClock, at))
    changed.replace(at, kClock.size(), kVirtualClock);
  if (changed.find("'TIME'") != changed.npos || changed.find("\"TIME\"") != changed.npos)
    throw std::logic_error{"a script reads TIME in a way that cannot be replaced"};
  return changed;
}

void add(Batch& batch, const std::vector<std::string>& words) {
  const std::vector<std::string_view> views{words.begin(), words.end()};
  batch.add(views);
}

/// HGETALL and KEYS answer in no order: sorted, pairs kept together.
void sort_unordered(std::string_view command, Reply& reply) {
  const std::size_t unit = command == "HGETALL" ? 2 : command == "KEYS" ? 1 : 0;
  if (unit == 0) return;
  std::vector<std::vector<std::string>> entries;
  for (std::size_t i = 0; i + unit <= reply.items.size(); i += unit) {
    auto& entry = entries.emplace_back();
    for (std::size_t j = 0; j < unit; ++j) entry.push_back(std::move(reply.items[i + j].text));
  }
  std::ranges::sort(entries);
  auto item = reply.items.begin();
  for (auto& entry : entries)
    for (auto& text : entry) (item++)->text = std::move(text);
}

std::string shown(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word.substr(0, 120);
  return text;
}

std::vector<std::string> content_of(const Record& record) {
  static const std::map<std::string_view, std::vector<std::string>> kReads = {
      {"string", {"GET"}},
      {"hash", {"HGETALL"}},
      {"zset", {"ZRANGE", "0", "-1", "WITHSCORES"}},
      {"list", {"LRANGE", "0", "-1"}},
      {"stream", {"XRANGE", "-", "+"}}};
  auto words = kReads.at(type_name(record.value));
  words.insert(words.begin() + 1, record.key);
  return words;
}

/// "claimed" of {'claimed', ...}, "-STAGING" of an error.
std::string first_word(const Reply& reply) {
  if (reply.kind == Reply::Kind::array)
    return reply.items.empty() ? "" : first_word(reply.items.front());
  if (reply.is_error()) return '-' + reply.text.substr(0, reply.text.find(' '));
  return reply.kind == Reply::Kind::integer ? std::to_string(reply.integer) : reply.text;
}

std::int64_t ms_of(const Reply& time) {
  return std::stoll(time.items.at(0).text) * 1'000 + std::stoll(time.items.at(1).text) / 1'000;
}

}  // namespace

StorePair::StorePair() { load_scripts(); }

void StorePair::load_scripts() {
  Batch batch;
  for (std::size_t i = 0; i < store::kScripts; ++i) {
    const auto script = static_cast<store::Script>(i);
    const auto text = on_virtual_time(store::script_text(script));
    model_.replace_script(script, text);
    batch.add({"SCRIPT", "LOAD", text});
  }
  for (const auto& reply : call(std::move(batch))) shas_.push_back(reply.text);
}

void StorePair::start_over() {
  redis({"FLUSHALL"});
  model_.load({});
  model_.set_time(milliseconds{kBorn});
  born_ms_ = kBorn;
  born_wall_ = to_ms(now());
  open_segment({});
}

std::vector<Reply> StorePair::both(const Batch& batch) {
  auto answers = model_.run(batch);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto words = words_of(batch, i);
    if (const auto& call = batch.calls()[i]; call.is_script) {
      words[1] = shas_[static_cast<std::size_t>(call.script)];
      answered_.insert(std::to_string(static_cast<int>(call.script)) + ' ' +
                       first_word(answers[i]));
    }
    steps_.push_back({std::move(words), answers[i]});
  }
  return answers;
}

Reply StorePair::both(std::vector<std::string> words) {
  Batch batch;
  add(batch, words);
  return both(batch)[0];
}

std::vector<std::string> StorePair::short_lived() const {
  std::vector<std::string> names;
  model_.each_key("", [&](const Record& record) {
    if (record.expires_ms != kNever && record.expires_ms - now_ms() < kLong)
      names.push_back(record.key);
  });
  return names;
}

void StorePair::open_segment(const std::vector<std::string>& expired) {
  prologue_ = {};
  steps_.clear();
  for (const auto& name : expired) prologue_.add({"DEL", name});
  for (const auto& name : short_lived())
    prologue_.add({"PEXPIRE", name, std::to_string(*model_.expires_ms(name) - now_ms())});
  const auto us = model_.time().count();
  Batch clock;
  clock.add({"DEL", "sim:time"});
  clock.add({"RPUSH", "sim:time", std::to_string(us / 1'000'000), std::to_string(us % 1'000'000)});
  both(clock);
}

/// TIME, MULTI, prologue, steps, PTTL of each, TIME, PEXPIRE of each, EXEC.
Batch StorePair::segment(const std::vector<std::string>& names) const {
  Batch batch;
  batch.add({"TIME"});
  batch.add({"MULTI"});
  for (std::size_t i = 0; i < prologue_.size(); ++i) add(batch, words_of(prologue_, i));
  for (const auto& step : steps_) add(batch, step.words);
  for (const auto& name : names) batch.add({"PTTL", name});
  batch.add({"TIME"});
  for (const auto& name : names) batch.add({"PEXPIRE", name, kParked});
  batch.add({"EXEC"});
  return batch;
}

void StorePair::flush() {
  const auto names = short_lived();
  auto answers = call(segment(names));
  auto& answer = answers.back();
  ASSERT_EQ(answer.kind, Reply::Kind::array) << answer.text;
  auto& items = answer.items;
  const auto first = prologue_.size();
  const auto behind = first + steps_.size();
  ASSERT_EQ(items.size(), behind + 1 + 2 * names.size());
  for (std::size_t i = 0; i < first; ++i)
    EXPECT_EQ(items[i].integer, 1) << "Redis does not have: " << shown(words_of(prologue_, i));
  for (std::size_t i = 0; i < steps_.size() && !HasFailure(); ++i)
    compare_step(steps_[i], std::move(items[first + i]));
  const auto elapsed = ms_of(items[behind + names.size()]) - ms_of(answers.front());
  EXPECT_LT(elapsed, kShortestLife) << "this machine is too slow: a key may have expired in Redis";
  compare_lives(names, std::span{items}.subspan(behind, names.size()), elapsed);
  compared_ += steps_.size();
  open_segment({});
}

void StorePair::compare_step(const Step& step, Reply real) {
  auto answer = step.answer;
  sort_unordered(step.words[0], answer);
  sort_unordered(step.words[0], real);
  EXPECT_EQ(to_text(answer), to_text(real)) << "model, then Redis, of " << shown(step.words);
}

/// A life is set at some moment of the segment and read at its end: Redis' is shorter by up to the
/// time that the segment took, and by one more where two clocks are rounded down.
void StorePair::compare_lives(const std::vector<std::string>& names, std::span<const Reply> lives,
                              std::int64_t elapsed_ms) {
  for (std::size_t i = 0; i < names.size() && !HasFailure(); ++i) {
    const auto left = *model_.expires_ms(names[i]) - now_ms();
    EXPECT_LE(lives[i].integer, left + 1) << names[i];
    EXPECT_GE(lives[i].integer, std::max<std::int64_t>(left - elapsed_ms - 1, 0)) << names[i];
  }
}

void StorePair::advance(milliseconds by) {
  flush();
  std::vector<std::string> expired;
  const auto names = short_lived();
  model_.set_time(model_.time() + by);
  for (const auto& name : names) {
    const auto end = model_.expires_ms(name);
    if (end && *end > now_ms() + kShortestLife) continue;
    model_.run(std::vector<std::string_view>{"DEL", name});
    expired.push_back(name);
  }
  open_segment(expired);
}

/// A long life runs on the wall clock in Redis and on the virtual one in the model.
void StorePair::compare_long_life(const Record& record, std::int64_t real_ms) {
  const auto left = record.expires_ms - now_ms();
  if (left < kLong) return;  // compared by flush()
  const auto drift = (now_ms() - born_ms_) + (to_ms(now()) - born_wall_) + 1;
  EXPECT_NEAR(static_cast<double>(real_ms), static_cast<double>(left), static_cast<double>(drift))
      << record.key;
}

void StorePair::compare_keys() {
  flush();
  if (HasFailure()) return;
  std::vector<const Record*> records;
  Batch batch;
  batch.add({"KEYS", "*"});
  model_.each_key("", [&](const Record& record) {
    records.push_back(&record);
    batch.add({"PTTL", record.key});
    add(batch, content_of(record));
  });
  auto real = call(std::move(batch));
  std::set<std::string> here;
  std::set<std::string> there;
  for (const auto* record : records) here.insert(record->key);
  for (const auto& name : real[0].items) there.insert(name.text);
  ASSERT_EQ(here, there) << "the model's keys, then Redis'";
  for (std::size_t i = 0; i < records.size() && !HasFailure(); ++i) {
    auto words = content_of(*records[i]);
    const std::vector<std::string_view> views{words.begin(), words.end()};
    const auto answer = model_.run(views);
    compare_step({words, answer}, std::move(real[2 + 2 * i]));
    const auto left = real[1 + 2 * i].integer;
    EXPECT_EQ(left == -1, records[i]->expires_ms == kNever) << records[i]->key << ": " << left;
    if (left != -1) compare_long_life(*records[i], left);
  }
}

}  // namespace webmon::sim
