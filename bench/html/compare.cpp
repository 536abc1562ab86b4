// Start tags per name, ours beside those of Gumbo's tree, on the pages of bench/html/pages.list:
// how often they differ, by how many, and where first. docs/html.md explains each difference.
//   build/release/bench/html/compare_html [--counts]
//     --counts  ours alone, for compare_chromium: the names, then a line for each page, its path
//     and
//               its counts as JSON
#include <gumbo.h>

#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/html/pages.hpp"
#include "lib/html/extract.hpp"

namespace {

using Counts = std::map<std::string, long>;

struct Difference {
  long pages = 0;
  long more = 0;  // of ours
  long fewer = 0;
  std::string first;
};

std::string name_of(const GumboElement& element) {
  if (element.tag != GUMBO_TAG_UNKNOWN) return gumbo_normalized_tagname(element.tag);
  GumboStringPiece name = element.original_tag;
  gumbo_tag_from_original_text(&name);
  return {name.data, name.length};
}

Counts gumbo_counts(const std::string& page) {
  GumboOutput* tree = gumbo_parse_with_options(&kGumboDefaultOptions, page.data(), page.size());
  Counts counts;
  std::vector<const GumboNode*> open{tree->root};
  while (!open.empty()) {
    const GumboNode* node = open.back();
    open.pop_back();
    if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) continue;
    const std::string name = name_of(node->v.element);
    ++counts[webmon::tag_index(name) == webmon::kOtherTag ? "other" : name];
    const GumboVector& children = node->v.element.children;
    for (unsigned i = 0; i < children.length; ++i) {
      open.push_back(static_cast<const GumboNode*>(children.data[i]));
    }
  }
  gumbo_destroy_output(&kGumboDefaultOptions, tree);
  return counts;
}

Counts our_counts(const std::string& page) {
  webmon::PageFeatures features;
  webmon::extract_features(page, "text/html; charset=utf-8", features);
  Counts counts;
  for (std::size_t i = 0; i < features.tags.size(); ++i) {
    if (features.tags[i] == 0) continue;
    counts[i == webmon::kOtherTag ? "other" : std::string{webmon::kTagNames[i]}] = features.tags[i];
  }
  return counts;
}

void print_counts(const std::vector<webmon::bench::RealPage>& pages) {
  for (const std::string_view name : webmon::kTagNames)
    std::printf("%s ", std::string{name}.c_str());
  std::printf("other\n");
  for (const auto& page : pages) {
    const char* separator = "{";
    std::printf("%s\t", page.path.c_str());
    for (const auto& [name, count] : our_counts(page.body)) {
      std::printf("%s\"%s\":%ld", separator, name.c_str(), count);
      separator = ",";
    }
    std::printf("%s\n", *separator == '{' ? "{}" : "}");
  }
}

void compare_with_gumbo(const std::vector<webmon::bench::RealPage>& pages) {
  std::map<std::string, Difference> differences;
  long equal = 0;
  long tags = 0;
  for (const auto& page : pages) {
    Counts ours = our_counts(page.body);
    Counts theirs = gumbo_counts(page.body);
    for (const auto& [name, count] : ours) tags += count;
    equal += ours == theirs ? 1 : 0;
    for (const auto& [name, count] : theirs) ours[name] += 0;
    for (const auto& [name, count] : ours) {
      const long by = count - theirs[name];
      if (by == 0) continue;
      Difference& difference = differences[name];
      if (difference.pages++ == 0) difference.first = page.path;
      (by > 0 ? difference.more : difference.fewer) += by > 0 ? by : -by;
    }
  }
  std::printf("%zu pages, %ld start tags; %ld pages equal for every name\n", pages.size(), tags,
              equal);
  for (const auto& [name, difference] : differences) {
    std::printf("%-10s %4ld pages, ours %ld more, %ld fewer; first %s\n", name.c_str(),
                difference.pages, difference.more, difference.fewer, difference.first.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto pages = webmon::bench::read_pages();
  if (argc > 1 && argv[1] == std::string_view{"--counts"}) {
    print_counts(pages);
  } else {
    compare_with_gumbo(pages);
  }
  return pages.empty() ? 1 : 0;
}
