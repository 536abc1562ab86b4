#include "lib/html/extract.hpp"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/html/charset.hpp"
#include "lib/html/feature_collector.hpp"

namespace webmon {
namespace {

using html::Attribute;
using html::FeatureCollector;

// Steps of libxml2's quadratic parts: it compares an attribute with all earlier ones of its tag,
// and looks for the partner of a stray end tag through all open elements. Some 5 ns each.
constexpr std::uint64_t kWorkBudget = 100'000'000;

// NOERROR is not among them: it would silence our own error handler too.
constexpr int kOptions =
    HTML_PARSE_RECOVER | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC;

std::string_view view(const xmlChar* text) noexcept {
  return text == nullptr ? std::string_view{} : reinterpret_cast<const char*>(text);
}
std::string_view view(const xmlChar* text, int size) noexcept {
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(std::max(size, 0))};
}

/// One parse; what libxml2's callbacks get as user data.
struct Parse {
  FeatureCollector collector;
  std::string_view unread;
  htmlParserCtxtPtr context = nullptr;
  std::uint64_t work = 0;
  bool is_stopped = false;
  std::exception_ptr failure = nullptr;
  std::vector<Attribute> attributes{};

  /// The page ends here: events are ignored from now on, and `unread` is empty.
  void stop() noexcept {
    is_stopped = true;
    unread = {};
  }
  void spend(std::uint64_t steps) noexcept {
    work += steps;
    if (work <= kWorkBudget || is_stopped) return;
    collector.parse_error();
    stop();
    xmlStopParser(context);
  }
  /// libxml2's array of the attributes of one tag, two entries each, doubles and never shrinks.
  bool has_too_many_attributes() const noexcept {
    return context->maxatts > static_cast<int>(4 * kMaxAttributesPerTag);
  }
};

/// No exception may pass through C code: it is kept and thrown again when the parser has returned.
template <class F>
void guarded(void* data, F&& body) noexcept {
  auto& parse = *static_cast<Parse*>(data);
  if (parse.is_stopped) return;
  try {
    body(parse);
  } catch (...) {
    parse.failure = std::current_exception();
    parse.stop();
    xmlStopParser(parse.context);
  }
}

extern "C" {

void on_start(void* data, const xmlChar* name, const xmlChar** attributes) {
  guarded(data, [&](Parse& parse) {
    parse.attributes.clear();
    for (; attributes != nullptr && *attributes != nullptr; attributes += 2) {
      parse.attributes.push_back({.name = view(attributes[0]), .value = view(attributes[1])});
    }
    parse.collector.start_element(view(name), parse.attributes);
    parse.spend(parse.attributes.size() * parse.attributes.size() / 2);
  });
}
void on_end(void* data, const xmlChar* name) {
  guarded(data, [&](Parse& parse) { parse.collector.end_element(view(name)); });
}
void on_text(void* data, const xmlChar* text, int size) {
  guarded(data, [&](Parse& parse) { parse.collector.characters(view(text, size)); });
}
void on_comment(void* data, const xmlChar*) {
  guarded(data, [](Parse& parse) { parse.collector.comment(); });
}
void on_error(void* data, xmlErrorPtr error) {
  guarded(data, [&](Parse& parse) {
    if (error == nullptr || error->level < XML_ERR_ERROR) return;
    parse.collector.parse_error();
    parse.spend(static_cast<std::uint64_t>(std::max(parse.context->nameNr, 0)));
  });
}
void ignore_error(void*, xmlErrorPtr) {}

/// libxml2 asks for some 4 KB at a time, also in the middle of a tag: where one made to be slow can
/// be ended.
int on_read(void* data, char* buffer, int size) {
  auto& parse = *static_cast<Parse*>(data);
  if (!parse.is_stopped && parse.has_too_many_attributes()) {
    parse.collector.parse_error();
    parse.stop();
  }
  const std::size_t count = std::min(parse.unread.size(), static_cast<std::size_t>(size));
  std::copy_n(parse.unread.begin(), count, buffer);
  parse.unread.remove_prefix(count);
  return static_cast<int>(count);
}
int on_close(void*) { return 0; }

}  // extern "C"

htmlSAXHandler make_handler() noexcept {
  htmlSAXHandler handler;
  std::memset(&handler, 0, sizeof handler);
  handler.startElement = on_start;
  handler.endElement = on_end;
  handler.characters = on_text;
  handler.ignorableWhitespace = on_text;
  handler.cdataBlock = on_text;
  handler.comment = on_comment;
  handler.serror = on_error;
  handler.initialized = XML_SAX2_MAGIC;  // without it libxml2 does not call serror
  return handler;
}

/// Errors without a context would go to stderr. The setting is per thread.
class QuietErrors {
 public:
  QuietErrors() noexcept : function_{xmlStructuredError}, context_{xmlStructuredErrorContext} {
    xmlSetStructuredErrorFunc(nullptr, ignore_error);
  }
  ~QuietErrors() { xmlSetStructuredErrorFunc(context_, function_); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;

 private:
  xmlStructuredErrorFunc function_;
  void* context_;
};

struct FreeContext {
  void operator()(htmlParserCtxtPtr context) const noexcept { htmlFreeParserCtxt(context); }
};
using Context = std::unique_ptr<htmlParserCtxt, FreeContext>;

void parse_html(std::string_view text, FeatureCollector collector) {
  Parse parse{.collector = std::move(collector), .unread = text};
  const Context context{htmlNewParserCtxt()};
  if (!context) throw std::bad_alloc{};
  *context->sax = make_handler();
  context->userData = &parse;
  parse.context = context.get();
  htmlDocPtr tree =
      htmlCtxtReadIO(context.get(), on_read, on_close, &parse, nullptr, "utf-8", kOptions);
  xmlFreeDoc(tree);  // null: our handler builds none
  if (parse.failure) std::rethrow_exception(parse.failure);
  parse.collector.finish();
}

}  // namespace

void extract_features(std::string_view body, std::string_view content_type, PageFeatures& out) {
  static std::once_flag is_initialised;
  std::call_once(is_initialised, xmlInitParser);
  out = PageFeatures{};
  if (body.empty()) return;
  const QuietErrors quiet;
  html::Decoded decoded;
  html::decode(body.substr(0, kMaxHtmlBytes), content_type, decoded);
  parse_html(decoded.text, FeatureCollector{out});
  out.parse_errors += decoded.errors;
}

}  // namespace webmon
