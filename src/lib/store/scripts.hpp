/// The Lua scripts, compiled into the binary. Each file in lua/ says its KEYS, ARGV and answers at
/// its top.
#pragma once

#include <cstdint>
#include <string_view>

namespace webmon::store {

enum class Script : std::uint8_t {
  submit,
  due,
  claim,
  renew,
  finish,
  release,
  cancel,
  retire,
  asset_create,
  asset_update,
  asset_remove,
  meta,
  snap_boot,
  lead,
  unlead,
  schedule,
  replan,
  run_ended,
  asset_trash,
  asset_restore,
  asset_purge,
  group_set,
  group_remove
};
inline constexpr std::size_t kScripts = 23;

std::string_view script_text(Script script) noexcept;
/// SHA-1 of the text in lower-case hex, as EVALSHA wants it.
std::string_view script_sha(Script script) noexcept;

}  // namespace webmon::store
