// tech: what the site is made with, as far as it tells, and whether that changed.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "plugins/builder.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::clean;

constexpr std::array kFacts = {
    FactSpec{"products", ValueType::objects,
             "the first 16: name, version (empty: not told), confidence (0 to 1), source"},
    FactSpec{"version_changed", ValueType::texts, "products of another version than before"},
    FactSpec{"generator", ValueType::text, "of <meta name=generator>"},
    FactSpec{"wordpress_plugins", ValueType::texts,
             "plugins of WordPress whose files the page loads, the first 20"},
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    ReasonSpec{ReportState::ok, "technology_changed",
               "a product has another version, or has come or gone since the check before"},
};

constexpr std::size_t kMostProducts = 16;
constexpr std::size_t kMostState = 500;
constexpr std::size_t kMostScripts = 100;

struct Product {
  std::string name, version;
  double confidence = 0;
  std::string_view source;
};

/// Digits and dots at the beginning of `text`, at most 20 bytes.
std::string version_at(std::string_view text) {
  const std::string_view version = text.substr(0, text.find_first_not_of("0123456789."));
  return std::string{plugins::trim(version.substr(0, 20), ".")};
}

class Products {
 public:
  void add(std::string_view name, std::string version, double confidence, std::string_view source) {
    const auto known = std::ranges::find(all_, name, &Product::name);
    if (known == all_.end()) {
      if (all_.size() < kMostProducts) {
        all_.push_back({clean(name, 40), std::move(version), confidence, source});
      }
      return;
    }
    if (known->version.empty()) known->version = std::move(version);
    known->confidence = std::max(known->confidence, confidence);
  }
  /// "nginx/1.22.1 (Debian)", "PHP/8.2 OpenSSL/3": a name and its version; comments are passed
  /// over.
  void add_tokens(std::string_view text, std::string_view source) {
    constexpr std::size_t kMost = 4;
    text = text.substr(0, 256);
    for (std::size_t i = 0; i < kMost && !(text = plugins::trim(text, " ,;")).empty(); ++i) {
      if (text.front() == '(') {
        text.remove_prefix(std::min(text.find(')'), text.size() - 1) + 1);
        continue;
      }
      const std::size_t end = std::min(text.find_first_of(" (,;"), text.size());
      const std::string_view token = text.substr(0, end);
      text.remove_prefix(end);
      const std::size_t slash = std::min(token.find('/'), token.size());
      const std::string name = lower(token.substr(0, slash));
      if (name.empty()) continue;
      add(name, version_at(token.substr(std::min(slash + 1, token.size()))), 0.9, source);
    }
  }
  const std::vector<Product>& all() const noexcept { return all_; }

 private:
  std::vector<Product> all_;
};

/// What a name in a URL or of a cookie says.
struct Sign {
  std::string_view word, product;
  double confidence;
};
constexpr std::array kCookies = {
    Sign{"PHPSESSID", "php", 0.8},
    Sign{"JSESSIONID", "java", 0.8},
    Sign{"ASP.NET_SessionId", "asp.net", 0.9},
    Sign{"laravel_session", "laravel", 0.9},
    Sign{"csrftoken", "django", 0.5},
    Sign{"wordpress_", "wordpress", 0.9},
    Sign{"_shopify_", "shopify", 0.9},
    Sign{"PrestaShop-", "prestashop", 0.9},
};
constexpr std::array kPaths = {
    Sign{"/wp-content/", "wordpress", 0.9},
    Sign{"/wp-includes/", "wordpress", 0.9},
    Sign{"cdn.shopify.com", "shopify", 0.9},
    Sign{"/sites/default/files/", "drupal", 0.8},
    Sign{"/media/jui/", "joomla", 0.8},
    Sign{"/typo3temp/", "typo3", 0.9},
    Sign{"/_next/static/", "next.js", 0.9},
    Sign{"/_nuxt/", "nuxt", 0.9},
    Sign{"googletagmanager.com", "google-tag-manager", 0.9},
    Sign{"google-analytics.com", "google-analytics", 0.9},
    Sign{"matomo.js", "matomo", 0.9},
    Sign{"static.hotjar.com", "hotjar", 0.9},
};
/// Libraries whose files have their version in the name, or in a folder before it.
constexpr std::array<std::string_view, 7> kLibraries = {"jquery",  "bootstrap", "vue",   "react",
                                                        "angular", "lodash",    "moment"};

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// The version in "jquery-3.6.0.min.js", "jquery/3.6.0/jquery.min.js", "moment.js/2.29.4",
/// "angularjs/1.8.0", "vue@3.2.1", or nothing. "ui-bootstrap-1.1.2.js" is another product.
std::string library_version(std::string_view url, std::string_view library) {
  for (std::size_t at = url.find(library); at != url.npos; at = url.find(library, at + 1)) {
    const char before = at == 0 ? '/' : url[at - 1];
    if (is_letter(before) || is_digit(before) || before == '-' || before == '_') continue;
    std::string_view rest = url.substr(at + library.size());
    for (const std::string_view ending : {".js", "js"}) {
      if (rest.starts_with(ending)) rest.remove_prefix(ending.size());
    }
    if (rest.size() < 2 || (rest[0] != '-' && rest[0] != '/' && rest[0] != '@')) continue;
    const std::string version = version_at(rest.substr(1));
    if (version.find('.') != std::string::npos) return version;
  }
  return {};
}

/// NAME of ".../wp-content/plugins/NAME/...", or nothing.
std::string_view wordpress_plugin(std::string_view url) {
  constexpr std::string_view kFolder = "/wp-content/plugins/";
  const std::size_t at = url.find(kFolder);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = url.substr(at + kFolder.size());
  const std::size_t end = rest.find('/');
  return end == std::string_view::npos ? std::string_view{}
                                       : rest.substr(0, std::min<std::size_t>(end, 64));
}

void look_at_url(std::string_view url, Products& products, std::vector<std::string_view>& add_ons) {
  for (const Sign& sign : kPaths) {
    if (url.find(sign.word) != url.npos) products.add(sign.product, {}, sign.confidence, "url");
  }
  for (const std::string_view library : kLibraries) {
    if (std::string version = library_version(url, library); !version.empty()) {
      products.add(library, std::move(version), 0.8, "url");
    }
  }
  const std::string_view add_on = wordpress_plugin(url);
  if (!add_on.empty() && std::ranges::find(add_ons, add_on) == add_ons.end()) {
    add_ons.push_back(add_on);
  }
}

void look_at_head(const Page& page, Products& products) {
  for (const auto& [name, value] : page.headers) {
    if (name == "server" || name == "x-powered-by") products.add_tokens(value, "header");
    if (name == "x-generator") products.add_tokens(value, "header");
    if (name != "set-cookie") continue;
    for (const Sign& sign : kCookies) {
      if (value.starts_with(sign.word)) products.add(sign.product, {}, sign.confidence, "cookie");
    }
  }
}

/// Where a version begins: a digit that is no part of a word, as that of "x86" is. A 'v' before it
/// is none either.
std::size_t find_version(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_digit(text[at])) continue;
    const auto word = text.substr(0, at);
    const bool has_v = word.ends_with('v') || word.ends_with('V');
    const auto before = has_v ? word.substr(0, word.size() - 1) : word;
    if (before.empty() || (!is_letter(before.back()) && !is_digit(before.back()))) return at;
  }
  return text.size();
}

/// "WordPress 6.4.2" and the like, without what stands in brackets or behind a comma: "HTML Tidy
/// for Linux/x86 (vers 11 February 2007), see www.w3.org".
void look_at_generator(std::string_view generator, Products& products) {
  generator =
      plugins::trim(generator.substr(0, std::min<std::size_t>(generator.find_first_of("(,"), 256)));
  const std::size_t version = find_version(generator);
  const auto name = plugins::trim(generator.substr(0, version), " -:vV");
  if (!name.empty()) {
    products.add(lower(name), version_at(generator.substr(version)), 0.9, "generator");
  }
}

/// State: "name\tversion\n" of each, as far as there is room.
std::string state_of(const std::vector<Product>& products) {
  std::string state;
  for (const Product& one : products) {
    const std::string line = one.name + "\t" + one.version + "\n";
    const bool is_plain = one.name.find_first_of("\t\n") == std::string::npos;
    if (is_plain && state.size() + line.size() <= kMostState) state += line;
  }
  return state;
}

struct Before {
  std::string_view name, version;
};
std::vector<Before> parse_state(std::string_view state) {
  std::vector<Before> list;
  while (!state.empty()) {
    const std::size_t end = std::min(state.find('\n'), state.size());
    const std::string_view line = state.substr(0, end);
    state.remove_prefix(std::min(end + 1, state.size()));
    const std::size_t tab = line.find('\t');
    if (tab != std::string_view::npos) list.push_back({line.substr(0, tab), line.substr(tab + 1)});
  }
  return list;
}

void compare(Report& report, const std::vector<Product>& products, std::string_view state) {
  if (state.empty()) return;
  const auto before = parse_state(state);
  std::vector<std::string> versions, all;
  for (const Product& one : products) {
    const auto old = std::ranges::find(before, std::string_view{one.name}, &Before::name);
    if (old == before.end()) {
      all.push_back(fmt::format("{} is new", one.name));
    } else if (old->version != one.version && !old->version.empty() && !one.version.empty()) {
      versions.push_back(
          fmt::format("{} {} to {}", one.name, clean(old->version, 20), one.version));
    }
  }
  for (const Before& old : before) {
    if (std::ranges::find(products, old.name, &Product::name) == products.end()) {
      all.push_back(fmt::format("{} is gone", clean(old.name, 40)));
    }
  }
  if (!versions.empty()) report.facts["version_changed"] = plugins::bounded_list(versions);
  all.insert(all.begin(), versions.begin(), versions.end());
  if (all.empty()) return;
  add_finding(report, {.severity = Severity::info,
                       .code = "technology_changed",
                       .message = clean(fmt::format("{}", fmt::join(all, ", ")), 400),
                       .expected = "as at the check before",
                       .seen = all.front(),
                       .evidence = {}});
}

void tell(Report& report, const Products& products, const std::vector<std::string_view>& add_ons) {
  boost::json::array list;
  for (const Product& one : products.all()) {
    list.push_back({{"name", one.name},
                    {"version", one.version},
                    {"confidence", one.confidence},
                    {"source", one.source}});
  }
  if (!list.empty()) report.facts["products"] = std::move(list);
  if (!add_ons.empty()) report.facts["wordpress_plugins"] = plugins::bounded_list(add_ons);
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_content(input); !why.empty()) {
    return plugins::skipped(input, why);
  }
  const PageFeatures& f = input.page.features;
  PluginOutput output;
  Products products;
  std::vector<std::string_view> add_ons;
  look_at_head(input.page, products);
  const std::string_view generator = f.meta("generator");
  look_at_generator(generator, products);
  for (std::size_t i = 0; i < std::min(f.scripts.size(), kMostScripts); ++i) {
    look_at_url(f.scripts[i].src, products, add_ons);
  }
  for (std::size_t i = 0; i < std::min(f.link_elements.size(), kMostScripts); ++i) {
    look_at_url(f.link_elements[i].href, products, add_ons);
  }
  tell(output.report, products, add_ons);
  if (!generator.empty()) output.report.facts["generator"] = clean(generator, 120);
  compare(output.report, products.all(), input.state);
  output.next_state = state_of(products.all());
  return output;
}

constexpr Plugin kPlugin{.name = "tech",
                         .number = 25,
                         .version = 1,
                         .summary = "What the site is made with, as far as it tells.",
                         .facts = kFacts,
                         .reasons = kReasons,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
