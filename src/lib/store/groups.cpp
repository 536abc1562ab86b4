#include "lib/store/groups.hpp"

#include <algorithm>
#include <utility>

#include "lib/core/log.hpp"
#include "lib/store/fields.hpp"
#include "lib/store/scripts.hpp"

namespace webmon::store {
namespace {

constexpr std::string_view kCounter = ":version";  // no tag has a colon

std::string document(const Group& group) {
  auto body = stored_options_json(group.options);
  body["updated"] = to_rfc3339(group.updated);
  return boost::json::serialize(body);
}

std::string text_of(std::optional<std::uint64_t> expected) {
  return expected ? number(*expected) : std::string{};
}

/// "VERSION DOCUMENT".
Result<Group> parse_group(std::string_view text) {
  Group group;
  const auto space = std::min(text.find(' '), text.size());
  if (auto e = assign(group.version, parse_number<std::uint64_t>(text.substr(0, space), "version")))
    return fail(std::move(*e));
  boost::json::error_code code;
  auto body = boost::json::parse(text.substr(space), code);
  if (code || !body.is_object()) return fail(Errc::bad_frame, "not a JSON object");
  auto& object = body.get_object();
  const auto* updated = object.if_contains("updated");
  if (updated == nullptr || !updated->is_string())
    return fail(Errc::bad_frame, "no time of its last change");
  if (auto e = assign(group.updated, parse_rfc3339(updated->get_string())))
    return fail(std::move(*e));
  object.erase("updated");
  if (auto e = assign(group.options, parse_group_options(object))) return fail(std::move(*e));
  return group;
}

Result<Group> read_stored(std::string_view tag, const Reply& reply) {
  const auto text = as_text(reply);
  if (!text) return fail(text.error());
  auto group = parse_group(*text);
  if (!group)
    return fail(Errc::bad_frame, "group " + std::string{tag} + ": " + group.error().detail);
  return group;
}

}  // namespace

void add_group_set(Batch& batch, const Keys& keys, std::string_view tag, const Group& group,
                   std::optional<std::uint64_t> expected) {
  const std::vector<std::string> names{keys.groups()};
  const std::vector<std::string> args{std::string{tag}, document(group), text_of(expected),
                                      number(kMostGroups)};
  batch.eval(Script::group_set, names, args);
}

void add_group_remove(Batch& batch, const Keys& keys, std::string_view tag,
                      std::optional<std::uint64_t> expected) {
  const std::vector<std::string> names{keys.groups()};
  const std::vector<std::string> args{std::string{tag}, text_of(expected)};
  batch.eval(Script::group_remove, names, args);
}

Result<GroupChanged> read_group_changed(const Reply& reply) {
  using Kind = GroupChanged::Kind;
  const auto f = read_values(reply, 2);
  if (!f) return fail(f.error());
  GroupChanged changed;
  if (auto e = assign(changed.kind, read_word<Kind>((*f)[0], {{"created", Kind::created},
                                                              {"replaced", Kind::replaced},
                                                              {"removed", Kind::removed},
                                                              {"stale", Kind::stale},
                                                              {"missing", Kind::missing},
                                                              {"full", Kind::full}})))
    return fail(std::move(*e));
  if (auto e = assign(changed.version, read_number<std::uint64_t>((*f)[1], "version")))
    return fail(std::move(*e));
  return changed;
}

void add_groups(Batch& batch, const Keys& keys) { batch.add({"HGETALL", keys.groups()}); }

Result<StoredGroups> read_groups(const Reply& reply) {
  StoredGroups stored;
  const auto read =
      each_field(reply, [&](std::string_view tag, const Reply& value) -> Result<void> {
        if (tag == kCounter) {
          if (auto e = assign(stored.version, read_number<std::uint64_t>(value, kCounter)))
            return fail(std::move(*e));
          return {};
        }
        auto group = read_stored(tag, value);
        if (!group) return fail(std::move(group.error()));
        stored.groups.emplace(tag, std::move(*group));
        return {};
      });
  if (!read) return fail(read.error());
  return stored;
}

void add_group(Batch& batch, const Keys& keys, std::string_view tag) {
  batch.add({"HGET", keys.groups(), tag});
}

Result<std::optional<Group>> read_group(std::string_view tag, const Reply& reply) {
  if (reply.is_nil()) return std::optional<Group>{};
  auto group = read_stored(tag, reply);
  if (!group) return fail(std::move(group.error()));
  return std::optional{std::move(*group)};
}

void add_groups_version(Batch& batch, const Keys& keys) {
  batch.add({"HGET", keys.groups(), kCounter});
}

Result<std::uint64_t> read_groups_version(const Reply& reply) {
  if (reply.is_nil()) return std::uint64_t{0};
  return read_number<std::uint64_t>(reply, kCounter);
}

void GroupsCopy::refresh(std::function<void()> on_changed) {
  if (std::exchange(is_asking_, true)) return;
  Batch batch;
  add_groups_version(batch, keys_);
  redis_.send(std::move(batch), [this, weak = std::weak_ptr{alive_},
                                 on_changed = std::move(on_changed)](const auto& replies) mutable {
    if (weak.expired()) return;
    is_asking_ = false;
    if (!replies || replies->empty()) return;
    const auto version = read_groups_version(replies->front());
    if (version && *version != version_) read(std::move(on_changed));
  });
}

void GroupsCopy::read(std::function<void()> on_changed) {
  is_asking_ = true;
  Batch batch;
  add_groups(batch, keys_);
  redis_.send(std::move(batch), [this, weak = std::weak_ptr{alive_},
                                 on_changed = std::move(on_changed)](const auto& replies) {
    if (weak.expired()) return;
    is_asking_ = false;
    if (!replies || replies->empty()) return;
    take(replies->front());
    on_changed();
  });
}

void GroupsCopy::take(const Reply& reply) {
  auto stored = read_groups(reply);
  if (!stored) {
    log_error("groups do not read; the last known ones stay in force",
              {{"detail", stored.error().detail}});
    version_ = version_.value_or(0);
    return;
  }
  groups_ = std::move(stored->groups);
  version_ = stored->version;
}

}  // namespace webmon::store
