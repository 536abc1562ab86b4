/// What page-class goes by: phrases, hosts and headers, each with the class that it speaks for and
/// how strongly. Strengths are chances: signals s and t together speak with 1 - (1 - s)(1 - t).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace webmon::plugins {

enum class PageClass : std::uint8_t {
  normal,
  error,
  soft404,
  login,
  block_challenge,
  captcha,
  parked,
  maintenance,
  empty
};
inline constexpr std::size_t kPageClasses = 9;

constexpr std::string_view to_string(PageClass value) noexcept {
  constexpr std::array<std::string_view, kPageClasses> kNames = {
      "normal",  "error",  "soft404",     "login", "block_challenge",
      "captcha", "parked", "maintenance", "empty"};
  return kNames.at(static_cast<std::size_t>(value));
}

/// Where a phrase counts: a title says what the page is for, a text only if there is hardly any
/// other.
enum class Where : std::uint8_t { title, text };

struct Phrase {
  std::string_view text;  ///< lower case; begins where a word of the page begins
  PageClass speaks_for;
  Where where;
  double strength;
};

/// Sorted by first character, so that `phrases_from` finds those of one.
inline constexpr auto kPhrases = [] {
  using enum PageClass;
  using enum Where;
  auto phrases = std::to_array<Phrase>({
      // What stands in front of a site and did not let us through.
      {"just a moment...", block_challenge, title, 0.9},
      {"attention required! | cloudflare", block_challenge, title, 0.95},
      {"ddos-guard", block_challenge, title, 0.75},
      {"one moment, please", block_challenge, title, 0.75},
      {"pardon our interruption", block_challenge, title, 0.9},
      {"request rejected", block_challenge, title, 0.75},
      {"access denied", block_challenge, title, 0.5},
      {"access to this page has been denied", block_challenge, title, 0.9},
      {"sucuri website firewall", block_challenge, title, 0.9},
      {"checking your browser", block_challenge, title, 0.8},
      {"security check", block_challenge, title, 0.5},
      {"checking your browser before accessing", block_challenge, text, 0.8},
      {"checking if the site connection is secure", block_challenge, text, 0.8},
      {"enable javascript and cookies to continue", block_challenge, text, 0.8},
      {"sorry, you have been blocked", block_challenge, text, 0.9},
      {"your request has been blocked", block_challenge, text, 0.75},
      {"your ip address has been blocked", block_challenge, text, 0.8},
      {"the requested url was rejected. please consult with your administrator", block_challenge,
       text, 0.9},
      {"unusual traffic from your computer network", block_challenge, text, 0.9},
      {"you don't have permission to access", block_challenge, text, 0.5},
      {"incapsula incident id", block_challenge, text, 0.9},
      {"too many requests", block_challenge, title, 0.75},
      {"captcha", captcha, title, 0.65},
      {"are you a robot", captcha, title, 0.75},
      {"human verification", captcha, title, 0.75},
      {"verify you are human", captcha, text, 0.75},
      {"verify that you are human", captcha, text, 0.75},
      {"verify that you are not a robot", captcha, text, 0.75},
      {"prove you are human", captcha, text, 0.75},
      {"complete the captcha", captcha, text, 0.75},
      {"complete the security check to access", captcha, text, 0.75},
      {"enter the characters you see", captcha, text, 0.75},
      {"press and hold to confirm you are a human", captcha, text, 0.8},
      // Somebody must identify himself first.
      {"log in", login, title, 0.5},
      {"login", login, title, 0.5},
      {"sign in", login, title, 0.5},
      {"sign-in", login, title, 0.5},
      {"anmelden", login, title, 0.5},
      {"anmeldung", login, title, 0.5},
      {"connexion", login, title, 0.5},
      {"iniciar sesión", login, title, 0.5},
      {"accedi", login, title, 0.5},
      {"please log in to continue", login, text, 0.4},
      {"please sign in to continue", login, text, 0.4},
      {"your session has expired", login, text, 0.4},
      {"forgot your password", login, text, 0.3},
      {"forgot password", login, text, 0.3},
      // There is no such page, whatever the status says.
      {"404", soft404, title, 0.5},
      {"page not found", soft404, title, 0.6},
      {"not found", soft404, title, 0.5},
      {"seite nicht gefunden", soft404, title, 0.75},
      {"page introuvable", soft404, title, 0.75},
      {"pagina non trovata", soft404, title, 0.75},
      {"page not found", soft404, text, 0.4},
      {"the page you requested", soft404, text, 0.3},
      {"the page you are looking for", soft404, text, 0.5},
      {"the page you were looking for", soft404, text, 0.5},
      {"we can't find the page", soft404, text, 0.6},
      {"we couldn't find the page", soft404, text, 0.6},
      {"this page doesn't exist", soft404, text, 0.6},
      {"this page does not exist", soft404, text, 0.6},
      {"could not be found", soft404, text, 0.3},
      {"seite wurde nicht gefunden", soft404, text, 0.6},
      // The site is broken, whatever the status says.
      {"error establishing a database connection", error, text, 0.95},
      {"there has been a critical error on this website", error, text, 0.95},
      {"fatal error: uncaught", error, text, 0.9},
      {"server error in '/' application", error, text, 0.95},
      {"whoops, looks like something went wrong", error, text, 0.9},
      {"traceback (most recent call last)", error, text, 0.75},
      {"unhandled exception", error, text, 0.6},
      {"an error occurred while processing your request", error, text, 0.75},
      {"internal server error", error, title, 0.8},
      {"internal server error", error, text, 0.6},
      {"500 internal", error, title, 0.8},
      {"502 bad gateway", error, title, 0.9},
      {"503 service", error, title, 0.8},
      {"504 gateway", error, title, 0.9},
      {"service unavailable", error, title, 0.75},
      {"application error", error, title, 0.75},
      {"database error", error, title, 0.75},
      {"index of /", error, title, 0.3},
      {"welcome to nginx!", error, title, 0.9},
      {"apache2 debian default page", error, title, 0.9},
      {"apache2 ubuntu default page", error, title, 0.9},
      {"iis windows server", error, title, 0.8},
      // Nobody serves this domain any more.
      {"domain is for sale", parked, text, 0.75},
      {"domain may be for sale", parked, text, 0.8},
      {"buy this domain", parked, text, 0.6},
      {"domain is parked", parked, text, 0.8},
      {"parked domain", parked, title, 0.8},
      {"domain parked", parked, title, 0.8},
      {"domain for sale", parked, title, 0.75},
      {"is for sale", parked, title, 0.5},
      {"parked free, courtesy of", parked, text, 0.9},
      {"this domain has expired", parked, text, 0.8},
      {"domain has expired", parked, text, 0.6},
      {"domain expired", parked, title, 0.8},
      {"this domain name has been registered", parked, text, 0.6},
      // It will be back.
      {"maintenance", maintenance, title, 0.6},
      {"under maintenance", maintenance, text, 0.5},
      {"down for maintenance", maintenance, text, 0.75},
      {"scheduled maintenance", maintenance, text, 0.5},
      {"briefly unavailable for scheduled maintenance", maintenance, text, 0.9},
      {"performing maintenance", maintenance, text, 0.6},
      {"be right back", maintenance, title, 0.6},
      {"we'll be back soon", maintenance, text, 0.6},
      {"will be back soon", maintenance, text, 0.5},
      {"under construction", maintenance, title, 0.75},
      {"wartungsarbeiten", maintenance, title, 0.75},
      {"wartungsarbeiten", maintenance, text, 0.5},
      {"wartungsmodus", maintenance, title, 0.8},
      {"site en maintenance", maintenance, text, 0.75},
      {"en mantenimiento", maintenance, text, 0.5},
  });
  std::ranges::sort(phrases, {}, [](const Phrase& phrase) { return phrase.text; });
  return phrases;
}();

/// The phrases that begin with `first`.
constexpr auto phrases_from(char first) noexcept {
  return std::ranges::equal_range(kPhrases, first, {},
                                  [](const Phrase& phrase) { return phrase.text.front(); });
}

/// Part of a URL that a page loads something from, or of the host where the answer came from.
struct Source {
  std::string_view part;
  PageClass speaks_for;
  double strength;
};
inline constexpr std::array kSources = {
    Source{"sedoparking.com", PageClass::parked, 0.9},
    Source{"parkingcrew.net", PageClass::parked, 0.9},
    Source{"bodis.com", PageClass::parked, 0.8},
    Source{"hugedomains.com", PageClass::parked, 0.9},
    Source{"afternic.com", PageClass::parked, 0.8},
    Source{"parklogic.com", PageClass::parked, 0.8},
    Source{"google.com/adsense/domains/caf.js", PageClass::parked, 0.9},
    Source{"geo.captcha-delivery.com", PageClass::captcha, 0.9},
    Source{"captcha.px-cdn.net", PageClass::captcha, 0.9},
    Source{"hcaptcha.com/1/api.js", PageClass::captcha, 0.4},
    Source{"google.com/recaptcha/", PageClass::captcha, 0.4},
    Source{"challenges.cloudflare.com/turnstile", PageClass::captcha, 0.4},
    Source{"/cdn-cgi/challenge-platform/h/", PageClass::block_challenge, 0.4},
};

/// A header that only some product for protection sends; `value` in lower case, empty: any.
struct Guard {
  std::string_view header, value, product;
};
inline constexpr std::array kGuards = {
    Guard{"cf-ray", "", "cloudflare"},
    Guard{"server", "cloudflare", "cloudflare"},
    Guard{"x-sucuri-id", "", "sucuri"},
    Guard{"x-iinfo", "", "imperva"},
    Guard{"x-cdn", "incapsula", "imperva"},
    Guard{"server", "akamaighost", "akamai"},
    Guard{"x-amzn-waf-action", "", "aws-waf"},
    Guard{"x-amz-cf-id", "", "cloudfront"},
    Guard{"x-datadome", "", "datadome"},
    Guard{"server", "ddos-guard", "ddos-guard"},
    Guard{"x-azure-ref", "", "azure-front-door"},
    Guard{"server", "bigip", "f5"},
};

/// A header by which a guard says itself that this is its page and not the site's.
inline constexpr std::array kChallenges = {
    Guard{"cf-mitigated", "challenge", "cloudflare"},
    Guard{"x-amzn-waf-action", "challenge", "aws-waf"},
    Guard{"x-amzn-waf-action", "captcha", "aws-waf"},
};

}  // namespace webmon::plugins
