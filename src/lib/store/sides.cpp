#include "lib/store/sides.hpp"

#include <algorithm>

#include "lib/store/bytes.hpp"
#include "lib/store/fields.hpp"

namespace webmon::store {
namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

std::string encode_side(const KeptSide& side) {
  ByteWriter out;
  out.put(kVersion);
  out.put(static_cast<std::uint8_t>(side.is_ok));
  out.put(to_ms(side.obtained));
  out.put_text<std::uint32_t>(side.text);
  return out.take();
}

Result<KeptSide> decode_side(std::string_view blob) {
  ByteReader in{blob};
  if (in.get<std::uint8_t>() != kVersion)
    return fail(Errc::schema, "redis: a side answer of another build");
  KeptSide side;
  side.is_ok = in.get<std::uint8_t>() != 0;
  side.obtained = store_time_ms(in.get<std::int64_t>());
  side.text = in.get_text<std::uint32_t>();
  if (in.is_torn() || !in.is_empty()) return fail(Errc::bad_frame, "redis: a side answer is torn");
  return side;
}

void add_side(Batch& batch, const std::string& key) { batch.add({"GET", key}); }

std::optional<KeptSide> read_side(const Reply& reply) {
  const auto text = as_text(reply);
  if (!text || text->empty()) return std::nullopt;
  auto side = decode_side(*text);
  return side ? std::optional{std::move(*side)} : std::nullopt;
}

void add_keep_side(Batch& batch, const std::string& key, const KeptSide& side,
                   milliseconds lifetime) {
  batch.add({"SET", key, encode_side(side), "PX", number(std::max(lifetime, milliseconds{1}))});
}

}  // namespace webmon::store
