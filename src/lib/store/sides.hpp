/// Answers to requests that plugins make beside the page, kept for all executors until their
/// lifetime is over: one robots.txt serves every asset of its host. Losing one costs a request.
/// Pure, pairs of add/read as in jobs.hpp.   Layout: docs/redis.md, "Side answers".
#pragma once

#include <optional>
#include <string>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"
#include "lib/store/keys.hpp"
#include "lib/store/reply.hpp"

namespace webmon::store {

struct KeptSide {
  bool is_ok = false;    ///< something answered
  StoreTime obtained{};  ///< when it was asked
  std::string text;      ///< what the plugin keeps of it, or why there is nothing
  bool operator==(const KeptSide&) const = default;
};

std::string encode_side(const KeptSide& side);
/// Errors: schema for a version that this build does not know, bad_frame.
Result<KeptSide> decode_side(std::string_view blob);

void add_side(Batch& batch, const std::string& key);
/// Nothing: not kept, or by a build that this one does not understand.
std::optional<KeptSide> read_side(const Reply& reply);
void add_keep_side(Batch& batch, const std::string& key, const KeptSide& side,
                   milliseconds lifetime);

}  // namespace webmon::store
