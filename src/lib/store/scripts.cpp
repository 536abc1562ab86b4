#include "lib/store/scripts.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>
#include <iterator>
#include <string>

#include "lib/store/lua_texts.hpp"

namespace webmon::store {
namespace {

std::string sha1_of(std::string_view text) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string hex;
  for (const auto byte : digest) fmt::format_to(std::back_inserter(hex), "{:02x}", byte);
  return hex;
}

std::array<std::string, kScripts> all_shas() {
  std::array<std::string, kScripts> shas;
  for (std::size_t i = 0; i < kScripts; ++i) shas[i] = sha1_of(script_text(static_cast<Script>(i)));
  return shas;
}

}  // namespace

std::string_view script_text(Script script) noexcept {
  switch (script) {
    case Script::submit:
      return lua::submit;
    case Script::due:
      return lua::due;
    case Script::claim:
      return lua::claim;
    case Script::renew:
      return lua::renew;
    case Script::finish:
      return lua::finish;
    case Script::release:
      return lua::release;
    case Script::cancel:
      return lua::cancel;
    case Script::retire:
      return lua::retire;
    case Script::asset_create:
      return lua::asset_create;
    case Script::asset_update:
      return lua::asset_update;
    case Script::asset_remove:
      return lua::asset_remove;
    case Script::meta:
      return lua::meta;
    case Script::snap_boot:
      return lua::snap_boot;
    case Script::lead:
      return lua::lead;
    case Script::unlead:
      return lua::unlead;
    case Script::schedule:
      return lua::schedule;
    case Script::replan:
      return lua::replan;
    case Script::run_ended:
      return lua::run_ended;
    case Script::asset_trash:
      return lua::asset_trash;
    case Script::asset_restore:
      return lua::asset_restore;
    case Script::asset_purge:
      return lua::asset_purge;
    case Script::group_set:
      return lua::group_set;
    case Script::group_remove:
      return lua::group_remove;
  }
  return {};
}

std::string_view script_sha(Script script) noexcept {
  static const auto shas = all_shas();
  return shas[static_cast<std::size_t>(script)];
}

}  // namespace webmon::store
