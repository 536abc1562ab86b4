/// PageMemory as bytes, for the asset's model in Redis. Pure.
/// Layout: version byte 2; salt u64; last u64; seen u32; first u32; shifts 3 x u8; waits u8; habits
/// 6 x f32; the sets; the count of versions u8 and they; the waiting version, since u32 and score
/// f32 if `waits` is not 0; of the signs: how many are not 0 u8 (and 0x80 if from is told), until
/// u32, from u32, and of each its number u8, mean f32 and m2 f32. Little-endian. Version 1 has no
/// signs. The sets: which of their 8 generations are listed u8, then each as count u16 and places
/// u16 of its bits, or as all its bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/change/page_memory.hpp"

namespace webmon::change {

/// At most this many bytes are kept of one page.
inline constexpr std::size_t kMaxMemory = 6U << 10U;

/// Replaces what `out` has, in its memory if that suffices. Of a page so lively that it would take
/// more than kMaxMemory the oldest versions are left out.
void encode(const PageMemory& memory, std::string& out);
std::string encode(const PageMemory& memory);
/// Nothing if `encode` of this version cannot have written it.
std::optional<PageMemory> decode(std::string_view bytes);

/// The beginning alone, without reading the rest.
std::optional<MemoryHead> decode_head(std::string_view bytes);
/// Of bytes that `decode_head` has read, and with the same `waits`.
void replace_head(std::string& bytes, const MemoryHead& head);

}  // namespace webmon::change
