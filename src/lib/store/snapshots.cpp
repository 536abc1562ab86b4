// Snapshot bookkeeping and what Redis says of its persistence (fleet.hpp).
#include <algorithm>

#include "lib/store/fields.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/scripts.hpp"

namespace webmon::store {
namespace {

/// Numbers left out after a restart if Redis' clock was set back behind what was loaded: more
/// epochs than can have been promised beyond it. A number that is too small would let a lost
/// promise look kept.
constexpr std::uint64_t kSkipped = 1'000'000;
constexpr std::size_t kMaxLost = 16;  ///< ranges remembered, newest last

using Range = std::pair<std::uint64_t, std::uint64_t>;

std::string to_text(const std::vector<Range>& ranges) {
  std::string text;
  for (const auto& [first, last] : ranges)
    text += (text.empty() ? "" : ",") + std::to_string(first) + "-" + std::to_string(last);
  return text;
}

Result<std::vector<Range>> parse_ranges(std::string_view text) {
  std::vector<Range> ranges;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto one = text.substr(0, comma);
    const auto dash = one.find('-');
    if (dash == std::string_view::npos) return fail(Errc::bad_frame, "redis: field lost");
    const auto first = parse_number<std::uint64_t>(one.substr(0, dash), "lost");
    const auto last = parse_number<std::uint64_t>(one.substr(dash + 1), "lost");
    if (!first || !last) return fail(Errc::bad_frame, "redis: field lost");
    ranges.emplace_back(*first, *last);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return ranges;
}

/// A line "name:value" of INFO.
std::string_view info_field(std::string_view info, std::string_view name) {
  for (std::size_t at = 0; at < info.size();) {
    const auto end = std::min(info.find("\r\n", at), info.size());
    const auto line = info.substr(at, end - at);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':')
      return line.substr(name.size() + 1);
    at = end + 2;
  }
  return {};
}

}  // namespace

bool is_lost(const SnapState& snap, std::uint64_t epoch) noexcept {
  return std::ranges::any_of(snap.lost, [epoch](const auto& range) {
    return range.first <= epoch && epoch <= range.second;
  });
}

void add_snap_state(Batch& batch, const Keys& keys) {
  batch.add({"HMGET", keys.snap(), "epoch", "durable", "last_ms", "boot", "lost"});
}

Result<SnapState> read_snap_state(const Reply& reply) {
  const auto f = read_values(reply, 5);
  if (!f) return fail(f.error());
  SnapState state;
  std::int64_t last = 0;
  if (auto e = assign(state.epoch, read_number<std::uint64_t>((*f)[0], "epoch")))
    return fail(std::move(*e));
  if (auto e = assign(state.durable, read_number<std::uint64_t>((*f)[1], "durable")))
    return fail(std::move(*e));
  if (auto e = assign(last, read_number<std::int64_t>((*f)[2], "last_ms")))
    return fail(std::move(*e));
  state.last_duration = milliseconds{last};
  state.boot = (*f)[3].text;
  if (auto e = assign(state.lost, parse_ranges((*f)[4].text))) return fail(std::move(*e));
  return state;
}

void add_snap_begin(Batch& batch, const Keys& keys) {
  batch.add({"HINCRBY", keys.snap(), "epoch", "1"});
}

std::size_t add_snap_durable(Batch& batch, const Keys& keys, std::uint64_t epoch,
                             milliseconds duration) {
  batch.add({"HSET", keys.snap(), "durable", number(epoch), "last_ms", number(duration)});
  return 1;
}

void add_snap_boot(Batch& batch, const Keys& keys, std::string_view run_id, const SnapState& loaded,
                   StoreTime now, std::uint64_t promised) {
  // What was loaded says `epoch`, so it was written after that epoch began: it covers whatever that
  // epoch promised. Numbers given out later may have been lost with all trace of them; they were
  // below the time in ms, since no two snapshots begin in one millisecond, so it goes on above
  // that. Where the clock was set back they need not be: then it goes on above what the caller
  // knows, whose readers may have been told one more, or two while BGSAVE was on its way.
  const auto time = static_cast<std::uint64_t>(to_ms(now));
  const auto skipped = loaded.boot.empty() ? 0 : kSkipped;
  auto base = time > loaded.epoch ? time : loaded.epoch + skipped;
  if (promised > loaded.epoch) base = std::max(base, promised + 2);
  auto lost = loaded.lost;
  if (base > loaded.epoch) lost.emplace_back(loaded.epoch + 1, base);
  if (lost.size() > kMaxLost) lost.erase(lost.begin(), lost.end() - kMaxLost);
  const std::vector<std::string> names{keys.snap()};
  const std::vector<std::string> args{std::string{run_id}, loaded.boot, number(loaded.epoch),
                                      number(base - loaded.epoch), to_text(lost)};
  batch.eval(Script::snap_boot, names, args);
}

void add_persistence(Batch& batch) { batch.add({"INFO", "server", "persistence", "memory"}); }

Result<Persistence> read_persistence(const Reply& reply) {
  const auto info = as_text(reply);
  if (!info) return fail(info.error());
  Persistence state;
  state.run_id = info_field(*info, "run_id");
  if (state.run_id.empty()) return fail(Errc::bad_frame, "redis: INFO without run_id");
  const auto saves = parse_number<std::uint64_t>(info_field(*info, "rdb_saves"), "rdb_saves");
  const auto memory = parse_number<std::uint64_t>(info_field(*info, "used_memory"), "used_memory");
  if (!saves) return fail(saves.error());
  if (!memory) return fail(memory.error());
  if (const auto text = info_field(*info, "rdb_last_save_time"); !text.empty()) {
    const auto last_save = parse_number<std::uint32_t>(text, "rdb_last_save_time");
    if (!last_save) return fail(last_save.error());
    state.last_save = StoreTime{seconds{*last_save}};
  }
  state.rdb_saves = *saves;
  state.used_memory = *memory;
  state.is_saving = info_field(*info, "rdb_bgsave_in_progress") == "1";
  state.last_ok = info_field(*info, "rdb_last_bgsave_status") == "ok";
  state.is_loading = info_field(*info, "loading") == "1";
  return state;
}

}  // namespace webmon::store
