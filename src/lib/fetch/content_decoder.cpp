#include "lib/fetch/content_decoder.hpp"

#include <brotli/decode.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <functional>
#include <new>
#include <utility>

namespace webmon::fetch {

/// One encoding. Output goes on in pieces, so a bomb never exists as a whole.
class ContentDecoder::Stage {
 public:
  using Sink = std::function<Status(std::string_view)>;
  virtual ~Stage() = default;
  virtual Status feed(std::string_view bytes, const Sink& sink) = 0;
  virtual bool is_complete() const noexcept = 0;
};

namespace {

using Status = ContentDecoder::Status;
using Stage = ContentDecoder::Stage;

constexpr std::size_t kPiece = 16 * 1024;
constexpr int kGzip = 15 + 16;  // zlib's windowBits: 15, and a gzip header
constexpr int kZlib = 15;
constexpr int kRaw = -15;

std::string_view view(const std::array<char, kPiece>& piece, std::size_t left) {
  return {piece.data(), kPiece - left};
}

class InflateStage final : public Stage {
 public:
  explicit InflateStage(bool is_gzip) : is_gzip_{is_gzip} {}
  ~InflateStage() override {
    if (is_open_) inflateEnd(&stream_);
  }
  InflateStage(const InflateStage&) = delete;
  InflateStage& operator=(const InflateStage&) = delete;

  Status feed(std::string_view bytes, const Sink& sink) override {
    if (!is_open_) {
      start_ += bytes;
      if (start_.size() < 2) return Status::ok;
      open();
      const std::string held = std::exchange(start_, {});
      return inflate_all(held, sink);
    }
    return inflate_all(bytes, sink);
  }
  bool is_complete() const noexcept override { return is_complete_; }

 private:
  /// "deflate" is zlib's format, but some servers send it raw.
  void open() {
    const auto first = static_cast<unsigned char>(start_[0]);
    const auto second = static_cast<unsigned char>(start_[1]);
    const bool is_zlib = (first & 15U) == 8 && (first * 256U + second) % 31 == 0;
    if (inflateInit2(&stream_, is_gzip_ ? kGzip : is_zlib ? kZlib : kRaw) != Z_OK) {
      throw std::bad_alloc{};
    }
    is_open_ = true;
  }

  Status inflate_all(std::string_view bytes, const Sink& sink) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    while (stream_.avail_in > 0) {
      if (is_complete_ && !begin_member()) return Status::broken;
      const Status status = inflate_piece(sink);
      if (status != Status::ok) return status;
    }
    return Status::ok;
  }

  /// RFC 1952 §2.2: a gzip file is a series of members.
  bool begin_member() {
    if (!is_gzip_ || *stream_.next_in != 0x1f || inflateReset(&stream_) != Z_OK) return false;
    is_complete_ = false;
    return true;
  }

  /// Runs until the input is used up or a member ends.
  Status inflate_piece(const Sink& sink) {
    std::array<char, kPiece> piece;
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream_.avail_out = kPiece;
      const int code = inflate(&stream_, Z_NO_FLUSH);
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return Status::broken;
      is_complete_ = code == Z_STREAM_END;
      const auto out = view(piece, stream_.avail_out);
      const Status status = out.empty() ? Status::ok : sink(out);
      if (status != Status::ok) return status;
    } while (!is_complete_ && stream_.avail_out == 0);
    return Status::ok;
  }

  z_stream stream_{};
  std::string start_;  ///< the first byte, until there are two
  bool is_gzip_;
  bool is_open_ = false;
  bool is_complete_ = false;
};

class BrotliStage final : public Stage {
 public:
  BrotliStage() : state_{BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)} {
    if (state_ == nullptr) throw std::bad_alloc{};
  }
  ~BrotliStage() override { BrotliDecoderDestroyInstance(state_); }
  BrotliStage(const BrotliStage&) = delete;
  BrotliStage& operator=(const BrotliStage&) = delete;

  Status feed(std::string_view bytes, const Sink& sink) override {
    auto in_left = bytes.size();
    const auto* in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    for (;;) {
      if (is_complete()) return in_left == 0 ? Status::ok : Status::broken;
      std::array<char, kPiece> piece;
      auto* out = reinterpret_cast<std::uint8_t*>(piece.data());
      std::size_t out_left = kPiece;
      const auto result =
          BrotliDecoderDecompressStream(state_, &in_left, &in, &out_left, &out, nullptr);
      if (result == BROTLI_DECODER_RESULT_ERROR) return Status::broken;
      const auto decoded = view(piece, out_left);
      const Status status = decoded.empty() ? Status::ok : sink(decoded);
      if (status != Status::ok) return status;
      if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) return Status::ok;
    }
  }
  bool is_complete() const noexcept override {
    return BrotliDecoderIsFinished(state_) == BROTLI_TRUE;
  }

 private:
  BrotliDecoderState* state_;
};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Names of all Content-Encoding fields in order, in lower case, without "identity".
std::vector<std::string> encodings_of(const Headers& headers) {
  std::vector<std::string> names;
  for (const auto& [field, value] : headers) {
    if (field != "content-encoding") continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto comma = rest.find(',');
      std::string name{trim(rest.substr(0, comma))};
      for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      if (!name.empty() && name != "identity" && name != "none") names.push_back(std::move(name));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
  }
  return names;
}

std::unique_ptr<Stage> make_stage(std::string_view name) {
  if (name == "gzip" || name == "x-gzip") return std::make_unique<InflateStage>(true);
  if (name == "deflate") return std::make_unique<InflateStage>(false);
  if (name == "br") return std::make_unique<BrotliStage>();
  return nullptr;
}

}  // namespace

ContentDecoder::ContentDecoder() = default;
ContentDecoder::ContentDecoder(ContentDecoder&&) noexcept = default;
ContentDecoder& ContentDecoder::operator=(ContentDecoder&&) noexcept = default;
ContentDecoder::~ContentDecoder() = default;

Result<ContentDecoder> ContentDecoder::make(const Headers& headers) {
  const auto names = encodings_of(headers);
  if (names.size() > kMaxEncodings) return fail(Errc::bad_input, "too many content encodings");
  ContentDecoder decoder;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {  // the last was applied last
    auto stage = make_stage(*name);
    if (stage == nullptr) return fail(Errc::bad_input, "unknown content encoding");
    decoder.stages_.push_back(std::move(stage));
  }
  return decoder;
}

ContentDecoder::Status ContentDecoder::feed(std::string_view bytes, std::string& out,
                                            std::size_t limit) {
  was_fed_ = was_fed_ || !bytes.empty();
  const Stage::Sink keep = [&](std::string_view decoded) {
    const std::size_t room = limit - std::min(limit, out.size());
    out.append(decoded.substr(0, room));
    return decoded.size() > room ? Status::over_limit : Status::ok;
  };
  const std::function<Status(std::size_t, std::string_view)> pass = [&](std::size_t stage,
                                                                        std::string_view piece) {
    if (stage == stages_.size()) return keep(piece);
    return stages_[stage]->feed(
        piece, [&, stage](std::string_view next) { return pass(stage + 1, next); });
  };
  return pass(0, bytes);
}

bool ContentDecoder::is_complete() const noexcept {
  return !was_fed_ || std::all_of(stages_.begin(), stages_.end(),
                                  [](const auto& stage) { return stage->is_complete(); });
}

}  // namespace webmon::fetch
