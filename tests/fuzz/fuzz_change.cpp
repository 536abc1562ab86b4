// Whatever is in the memory of a page, and whatever the page is: a memory that reads is written as
// it was, what is kept stays within its bound, scores are numbers, and a page that was accepted is
// none to warn of when it comes again. The first two bytes of an input say how many of the rest are
// the memory, the low one first; then comes the page.
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/change/explain.hpp"
#include "lib/change/memory_codec.hpp"
#include "lib/change/page_watch.hpp"
#include "lib/html/extract.hpp"
#include "require.hpp"

namespace {

using namespace webmon;

void require_round_trip(std::string_view memory) {
  const auto read = change::decode(memory);
  if (!read) return;
  const auto again = change::decode(change::encode(*read));
  require(again && change::encode(*again) == change::encode(*read), "a memory is not what it was");
}

change::Verdict see(const Page& page, std::string& memory) {
  // What follows the head is not looked at where the page is as it was.
  const bool was_readable = memory.empty() || change::decode(memory);
  change::Verdict verdict = change::watch(page, memory);
  require(std::isfinite(verdict.score.value), "a score is no number");
  require(memory.size() <= change::kMaxMemory, "a memory is beyond its bound");
  require(!was_readable || change::decode(memory), "a memory does not read any more");
  if (verdict.is_alert) require(!change::explain(verdict).message.empty(), "an alert says nothing");
  return verdict;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view all{reinterpret_cast<const char*>(data), size};
  std::string memory{all.substr(2, data[0] + 256U * data[1])};
  require_round_trip(memory);
  Page page;
  page.url = *parse_url("https://shop.example/");
  page.outcome = Outcome::ok;
  page.status = 200;
  page.body = all.substr(2 + memory.size());
  page.observed_at = store_time_ms(1'700'000'000'000);
  extract_features(page.body, "text/html", page.features);
  const bool was_alert = see(page, memory).is_alert;
  const bool is_alert = see(page, memory).is_alert;
  require(was_alert || !is_alert, "an accepted page is an alert when it comes again");
  return 0;
}
