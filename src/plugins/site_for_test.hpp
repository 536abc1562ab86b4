/// A made-up news site that varies as real ones do: for tests of what must not be flagged.
#pragma once

#include <cmath>
#include <string>

#include "lib/core/rng.hpp"
#include "plugins/page_for_test.hpp"

namespace webmon::plugins {

class Noise {
 public:
  explicit Noise(std::uint64_t seed) : rng_{seed} {}
  double uniform() { return static_cast<double>(rng_.next() >> 11U) * 0x1p-53; }
  int between(int low, int high) {
    return low + static_cast<int>(rng_.next() % static_cast<std::uint64_t>(high - low + 1));
  }
  /// Box-Muller.
  double normal(double mean, double sd) {
    return mean + sd * std::sqrt(-2 * std::log(1 - uniform())) * std::cos(6.283185307 * uniform());
  }
  int count(double mean, double sd) {
    return std::max(0, static_cast<int>(std::lround(normal(mean, sd))));
  }
  std::string token(int size) {
    std::string out;
    for (int i = 0; i < size; ++i) out.push_back("0123456789abcdef"[between(0, 15)]);
    return out;
  }

 private:
  SeededRng rng_;
};

/// One fetch: a fixed frame; articles, teasers, related links, pictures, a token and timings that
/// vary. `extra` goes before </body>.
inline std::string news_html(Noise& noise, const std::string& extra = {}) {
  const auto words = [&](int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += "w" + noise.token(noise.between(2, 9)) + " ";
    return out;
  };
  std::string html =
      "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>News</title>"
      "<meta name=csrf content=" +
      noise.token(32) +
      ">"
      "<link rel=stylesheet href=/a.css><script src=/app.js></script>"
      "<script>window.token='" +
      noise.token(noise.between(24, 40)) +
      "'</script></head>"
      "<body><header><nav><ul>";
  for (int i = 0; i < 8; ++i) html += "<li><a href=/s" + std::to_string(i) + ">Section</a></li>";
  html += "</ul></nav><form action=/search><input name=q><button>Go</button></form></header><main>";
  for (int i = noise.count(12, 2); i > 0; --i) {
    html +=
        "<article><h2><a href=/n" + noise.token(6) + ">" + words(noise.between(4, 9)) + "</a></h2>";
    if (noise.between(0, 2) > 0) html += "<img src=/i/" + noise.token(6) + ".jpg alt=x>";
    for (int p = noise.between(1, 3); p > 0; --p)
      html += "<p>" + words(noise.count(45, 12)) + "</p>";
    html += "</article>";
  }
  html += "<aside><ul>";
  for (int i = noise.count(15, 3); i > 0; --i)
    html += "<li><a href=/r" + noise.token(5) + ">" + words(4) + "</a>";
  html += "</ul></aside></main><!-- built " + noise.token(12) + " -->";
  if (noise.between(0, 3) == 0) html += "<div class=banner><b>Breaking</b> " + words(8) + "</div>";
  return html + "<footer><p>About us</p></footer>" + extra + "</body></html>";
}

inline Page news_page(Noise& noise, const std::string& extra = {}) {
  Page page = page_for_test(news_html(noise, extra));
  page.wire_bytes = page.body.size() / 4;
  const auto time = [&](double median) {  // log-normal, with a stall now and then
    const double stall = noise.between(0, 19) == 0 ? 4 : 1;
    return microseconds{std::lround(1000 * median * stall * std::exp(noise.normal(0, 0.35)))};
  };
  Phases& phases = page.hops[0].phases;
  phases = {.resolve = time(8),
            .connect = time(20),
            .tls = {},
            .processing = time(90),
            .transfer = time(15)};
  page.total = *phases.resolve + *phases.connect + *phases.processing + *phases.transfer;
  return page;
}

}  // namespace webmon::plugins
