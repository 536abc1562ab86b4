#include "pipeline/api/content_coding.hpp"

#include <zlib.h>

#include <array>
#include <new>
#include <optional>

namespace webmon::api {
namespace {

constexpr int kLevel = 4;                    // half the time of zlib's 6 for 5 % more bytes of JSON
constexpr int kGzipWindow = MAX_WBITS + 16;  // zlib.h, deflateInit2: +16 writes a gzip header

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Cuts off and returns what is before the next `mark`.
std::string_view take(std::string_view& rest, char mark) noexcept {
  const auto part = rest.substr(0, rest.find(mark));
  rest.remove_prefix(part.size() < rest.size() ? part.size() + 1 : part.size());
  return trim(part);
}

bool is_same(std::string_view text, std::string_view lower) noexcept {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lower[i]) return false;
  }
  return true;
}

/// RFC 9110, 12.4.2: "0" or "1" with up to three decimals, in thousandths.
std::optional<int> parse_weight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int weight = (text[0] - '0') * 1'000;
  int unit = 100;
  for (std::size_t i = 2; i < text.size(); ++i, unit /= 10) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    weight += (text[i] - '0') * unit;
  }
  if (weight > 1'000) return std::nullopt;
  return weight;
}

/// The weight of one member "gzip;q=0.5"; its name stays in `member`.
std::optional<int> read_weight(std::string_view& member) noexcept {
  auto rest = member;
  member = take(rest, ';');
  if (rest.empty()) return 1'000;
  const auto name = take(rest, '=');
  if (!is_same(name, "q")) return std::nullopt;
  return parse_weight(trim(rest));
}

}  // namespace

Coding choose_coding(std::string_view accept) noexcept {
  std::optional<int> gzip, identity, any;
  while (!accept.empty()) {
    auto member = take(accept, ',');
    const auto weight = read_weight(member);
    if (!weight) continue;
    if (is_same(member, "gzip") || is_same(member, "x-gzip")) gzip = weight;
    if (is_same(member, "identity")) identity = weight;
    if (member == "*") any = weight;
  }
  const int zipped = gzip.value_or(any.value_or(0));
  return zipped > 0 && zipped >= identity.value_or(0) ? Coding::gzip : Coding::identity;
}

bool is_compressible(std::string_view media_type) noexcept {
  media_type = take(media_type, ';');
  return media_type.starts_with("text/") || media_type.ends_with("json");
}

struct Gzip::Stream {
  z_stream z{};
  Stream() {
    if (deflateInit2(&z, kLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc{};  // the arguments are right: zlib.h leaves only this
    }
  }
  ~Stream() { deflateEnd(&z); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  std::string run(std::string_view part, int mode) {
    std::string out;
    std::array<char, 16'384> space;
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));  // zlib only reads it
    z.avail_in = static_cast<uInt>(part.size());
    do {
      z.next_out = reinterpret_cast<Bytef*>(space.data());
      z.avail_out = static_cast<uInt>(space.size());
      deflate(&z, mode);
      out.append(space.data(), space.size() - z.avail_out);
    } while (z.avail_out == 0);
    return out;
  }
};

Gzip::Gzip() : stream_{std::make_unique<Stream>()} {}
Gzip::~Gzip() = default;
Gzip::Gzip(Gzip&&) noexcept = default;
Gzip& Gzip::operator=(Gzip&&) noexcept = default;

std::string Gzip::add(std::string_view part, bool is_flushed) {
  return stream_->run(part, is_flushed ? Z_SYNC_FLUSH : Z_NO_FLUSH);
}

std::string Gzip::end() { return stream_->run({}, Z_FINISH); }

}  // namespace webmon::api
