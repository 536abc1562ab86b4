#include "lib/html/extract.hpp"

#include <libxml/HTMLparser.h>
#include <libxml/encoding.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include "lib/html/attribute_guard.hpp"
#include "lib/html/charset.hpp"
#include "lib/html/feature_collector.hpp"

namespace webmon {
namespace {

using html::Attribute;
using html::FeatureCollector;

// The parser sees the bytes in pieces of this size, so that the guard can look before it acts.
constexpr std::size_t kChunkBytes = 2048;
// Steps of libxml2's quadratic parts: it compares an attribute with all earlier ones of its tag,
// and looks for the partner of a stray end tag through all open elements. Some 5 ns each.
constexpr std::uint64_t kWorkBudget = 100'000'000;

std::string_view view(const xmlChar* text) noexcept {
  return text == nullptr ? std::string_view{} : reinterpret_cast<const char*>(text);
}
std::string_view view(const xmlChar* text, int size) noexcept {
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(std::max(size, 0))};
}

/// One parse; what libxml2's callbacks get as user data.
struct Parse {
  FeatureCollector collector;
  htmlParserCtxtPtr context = nullptr;
  std::uint64_t work = 0;
  bool is_stopped = false;
  std::exception_ptr failure = nullptr;
  std::vector<Attribute> attributes{};

  void stop() noexcept {
    is_stopped = true;
    xmlStopParser(context);
  }
  void spend(std::uint64_t steps) noexcept {
    work += steps;
    if (work > kWorkBudget && !is_stopped) {
      collector.parse_error();
      stop();
    }
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

/// Errors without a context (of iconv) would go to stderr. The setting is per thread.
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

/// A context that reads `charset`; an empty or unknown one is left to the page's <meta> and to
/// guessing.
Context make_context(Parse& parse, const std::string& charset) {
  htmlSAXHandler handler = make_handler();
  Context context{
      htmlCreatePushParserCtxt(&handler, &parse, nullptr, 0, nullptr, XML_CHAR_ENCODING_NONE)};
  if (!context) throw std::bad_alloc{};
  parse.context = context.get();
  int options = HTML_PARSE_RECOVER | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
  if (charset == "utf-8" || charset == "utf8") {
    // Without a converter, so that bytes that are not UTF-8 are taken for Latin-1 instead of ending
    // the page.
    context->charset = XML_CHAR_ENCODING_UTF8;
    options |= HTML_PARSE_IGNORE_ENC;
  } else if (!charset.empty()) {
    xmlCharEncodingHandlerPtr converter = xmlFindCharEncodingHandler(charset.c_str());
    if (converter != nullptr && xmlSwitchToEncoding(context.get(), converter) == 0) {
      options |= HTML_PARSE_IGNORE_ENC;
    }
  }
  htmlCtxtUseOptions(context.get(), options);
  return context;
}

/// What the parser has taken in but not yet acted on.
std::string_view waiting(const htmlParserCtxt& context) noexcept {
  if (context.input == nullptr || context.input->cur == nullptr) return {};
  return {reinterpret_cast<const char*>(context.input->cur),
          static_cast<std::size_t>(context.input->end - context.input->cur)};
}

std::uint64_t position(const htmlParserCtxt& context) noexcept {
  if (context.input == nullptr) return 0;
  return context.input->consumed +
         static_cast<std::uint64_t>(context.input->cur - context.input->base);
}

enum class Reading : std::uint8_t { done, bad_encoding };

Reading read(std::string_view body, const std::string& charset, PageFeatures& out) {
  out = PageFeatures{};
  Parse parse{.collector = FeatureCollector{out}};
  const Context context = make_context(parse, charset);
  html::AttributeGuard guard{kMaxAttributesPerTag};
  Reading result = Reading::done;
  while (!body.empty() && !parse.is_stopped) {
    const std::size_t size = std::min(body.size(), kChunkBytes);
    htmlParseChunk(context.get(), body.data(), static_cast<int>(size), 0);
    body.remove_prefix(size);
    if (parse.is_stopped) break;
    if (context->disableSAX != 0) {
      result = Reading::bad_encoding;
      break;
    }
    if (guard.is_over(position(*context), waiting(*context))) {
      parse.collector.parse_error();
      parse.stop();
    }
  }
  if (!parse.is_stopped) htmlParseChunk(context.get(), "", 0, 1);
  if (parse.failure) std::rethrow_exception(parse.failure);
  parse.collector.finish();
  return result;
}

}  // namespace

void extract_features(std::string_view body, std::string_view content_type, PageFeatures& out) {
  static std::once_flag is_initialised;
  std::call_once(is_initialised, xmlInitParser);
  out = PageFeatures{};
  if (body.empty()) return;
  const QuietErrors quiet;
  const html::Charset charset = html::detect_charset(body, content_type);
  body = body.substr(charset.bom_size, kMaxHtmlBytes);
  std::string without_nul;
  const bool has_nul = !html::is_wide(charset.name) && body.find('\0') != std::string_view::npos;
  if (has_nul) {  // libxml2 takes NUL for the end of the page; a browser goes on
    without_nul = body;
    std::ranges::replace(without_nul, '\0', '?');
    body = without_nul;
  }
  if (read(body, charset.name, out) == Reading::bad_encoding) {
    // The bytes are not in the encoding they claim: Latin-1 reads anything, and the structure is
    // ASCII.
    static_cast<void>(read(body, "iso-8859-1", out));
  }
  if (has_nul) ++out.parse_errors;
}

}  // namespace webmon
