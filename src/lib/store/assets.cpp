#include "lib/store/assets.hpp"

#include <algorithm>
#include <iterator>

#include "lib/store/fields.hpp"
#include "lib/store/schedule.hpp"
#include "lib/store/scripts.hpp"

namespace webmon::store {
namespace {

constexpr std::string_view kMovedSeconds = "2592000";  // 30 days

std::vector<std::string> all_state_keys(const Keys& keys, Partition p) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kAssetStates; ++i)
    names.push_back(keys.state(p, static_cast<AssetState>(i)));
  return names;
}

/// Tags of `a` that `b` has not; both sorted.
std::vector<std::string> minus(const std::vector<std::string>& a,
                               const std::vector<std::string>& b) {
  std::vector<std::string> rest;
  std::ranges::set_difference(a, b, std::back_inserter(rest));
  return rest;
}

void append_tags(std::vector<std::string>& names, const Keys& keys, Partition p,
                 const std::vector<std::string>& tags) {
  for (const auto& tag : tags) names.push_back(keys.tag(p, tag));
}

std::string_view pausing(const Asset& before, const Asset& after) {
  if (before.enabled == after.enabled) return "";
  return after.enabled ? "resume" : "pause";
}

/// When the changed asset's next check comes: argument 10 of the script.
std::string_view next_check(const Asset& before, const Asset& after) {
  if (!after.enabled) return "";
  if (!before.enabled || before.interval != after.interval) return "now";
  // A tag may bring an interval with it. Where it shortens a time the scheduler's walk sees to it.
  return before.tags != after.tags ? "if_none" : "";
}

}  // namespace

void add_asset_head(Batch& batch, const Keys& keys, AssetId id) {
  batch.add({"HMGET", keys.asset(id), "doc", "rev", "n", "state", "obs", "hl"});
}

Result<std::optional<AssetHead>> read_asset_head(const Reply& reply) {
  const auto values = read_values(reply, 6);
  if (!values) return fail(values.error());
  const auto& f = *values;
  if (f[0].is_nil()) return std::optional<AssetHead>{};
  AssetHead head;
  std::int64_t observed = 0;
  if (auto e = assign(head.asset, asset_from_document(f[0].text))) return fail(std::move(*e));
  if (auto e = assign(head.rev, read_number<std::uint64_t>(f[1], "rev")))
    return fail(std::move(*e));
  if (auto e = assign(head.n, read_number<std::uint64_t>(f[2], "n"))) return fail(std::move(*e));
  if (auto e = assign(head.state, parse_asset_state(f[3].text))) return fail(std::move(*e));
  if (auto e = assign(observed, read_number<std::int64_t>(f[4], "obs"))) return fail(std::move(*e));
  if (auto e = assign(head.history_layout, read_number<std::uint32_t>(f[5], "hl")))
    return fail(std::move(*e));
  head.observed = store_time_ms(observed);
  return std::optional{std::move(head)};
}

void add_model(Batch& batch, const Keys& keys, AssetId id) { batch.add({"GET", keys.model(id)}); }

void add_asset_create(Batch& batch, const Keys& keys, const Asset& asset) {
  const auto p = asset.id.partition();
  const auto state = asset.enabled ? AssetState::unknown : AssetState::paused;
  std::vector<std::string> names{keys.asset(asset.id), keys.urls(p), keys.next(p), keys.assets(p),
                                 keys.state(p, state)};
  append_tags(names, keys, p, asset.tags);
  const std::vector<std::string> args{asset.id.text(),
                                      asset.url.text,
                                      asset_document(asset),
                                      number(asset.version),
                                      std::string{to_string(state)},
                                      plan_text(asset)};
  batch.eval(Script::asset_create, names, args);
}

Result<Created> read_asset_create(const Reply& reply) {
  const auto f = read_values(reply, 2);
  if (!f) return fail(f.error());
  Created created;
  std::int64_t is_new = 0;
  if (auto e = assign(is_new, as_integer((*f)[0]))) return fail(std::move(*e));
  if (auto e = assign(created.id, read_id<AssetId>((*f)[1]))) return fail(std::move(*e));
  created.is_new = is_new == 1;
  return created;
}

void add_asset_update(Batch& batch, const Keys& keys, const Asset& before, const Asset& after) {
  const auto p = before.id.partition();
  const auto off = minus(before.tags, after.tags);
  const auto on = minus(after.tags, before.tags);
  const auto pause = pausing(before, after);
  std::vector<std::string> names{keys.asset(before.id), keys.urls(p),
                                 keys.state(p, AssetState::paused),
                                 keys.state(p, AssetState::unknown), keys.next(p)};
  append_tags(names, keys, p, off);
  append_tags(names, keys, p, on);
  if (pause == "pause") std::ranges::move(all_state_keys(keys, p), std::back_inserter(names));
  auto stored = after;
  stored.id = before.id;
  stored.version = before.version + 1;
  const std::vector<std::string> args{
      before.id.text(),       number(before.version),
      asset_document(stored), before.url.text,
      after.url.text,         std::string{pause},
      number(off.size()),     number(on.size()),
      plan_text(stored),      std::string{next_check(before, stored)}};
  batch.eval(Script::asset_update, names, args);
}

Result<Updated> read_asset_update(const Reply& reply) {
  using Kind = Updated::Kind;
  const auto f = read_values(reply, 2);
  if (!f) return fail(f.error());
  Updated updated;
  if (auto e = assign(updated.kind, read_word<Kind>((*f)[0], {{"updated", Kind::updated},
                                                              {"stale", Kind::stale},
                                                              {"missing", Kind::missing},
                                                              {"url_taken", Kind::url_taken}})))
    return fail(std::move(*e));
  if (auto e = assign(updated.version, read_number<std::uint64_t>((*f)[1], "ver")))
    return fail(std::move(*e));
  if (updated.kind != Kind::url_taken) return updated;
  if (f->size() < 3) return fail(Errc::bad_frame, "redis: url_taken without an id");
  if (auto e = assign(updated.other, read_id<AssetId>((*f)[2]))) return fail(std::move(*e));
  return updated;
}

void add_asset_remove(Batch& batch, const Keys& keys, const Asset& asset, std::uint64_t version) {
  const auto p = asset.id.partition();
  std::vector<std::string> names{keys.asset(asset.id),   keys.urls(p),
                                 keys.model(asset.id),   keys.report(asset.id),
                                 keys.history(asset.id), keys.old_history(asset.id),
                                 keys.assets(p),         keys.next(p)};
  append_tags(names, keys, p, asset.tags);
  std::ranges::move(all_state_keys(keys, p), std::back_inserter(names));
  const std::vector<std::string> args{asset.id.text(), asset.url.text,
                                      number(version == 0 ? asset.version : version)};
  batch.eval(Script::asset_remove, names, args);
}

Result<Updated> read_asset_remove(const Reply& reply) {
  auto updated = read_asset_update(reply);
  if (!updated) return updated;
  if (updated->kind == Updated::Kind::missing) return fail(Errc::not_found, "no such asset");
  if (updated->kind == Updated::Kind::stale)
    return fail(Errc::stale, "the asset is at version " + std::to_string(updated->version));
  return updated;
}

void add_moved(Batch& batch, const Keys& keys, AssetId id) { batch.add({"GET", keys.moved(id)}); }

Result<std::optional<AssetId>> read_moved(const Reply& reply) {
  if (reply.is_nil()) return std::optional<AssetId>{};
  const auto id = read_id<AssetId>(reply);
  if (!id) return fail(id.error());
  return std::optional{*id};
}

void add_asset_blobs(Batch& batch, const Keys& keys, AssetId id) {
  batch.add({"MGET", keys.model(id), keys.report(id), keys.history(id)});
}

Result<AssetBlobs> read_asset_blobs(const Reply& reply) {
  const auto f = read_values(reply, 3);
  if (!f) return fail(f.error());
  return AssetBlobs{(*f)[0].text, (*f)[1].text, (*f)[2].text};
}

std::size_t add_asset_import(Batch& batch, const Keys& keys, AssetId to, const AssetHead& from,
                             const AssetBlobs& blobs) {
  const auto before = batch.size();
  const auto p = to.partition();
  const auto set = [&](const std::string& key, const std::string& blob) {
    if (!blob.empty()) batch.add({"SET", key, blob});
  };
  set(keys.model(to), blobs.model);
  set(keys.report(to), blobs.report);
  set(keys.history(to), blobs.history);
  const bool is_paused = !from.asset.enabled || from.state == AssetState::paused;
  const auto state = is_paused ? AssetState::paused : from.state;
  batch.add({"HSET", keys.asset(to), "n", number(from.n), "state", to_string(state), "obs",
             number(from.observed), "hl",
             blobs.history.empty() ? "0" : number(from.history_layout)});
  batch.add({"HINCRBY", keys.asset(to), "rev", "1"});
  const auto id = to.text();
  for (std::size_t i = 0; i < kAssetStates; ++i)
    batch.add({static_cast<AssetState>(i) == state ? "ZADD" : "ZREM",
               keys.state(p, static_cast<AssetState>(i)),
               static_cast<AssetState>(i) == state ? "0" : id, id});
  return batch.size() - before;
}

void add_asset_moved(Batch& batch, const Keys& keys, AssetId from, AssetId to) {
  batch.add({"SET", keys.moved(from), to.text(), "EX", kMovedSeconds});
}

void add_url_lookup(Batch& batch, const Keys& keys, const Url& url) {
  batch.add({"HGET", keys.urls(partition_of_host(url.host)), url.text});
}

Result<std::optional<AssetId>> read_url_lookup(const Reply& reply) { return read_moved(reply); }

void add_asset_ids(Batch& batch, const Keys& keys, Partition p, const AssetFilter& filter,
                   AssetId after, std::size_t count) {
  const auto key = filter.tag     ? keys.tag(p, *filter.tag)
                   : filter.state ? keys.state(p, *filter.state)
                                  : keys.assets(p);
  const auto from = after.is_nil() ? std::string{"-"} : "(" + after.text();
  batch.add({"ZRANGEBYLEX", key, from, "+", "LIMIT", "0", number(count)});
}

Result<std::vector<AssetId>> read_asset_ids(const Reply& reply) { return read_ids<AssetId>(reply); }

std::size_t add_state_counts(Batch& batch, const Keys& keys, Partition p) {
  for (const auto& key : all_state_keys(keys, p)) batch.add({"ZCARD", key});
  return kAssetStates;
}

}  // namespace webmon::store
