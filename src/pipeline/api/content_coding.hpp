/// How the body of an answer is coded for the client that asked (RFC 9110, 8.4 and 12.5.3): gzip or
/// as it is. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace webmon::api {

enum class Coding { identity, gzip };

/// `accept` is the value of Accept-Encoding, several lines joined by commas; empty: there was none.
/// gzip where the client allows it and does not like identity better; members that do not parse
/// count as absent.
Coding choose_coding(std::string_view accept) noexcept;

/// Bodies below this gain nothing.
inline constexpr std::size_t kLeastToCompress = 1'024;
/// Text of Webmon's own: JSON, NDJSON, events, metrics.
bool is_compressible(std::string_view media_type) noexcept;

/// A gzip stream made part by part, at a level that costs about 10 ms a megabyte. About 256 KiB
/// while it lives.
class Gzip {
 public:
  Gzip();
  ~Gzip();
  Gzip(Gzip&&) noexcept;
  Gzip& operator=(Gzip&&) noexcept;

  /// What is ready after `part`. With `is_flushed` all of it is: the receiver can read it at once.
  std::string add(std::string_view part, bool is_flushed);
  /// The end of the stream; nothing may follow.
  std::string end();

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace webmon::api
