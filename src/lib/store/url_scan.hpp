/// Assets of a partition by what their URLs look like: HSCAN of the URL index. Pure, a pair of
/// add/read as in jobs.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/id.hpp"
#include "lib/store/keys.hpp"
#include "lib/store/reply.hpp"

namespace webmon::store {

struct UrlScan {
  std::string cursor;  ///< of the next call; "0": this was the last one
  std::vector<AssetId> ids;
};
/// One step over about 1,000 URLs, "0" is the first cursor; `pattern` is Redis' glob. What is there
/// during all steps comes at least once, in no order.
void add_url_scan(Batch& batch, const Keys& keys, Partition p, std::string_view cursor,
                  std::string_view pattern);
Result<UrlScan> read_url_scan(const Reply& reply);

}  // namespace webmon::store
