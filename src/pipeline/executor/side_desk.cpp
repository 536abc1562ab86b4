#include "pipeline/executor/side_desk.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace webmon::executor {
namespace {

constexpr std::size_t kCacheBytes = 32U << 20U;
constexpr seconds kFailureLifetime{600};
constexpr seconds kRefusalLifetime{60};  // of memory alone: the next look costs no round trip
constexpr milliseconds kHttpTotal{5'000};

/// What makes two requests the same. Another version of a plugin may keep something else.
std::string key_of(const SidePlan& plan) {
  const auto& request = plan.request;
  std::string key;
  key.reserve(8 + request.user_agent.size() + request.target.size());
  key += static_cast<char>(plan.plugin->number);
  key += static_cast<char>(plan.plugin->version);
  key += static_cast<char>(request.kind);
  key += request.user_agent;
  key += '\n';
  key += request.target;
  return key;
}

std::string digest_of(const std::string& key) {
  const auto hash = XXH3_128bits(key.data(), key.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

Side side_of(bool is_ok, StoreTime obtained, std::string text) {
  return std::make_shared<store::KeptSide>(
      store::KeptSide{.is_ok = is_ok, .obtained = obtained, .text = std::move(text)});
}

/// Whose partition of Redis keeps the answer; empty: it cannot be asked.
std::string host_of(const SideRequest& request, const SidePorts& ports) {
  switch (request.kind) {
    case SideRequest::Kind::http: {
      auto url = parse_url(request.target);
      return url ? std::move(url->host) : std::string{};
    }
    case SideRequest::Kind::dns:
      return ports.records != nullptr && fetch::Records::is_name(request.target) ? request.target
                                                                                 : std::string{};
    case SideRequest::Kind::exec:
      break;
  }
  return {};
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (;;) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == text.npos) return lines;
    text.remove_prefix(end + 1);
  }
}

/// As SideResult::answer tells.
std::string text_of(CheckAnswer&& ended) {
  constexpr std::array<std::string_view, 3> kEnds{"exited", "killed", "overran"};
  if (ended.end == CheckAnswer::End::refused) return std::move(ended.output);
  return fmt::format("{} {} {}\n{}", kEnds[static_cast<std::size_t>(ended.end)], ended.code,
                     ended.elapsed.count(), ended.output);
}

/// A digest is a plugin's code: what it throws must not reach the loop.
Side try_digest(const SideRequest& request, const Page& page, StoreTime obtained) {
  try {
    auto text = request.digest(page);
    if (text.size() <= kMaxSideAnswer) return side_of(true, obtained, std::move(text));
    return side_of(false, obtained, "digest_too_long");
  } catch (const std::exception&) {
    return side_of(false, obtained, "digest_failed");
  }
}

}  // namespace

milliseconds side_lifetime(const SideRequest& request, bool is_ok, int status) noexcept {
  const bool is_lasting = is_ok && status != 429 && status < 500;
  return is_lasting ? request.lifetime : std::min(request.lifetime, kFailureLifetime);
}

SideDesk::SideDesk(SidePorts ports) : ports_{ports}, cache_{kCacheBytes}, lanes_{{}} {}

SideDesk::~SideDesk() {
  for (const auto& [key, question] : questions_) {
    if (question.fetch != 0) ports_.pages.cancel(question.fetch);
    if (question.lookup != 0) ports_.records->drop(question.lookup);
  }
}

void SideDesk::count(std::atomic<std::uint64_t> SideCounters::*counter) noexcept {
  if (ports_.counters != nullptr)
    (ports_.counters->*counter).fetch_add(1, std::memory_order_relaxed);
}

SideDesk::Question* SideDesk::find(const Key& key) noexcept {
  const auto found = questions_.find(key);
  return found == questions_.end() ? nullptr : &found->second;
}

SideDesk::Ticket SideDesk::ask(const SidePlan& plan, StoreTime now, std::optional<unsigned> slot,
                               Done done) {
  auto key = key_of(plan);
  if (auto side = cache_.find(key, ports_.loop.now())) {
    count(&SideCounters::from_memory);
    done(std::move(side), false);
    return 0;
  }
  const Ticket ticket = ++last_ticket_;
  tickets_.emplace(ticket, key);
  auto* question = find(key);
  const bool is_new = question == nullptr;
  if (is_new) {
    question = &questions_[key];
    question->plugin = plan.plugin->number;
    question->request = plan.request;
    question->asked = now;
  }
  question->waiting.push_back({ticket, slot, std::move(done)});
  if (is_new) begin(key, *question);
  return tickets_.contains(ticket) ? ticket : 0;
}

void SideDesk::drop(Ticket ticket) {
  const auto found = tickets_.find(ticket);
  if (found == tickets_.end()) return;
  if (auto* question = find(found->second))
    std::erase_if(question->waiting, [&](const auto& one) { return one.ticket == ticket; });
  tickets_.erase(found);
}

void SideDesk::begin(const Key& key, Question& question) {
  if (question.request.kind == SideRequest::Kind::exec) return run_check(key, question);
  question.host = host_of(question.request, ports_);
  if (question.host.empty())
    return answer(key, side_of(false, question.asked, std::string{kSideUnsupported}), false);
  if (ports_.redis == nullptr) return go(key, question);
  look_in_redis(key, question);
}

/// It is not at hand: the world is asked.
void SideDesk::go(const Key& key, Question& question) {
  if (question.request.kind == SideRequest::Kind::dns) return look_up(key, question);
  enter_lane(key, question);
}

void SideDesk::run_check(const Key& key, const Question& question) {
  const auto asked = question.asked;
  if (ports_.checks == nullptr)
    return answer(key, side_of(false, asked, std::string{kSideUnsupported}), false);
  count(&SideCounters::asked);
  ports_.checks->run(lines_of(question.request.target), question.request.deadline,
                     [this, key, asked](CheckAnswer&& ended) {
                       const bool is_ok = ended.end != CheckAnswer::End::refused;
                       answer(key, side_of(is_ok, asked, text_of(std::move(ended))), true);
                     });
}

void SideDesk::look_in_redis(const Key& key, const Question& question) {
  store::Batch batch;
  store::add_side(batch, ports_.keys->side(question.host, digest_of(key)));
  ports_.redis->send(std::move(batch), [this, key](auto replies) {
    auto& asked = *find(key);
    auto kept = replies && !replies->empty() ? store::read_side(replies->front()) : std::nullopt;
    const auto left =
        kept ? side_lifetime(asked.request, kept->is_ok, 0) - (asked.asked - kept->obtained)
             : milliseconds{0};
    if (left <= milliseconds{0}) return go(key, asked);
    const auto side = std::make_shared<const store::KeptSide>(std::move(*kept));
    // Redis alone knows of a shorter life.
    cache_.keep(key, side, ports_.loop.now() + std::min<milliseconds>(left, kFailureLifetime));
    count(&SideCounters::from_redis);
    answer(key, side, false);
  });
}

void SideDesk::enter_lane(const Key& key, Question& question) {
  switch (lanes_.enter(question.host, key, ports_.loop.now())) {
    case HostLanes::Turn::now:
      return perform(key, question);
    case HostLanes::Turn::later:
      return;
    case HostLanes::Turn::refused:
      return refuse(key, question);
  }
}

void SideDesk::refuse(const Key& key, const Question& question) {
  count(&SideCounters::refused);
  const auto refused = side_of(false, question.asked, std::string{kSideOverBudget});
  cache_.keep(key, refused, ports_.loop.now() + kRefusalLifetime);
  answer(key, refused, false);
}

void SideDesk::look_up(const Key& key, Question& question) {
  question.lookup =
      ports_.records->ask(question.request.target, [this, key](const fetch::RecordAnswer& records) {
        auto& asked = *find(key);
        asked.lookup = 0;
        const auto side = side_of(records.is_ok, asked.asked, records.text);
        keep(key, asked, side, side_lifetime(asked.request, records.is_ok, 0));
        answer(key, side, true);
      });
  if (question.lookup == 0) return refuse(key, question);
  count(&SideCounters::asked);
}

void SideDesk::perform(const Key& key, Question& question) {
  fetch::FetchRequest request;
  request.url = *parse_url(question.request.target);
  if (!question.request.user_agent.empty())
    request.headers.emplace_back("user-agent", question.request.user_agent);
  request.observed_at = question.asked;
  request.limits = ports_.limits;
  request.limits->total = std::min(request.limits->total, kHttpTotal);
  request.limits->body_bytes = std::min(request.limits->body_bytes, question.request.max_bytes);
  count(&SideCounters::asked);
  question.fetch = ports_.pages.start(std::move(request),
                                      [this, key](Page&& page) { on_page(key, std::move(page)); });
}

void SideDesk::on_page(const Key& key, const Page& page) {
  auto& question = *find(key);
  question.fetch = 0;
  const auto side = digest(question, page);
  if (page.outcome != Outcome::inconclusive)
    keep(key, question, side, side_lifetime(question.request, side->is_ok, page.status));
  const auto host = question.host;
  answer(key, side, true);
  if (const auto next = lanes_.leave(host)) perform(*next, *find(*next));
}

Side SideDesk::digest(const Question& question, const Page& page) {
  const bool is_answer = page.outcome == Outcome::ok || page.outcome == Outcome::too_large;
  if (!is_answer) return side_of(false, question.asked, std::string{to_string(page.outcome)});
  const auto slot =
      question.waiting.empty() ? std::optional<unsigned>{} : question.waiting.front().slot;
  if (ports_.mark) ports_.mark(slot, question.plugin);
  auto side = try_digest(question.request, page, question.asked);
  if (ports_.mark) ports_.mark(slot, 0);
  return side;
}

void SideDesk::keep(const Key& key, const Question& question, const Side& side,
                    milliseconds lifetime) {
  if (lifetime <= milliseconds{0}) return;
  cache_.keep(key, side, ports_.loop.now() + lifetime);
  if (ports_.redis == nullptr) return;
  store::Batch batch;
  store::add_keep_side(batch, ports_.keys->side(question.host, digest_of(key)), *side, lifetime);
  ports_.redis->send(std::move(batch), [](const auto&) {});  // lost: it is asked once more
}

/// The question is over; those who wait may ask and drop others meanwhile.
void SideDesk::answer(const Key& key, const Side& side, bool is_fresh) {
  auto question = questions_.extract(key);
  for (auto& waiter : question.mapped().waiting)
    if (tickets_.erase(waiter.ticket) > 0) waiter.done(side, is_fresh);
}

}  // namespace webmon::executor
