#include "pipeline/dispatcher/generations.hpp"

#include <string>
#include <system_error>

namespace webmon::dispatcher {
namespace {

namespace fs = std::filesystem;

fs::path generation(const fs::path& dir, int number) {
  return dir / ("dump.rdb." + std::to_string(number));
}

}  // namespace

Result<void> keep_generation(const fs::path& dir) {
  const auto newest = dir / "dump.rdb";
  std::error_code wrong;
  if (!fs::exists(newest, wrong)) return fail(Errc::not_found, newest.string());
  std::error_code ignored;
  if (fs::equivalent(newest, generation(dir, 1), ignored)) return {};
  // Linked under another name first: if that fails, the generations of before are all still there.
  const auto fresh = dir / "dump.rdb.new-generation";
  fs::remove(fresh, ignored);
  fs::create_hard_link(newest, fresh, wrong);
  for (int n = kGenerations; n > 1 && !wrong; --n)
    if (fs::exists(generation(dir, n - 1), ignored))
      fs::rename(generation(dir, n - 1), generation(dir, n), wrong);
  if (!wrong) fs::rename(fresh, generation(dir, 1), wrong);
  if (wrong) return fail(Errc::internal, dir.string() + ": " + wrong.message());
  return {};
}

}  // namespace webmon::dispatcher
