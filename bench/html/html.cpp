// MB/s of one pass that computes all PageFeatures, beside other readers of HTML, on real pages:
// bench/html/pages.list.
//   build/release/bench/html/bench_html [--benchmark_…]
#include <benchmark/benchmark.h>
#include <gumbo.h>
#include <libxml/HTMLparser.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "lib/html/content_model.hpp"
#include "lib/html/extract.hpp"
#include "lib/html/tokenizer.hpp"

namespace {

namespace fs = std::filesystem;
using Pages = std::vector<std::string>;

constexpr std::size_t kMaxPages = 60;  // of one folder
constexpr std::size_t kMinBytes = 1U << 10U;
constexpr std::size_t kMaxBytes = 2U << 20U;
constexpr int kSaxChunk = 16U << 10U;

std::string read_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<fs::path> html_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::recursive_directory_iterator{folder, missing}) {
    if (entry.path().extension() == ".html" && entry.is_regular_file()) {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

Pages read_pages(const fs::path& list) {
  Pages pages;
  std::ifstream lines{list};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::string folder = line.substr(line.rfind(' ') + 1);
    std::size_t count = 0;
    std::size_t bytes = 0;
    for (const fs::path& file : html_files("/usr/share/doc/" + folder)) {
      std::string page = read_file(file);
      if (page.size() < kMinBytes || page.size() > kMaxBytes) continue;
      bytes += page.size();
      pages.push_back(std::move(page));
      if (++count == kMaxPages) break;
    }
    std::printf("%-28s %3zu pages %9zu bytes\n", folder.c_str(), count, bytes);
  }
  return pages;
}

const Pages& pages() {
  static const Pages all = read_pages(WEBMON_SOURCE_DIR "/bench/html/pages.list");
  return all;
}

template <class Read>
void run(benchmark::State& state, Read&& read) {
  std::size_t bytes = 0;
  for (const std::string& page : pages()) bytes += page.size();
  for (auto _ : state) {
    std::size_t tags = 0;
    for (const std::string& page : pages()) tags += read(page);
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
  if (pages().empty()) {
    std::fprintf(stderr, "bench_html: no pages; install the packages of bench/html/pages.list\n");
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
