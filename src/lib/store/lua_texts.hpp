/// The texts of lua/*.lua with their includes resolved. Defined in a file that cmake/embed.cmake
/// writes at build time.
#pragma once

#include <string_view>

namespace webmon::store::lua {

extern const std::string_view submit, due, claim, renew, finish, release, cancel, retire;
extern const std::string_view asset_create, asset_update, asset_remove;
extern const std::string_view asset_trash, asset_restore, asset_purge;
extern const std::string_view group_set, group_remove;
extern const std::string_view meta, snap_boot, lead, unlead;
extern const std::string_view schedule, replan, run_ended;

}  // namespace webmon::store::lua
