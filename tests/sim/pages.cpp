#include "tests/sim/pages.hpp"

#include <algorithm>
#include <utility>

namespace webmon::sim {
namespace {

constexpr milliseconds kTotal{30'000};  // as fetch::FetchLimits

milliseconds time_of(Dice& dice, const WebFaults& faults) {
  if (dice.chance(faults.silent_permille)) return kTotal;
  if (dice.chance(faults.slow_permille))
    return dice.between(milliseconds{1'000}, milliseconds{15'000});
  return dice.between(milliseconds{5}, milliseconds{400});
}

milliseconds total_of(const fetch::FetchRequest& request) {
  return request.limits ? request.limits->total : kTotal;
}

std::string body_of(Dice& dice) {
  std::string body = "<!doctype html><title>t</title><p>some words of text</p>";
  for (auto i = dice.below(4); i > 0; --i) body += "<p>more";
  return body;
}

}  // namespace

SimPages::SimPages(World& world, Host& host, const WebFaults& faults,
                   std::function<void(const Url&)> on_poison)
    : world_{world}, host_{host}, faults_{faults}, on_poison_{std::move(on_poison)} {}

SimPages::~SimPages() {
  for (auto& [id, fetch] : open_) host_.loop().cancel(fetch.timer);
}

fetch::FetchId SimPages::start(fetch::FetchRequest request, Done done) {
  const auto id = ++last_;
  const auto took = std::min(time_of(world_.dice(), faults_), total_of(request));
  const auto timer = host_.in(took, [this, id] { finish(id); });
  open_.emplace(id, Fetch{std::move(request), std::move(done), world_.now(), timer});
  return id;
}

void SimPages::cancel(fetch::FetchId id) {
  const auto at = open_.find(id);
  if (at == open_.end()) return;
  host_.loop().cancel(at->second.timer);
  open_.erase(at);
}

Page SimPages::page_of(const Fetch& fetch) {
  const auto took = world_.now() - fetch.began;
  Page page;
  page.url = fetch.request.url;
  page.total = std::chrono::duration_cast<microseconds>(took);
  page.observed_at = fetch.request.observed_at + std::chrono::duration_cast<milliseconds>(took);
  page.hops.emplace_back();
  page.hops.back().url = page.url;
  page.hops.back().total = page.total;
  const bool is_late = took >= total_of(fetch.request);
  if (is_late || world_.dice().chance(faults_.down_permille)) {
    page.outcome = is_late ? Outcome::timeout : Outcome::connect;
    return page;
  }
  page.outcome = Outcome::ok;
  page.status = page.hops.back().status = 200;
  page.http_version = "1.1";
  page.headers = {{"content-type", "text/html"}};
  page.body = body_of(world_.dice());
  page.wire_bytes = page.body.size();
  return page;
}

void SimPages::finish(fetch::FetchId id) {
  const auto at = open_.find(id);
  auto fetch = std::move(at->second);
  open_.erase(at);
  if (fetch.request.url.host.starts_with("poison")) return on_poison_(fetch.request.url);
  fetch.done(page_of(fetch));
}

}  // namespace webmon::sim
