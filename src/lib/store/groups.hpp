/// Groups in Redis: one hash for the fleet, from each tag to version and document, with a counter
/// of all changes beside them, by which a copy knows whether it is still true. Pure, pairs of
/// add/read as in jobs.hpp; GroupsCopy keeps a copy.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "lib/core/group.hpp"
#include "lib/store/keys.hpp"
#include "lib/store/redis.hpp"

namespace webmon::store {

struct GroupChanged {
  enum class Kind : std::uint8_t {
    created,
    replaced,
    removed,
    stale,    ///< it is not at the version that was expected
    missing,  ///< there is none to remove
    full      ///< there are kMostGroups
  } kind = Kind::missing;
  std::uint64_t version = 0;  ///< now; 0: there is no such group
};
/// `expected`: the version that it must have, 0 that there must be none; nothing: whatever is
/// there. `group.version` does not matter.
void add_group_set(Batch& batch, const Keys& keys, std::string_view tag, const Group& group,
                   std::optional<std::uint64_t> expected);
void add_group_remove(Batch& batch, const Keys& keys, std::string_view tag,
                      std::optional<std::uint64_t> expected);
Result<GroupChanged> read_group_changed(const Reply& reply);

void add_groups(Batch& batch, const Keys& keys);  ///< HGETALL
struct StoredGroups {
  Groups groups;
  std::uint64_t version = 0;  ///< counts all changes
};
Result<StoredGroups> read_groups(const Reply& reply);

void add_group(Batch& batch, const Keys& keys, std::string_view tag);  ///< HGET
Result<std::optional<Group>> read_group(std::string_view tag, const Reply& reply);

void add_groups_version(Batch& batch, const Keys& keys);
Result<std::uint64_t> read_groups_version(const Reply& reply);

/// The groups as last read. What does not read (of a newer build) is logged and leaves the copy as
/// it is: known, and empty if nothing was read before. Threads: its owner's loop. `redis` must
/// outlive it; answers that come after its end are dropped.
class GroupsCopy {
 public:
  GroupsCopy(Redis& redis, const Keys& keys) : redis_{redis}, keys_{keys} {}

  const Groups& groups() const noexcept { return groups_; }
  bool is_known() const noexcept { return version_.has_value(); }
  /// Reads the version, and all groups if it is another. `on_changed` is called after the copy has
  /// changed, never from within. One call at a time: another before its answer does nothing.
  void refresh(std::function<void()> on_changed);
  /// Takes what add_groups asked for.
  void take(const Reply& reply);

 private:
  void read(std::function<void()> on_changed);

  Redis& redis_;
  const Keys& keys_;
  Groups groups_;
  std::optional<std::uint64_t> version_;  ///< nothing: not read yet
  bool is_asking_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< held weakly by what is asked
};

}  // namespace webmon::store
