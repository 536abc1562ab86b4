#include "cli/asset_import.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "cli/exit_code.hpp"
#include "cli/import_text.hpp"
#include "cli/json_read.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kPart = 64 * 1'024;

struct CloseFile {
  void operator()(std::FILE* file) const noexcept {
    if (file != stdin) std::fclose(file);
  }
};

/// The file as the body of the call.
class ImportFile {
 public:
  static Result<ImportFile> open(const ImportOptions& options) {
    std::FILE* file = options.file == "-" ? stdin : std::fopen(options.file.c_str(), "re");
    if (file == nullptr)
      return fail(Errc::not_found,
                  fmt::format("cannot read {}: {}", options.file, std::strerror(errno)));
    return ImportFile{file, options};
  }

  /// Lines that are not blank; 0 if that cannot be known without reading standard input.
  std::uint64_t count_lines() {
    struct stat status {};
    if (fstat(fileno(file_.get()), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    std::uint64_t lines = 0;
    bool is_blank = true;
    std::string part(kPart, '\0');
    while (const auto size = std::fread(part.data(), 1, part.size(), file_.get())) {
      for (const char c : std::string_view{part}.substr(0, size)) {
        if (c == '\n') {
          lines += is_blank ? 0 : 1;
          is_blank = true;
        } else if (c != ' ' && c != '\t' && c != '\r') {
          is_blank = false;
        }
      }
    }
    std::rewind(file_.get());
    return lines + (is_blank ? 0 : 1);
  }

  /// The next bytes to send; 0 at the end; nothing after an error, which is kept.
  std::optional<std::size_t> read(char* to, std::size_t most) {
    while (pending_.empty() && !has_ended_) {
      std::string part(kPart, '\0');
      part.resize(std::fread(part.data(), 1, part.size(), file_.get()));
      if (std::ferror(file_.get()) != 0) {
        error_ =
            Error{Errc::bad_input, fmt::format("cannot read {}: {}", name_, std::strerror(errno))};
        return std::nullopt;
      }
      has_ended_ = part.empty();
      has_ended_ ? text_.end() : text_.feed(part);
      if (text_.is_ndjson() && has_fields_) {
        error_ =
            Error{Errc::bad_input,
                  fmt::format("{} is NDJSON: write tags, interval and all else into its lines, "
                              "not into options",
                              name_)};
        return std::nullopt;
      }
      pending_ = text_.take();
    }
    const auto size = std::min(most, pending_.size());
    std::memcpy(to, pending_.data(), size);
    pending_.erase(0, size);
    return size;
  }
  const std::optional<Error>& error() const noexcept { return error_; }

 private:
  ImportFile(std::FILE* file, const ImportOptions& options)
      : file_{file},
        name_{options.file == "-" ? "standard input" : options.file},
        has_fields_{!options.fields.empty()},
        text_{options.fields} {}

  std::unique_ptr<std::FILE, CloseFile> file_;
  std::string name_;
  bool has_fields_;
  ImportText text_;
  std::string pending_;
  bool has_ended_ = false;
  std::optional<Error> error_;
};

/// What the API says while it reads.
class ImportAnswer {
 public:
  ImportAnswer(const ImportOptions& options, std::uint64_t lines)
      : file_{options.file == "-" ? "standard input" : options.file}, lines_{lines} {}

  void take(std::string_view line) {
    json::error_code ec;
    const auto event = json::parse({line.data(), line.size()}, ec);
    if (ec) return;
    if (const auto* progress = find(event, "/progress")) {
      show(*progress);
    } else if (find(event, "/line") != nullptr) {
      progress_.finish();
      complain(fmt::format("{}:{}: {} ({})", file_, text_at(event, "/line"),
                           text_at(event, "/detail"), text_at(event, "/code")));
      ++listed_;
    } else if (const auto* result = find(event, "/result")) {
      result_ = *result;
      show(result_);
      progress_.finish();
    }
  }

  bool has_result() const noexcept { return !result_.is_null(); }

  int report(bool is_json) const {
    if (!has_result())
      return failed({Errc::internal, "the API ended its answer without a result; send it again"});
    const auto errors = number_at(result_, "/errors").value_or(0);
    if (errors > static_cast<double>(listed_))
      complain(fmt::format("{:.0f} more bad lines are not listed",
                           errors - static_cast<double>(listed_)));
    if (is_json) {
      print(json::serialize(result_) + "\n");
    } else {
      const bool is_durable = is_true_at(result_, "/durable");
      print(fmt::format(
          "{} lines: {} created, {} changed, {} unchanged, {} bad; {}\n",
          text_at(result_, "/lines"), text_at(result_, "/created"), text_at(result_, "/changed"),
          text_at(result_, "/unchanged"), text_at(result_, "/errors"),
          is_durable ? "durable" : "durable with snapshot " + text_at(result_, "/epoch")));
    }
    if (!is_true_at(result_, "/complete") || find(result_, "/code") != nullptr)
      return failed(
          {Errc::store_down, text_at(result_, "/detail") +
                                 ". What is added stays; add the same file again for the rest"});
    return errors > 0 ? kNotOk : kOk;
  }

 private:
  void show(const json::value& counts) {
    const auto done = static_cast<std::uint64_t>(number_at(counts, "/lines").value_or(0));
    if (lines_ > 0) progress_.show(done, lines_);
  }

  std::string file_;
  std::uint64_t lines_;
  std::uint64_t listed_ = 0;
  Progress progress_{"added"};
  json::value result_;
};

}  // namespace

int import_assets(ApiClient& api, const ImportOptions& options) {
  auto file = ImportFile::open(options);
  if (!file) return failed(file.error());
  ImportAnswer answer{options, file->count_lines()};
  ApiClient::Stream stream;
  stream.content_type = "application/x-ndjson";
  stream.read = [&](char* to, std::size_t most) { return file->read(to, most); };
  stream.on_line = [&](std::string_view line) {
    answer.take(line);
    return true;
  };
  const auto path = std::string{"/api/v1/assets:bulk"} + (options.waits ? "?wait=snapshot" : "");
  const auto sent = api.stream("POST", path, stream);
  if (file->error()) return failed(*file->error());
  if (!sent && !answer.has_result()) return failed(sent.error());
  return answer.report(options.is_json);
}

}  // namespace webmon::cli
