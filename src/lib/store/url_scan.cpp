#include "lib/store/url_scan.hpp"

#include "lib/store/fields.hpp"

namespace webmon::store {

void add_url_scan(Batch& batch, const Keys& keys, Partition p, std::string_view cursor,
                  std::string_view pattern) {
  batch.add({"HSCAN", keys.urls(p), cursor, "MATCH", pattern, "COUNT", "1000"});
}

Result<UrlScan> read_url_scan(const Reply& reply) {
  const auto parts = read_values(reply, 2);
  if (!parts) return fail(parts.error());
  UrlScan scan;
  const auto cursor = as_text((*parts)[0]);
  if (!cursor) return fail(cursor.error());
  scan.cursor = *cursor;
  const auto visited = each_field((*parts)[1], [&scan](std::string_view, const Reply& value) {
    const auto id = read_id<AssetId>(value);
    if (id) scan.ids.push_back(*id);
    return id ? Result<void>{} : fail(id.error());
  });
  if (!visited) return fail(visited.error());
  return scan;
}

}  // namespace webmon::store
