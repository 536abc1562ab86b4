/// The text of a file of assets, made into the NDJSON that `assets:bulk` reads, part by part and
/// line by line: line n of the file is line n of what is sent. Pure.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace webmon::cli {

class ImportText {
 public:
  /// `fields` are given to each URL of a plain file.
  explicit ImportText(boost::json::object fields) : fields_{std::move(fields)} {}

  void feed(std::string_view bytes);
  /// The file ends here.
  void end();
  /// What can be sent by now; taken. Holds back at most one line.
  std::string take();

  /// NDJSON, because its first character that is not blank is "{"; it is sent as it is. Otherwise
  /// each line is a URL, where a missing scheme is http; blank lines and those that begin with "#"
  /// say nothing. Known once something that is not blank was fed.
  bool is_ndjson() const noexcept { return form_ == Form::ndjson; }

 private:
  enum class Form : std::uint8_t { unknown, ndjson, urls };
  void take_lines();
  void add_url(std::string_view line);

  boost::json::object fields_;
  Form form_ = Form::unknown;
  std::string in_;
  std::string out_;
  bool is_cut_ = false;  ///< the rest of the current line is left out: it is too long for a URL
};

}  // namespace webmon::cli
