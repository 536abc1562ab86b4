/// What the change detector sees of a page: pieces of text, words, names and counts, as hashes that
/// only one asset shares. Pure. Threads: none.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/change/domain_cache.hpp"
#include "lib/core/page.hpp"

namespace webmon::change {

/// A piece of visible text between two block elements, or of one link. Digits do not count: what
/// differs in numbers alone is the same piece.
struct Piece {
  std::uint64_t hash = 0;
  std::string_view text;                    ///< of the page's features
  std::uint32_t first_word = 0, words = 0;  ///< in `PageTraits::words`
  std::uint32_t foreign_letters = 0;        ///< bytes of letters beyond ASCII
  std::uint32_t odd = 0;  ///< places where a '?', a control or U+FFFD stands between letters
  bool is_hidden = false;
  bool is_heading = false;
};

enum class Role : std::uint8_t { script, frame, form, link, refresh };

/// A host that the page refers to and that is not its own.
struct Name {
  Role role = Role::link;
  std::uint64_t domain = 0;         ///< hash of role and registrable domain
  std::uint64_t linked_domain = 0;  ///< `domain` if it were a link's
  std::string_view text;            ///< the host as written
  std::uint32_t piece = 0;          ///< of a link: index of the piece that is its text
  bool is_hidden = false;
  bool is_common = false;  ///< one that very many sites use (common_hosts.hpp)
};

struct InlineScript {
  std::uint64_t shape = 0;  ///< hash of what is not in quotes; digits do not count
  std::string_view text;
};

/// Numbers whose likeness to the last versions is looked at.
enum Size : std::uint8_t {
  kTextBytes,
  kTags,
  kLinks,
  kScripts,
  kHidden,
  kPasswords,
  kRepeated,
  kErrors,
  kForeign,
  kOdd,
  kBodies,
  kExternal,
  kForms,
  kSizes
};

struct PageTraits {
  std::vector<Piece> pieces;
  std::vector<std::uint32_t> sorted;  ///< upper halves of the pieces' hashes, each once, ascending
  std::vector<std::uint64_t> words;   ///< hashes, in the order of the text
  std::vector<Name> names;
  std::vector<InlineScript> scripts;
  std::array<double, kSizes> sizes{};
  std::array<std::uint32_t, 32> tags{};            ///< start tags by hash of the name
  std::uint32_t title = 0;                         ///< hash
  std::uint32_t title_first = 0, title_words = 0;  ///< in `words`, behind those of the pieces
  bool has_end = false;

  /// Empty again, in the memory that it has.
  void clear() noexcept;
};

/// Reads one page after the other, into the same memory.
class TraitsReader {
 public:
  /// `salt` is the asset's. Views are of `page`; valid until the next call.
  const PageTraits& read(const Page& page, std::uint64_t salt);

 private:
  PageTraits traits_;
  DomainCache domains_;
};

}  // namespace webmon::change
