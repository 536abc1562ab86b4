// MB/s of one pass that computes all PageFeatures, beside other readers of HTML, on real pages:
// bench/html/pages.list.
//   build/release/bench/html/bench_html [--benchmark_…]
#include <benchmark/benchmark.h>
#include <gumbo.h>
#include <libxml/HTMLparser.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "bench/html/pages.hpp"
#include "lib/html/content_model.hpp"
#include "lib/html/extract.hpp"
#include "lib/html/tokenizer.hpp"

namespace {

constexpr int kSaxChunk = 16U << 10U;

const std::vector<webmon::bench::RealPage>& pages() {
  static const auto all = webmon::bench::read_pages();
  return all;
}

template <class Read>
void run(benchmark::State& state, Read&& read) {
  std::size_t bytes = 0;
  for (const auto& page : pages()) bytes += page.body.size();
  for (auto _ : state) {
    std::size_t tags = 0;
    for (const auto& page : pages()) tags += read(page.body);
    benchmark::DoNotOptimize(tags);
    state.counters["start_tags"] = static_cast<double>(tags);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

void features(benchmark::State& state) {
  webmon::PageFeatures out;
  run(state, [&](const std::string& page) {
    webmon::extract_features(page, "text/html; charset=utf-8", out);
    return std::size_t{out.tags_total};
  });
}

/// Tokens and the state of the tokenizer alone: what features cannot do without.
void tokens(benchmark::State& state) {
  using namespace webmon::html;
  run(state, [](const std::string& page) {
    Tokenizer tokenizer;
    ContentModel model;
    Token token;
    std::size_t tags = 0;
    const auto read = [&] {
      while (tokenizer.next(token)) {
        if (token.kind == TokenKind::text) continue;
        const auto tag = static_cast<TagId>(webmon::tag_index(token.text));
        if (token.kind == TokenKind::end_tag) model.end(token.text, tag);
        if (token.kind != TokenKind::start_tag) continue;
        ++tags;
        const State next = model.start(token, tag, false);
        if (next != State::kData) tokenizer.switch_to(next, token.text);
      }
    };
    tokenizer.feed(page);
    read();
    tokenizer.finish();
    read();
    return tags;
  });
}

std::size_t count_elements(const GumboNode* root) {
  std::vector<const GumboNode*> open{root};
  std::size_t count = 0;
  while (!open.empty()) {
    const GumboNode* node = open.back();
    open.pop_back();
    if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) continue;
    ++count;
    const GumboVector& children = node->v.element.children;
    for (unsigned i = 0; i < children.length; ++i) {
      open.push_back(static_cast<const GumboNode*>(children.data[i]));
    }
  }
  return count;
}

void gumbo_tree(benchmark::State& state) {
  run(state, [](const std::string& page) {
    GumboOutput* tree = gumbo_parse_with_options(&kGumboDefaultOptions, page.data(), page.size());
    const std::size_t count = count_elements(tree->root);
    gumbo_destroy_output(&kGumboDefaultOptions, tree);
    return count;
  });
}

void libxml2_sax(benchmark::State& state) {
  htmlSAXHandler handler;
  std::memset(&handler, 0, sizeof handler);
  handler.startElement = [](void* count, const xmlChar*, const xmlChar**) {
    ++*static_cast<std::size_t*>(count);
  };
  run(state, [&](const std::string& page) {
    std::size_t count = 0;
    htmlParserCtxtPtr context =
        htmlCreatePushParserCtxt(&handler, &count, nullptr, 0, nullptr, XML_CHAR_ENCODING_UTF8);
    for (std::size_t at = 0; at < page.size(); at += kSaxChunk) {
      const auto size = std::min<std::size_t>(kSaxChunk, page.size() - at);
      htmlParseChunk(context, page.data() + at, static_cast<int>(size), 0);
    }
    htmlParseChunk(context, nullptr, 0, 1);
    htmlFreeParserCtxt(context);
    return count;
  });
}

void memchr_less_than(benchmark::State& state) {
  run(state, [](const std::string& page) {
    std::size_t count = 0;
    const char* at = page.data();
    const char* const end = at + page.size();
    while (at != end) {
      const void* found = std::memchr(at, '<', static_cast<std::size_t>(end - at));
      if (found == nullptr) break;
      ++count;
      at = static_cast<const char*>(found) + 1;
    }
    return count;
  });
}

BENCHMARK(features)->Unit(benchmark::kMillisecond);
BENCHMARK(tokens)->Unit(benchmark::kMillisecond);
BENCHMARK(gumbo_tree)->Unit(benchmark::kMillisecond);
BENCHMARK(libxml2_sax)->Unit(benchmark::kMillisecond);
BENCHMARK(memchr_less_than)->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  std::printf("%zu pages\n", pages().size());
  if (pages().empty()) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
