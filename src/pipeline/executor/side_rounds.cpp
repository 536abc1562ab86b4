#include "pipeline/executor/side_rounds.hpp"

#include <algorithm>
#include <utility>

namespace webmon::executor {
namespace {

/// What stands for an answer until there is one.
Side not_yet() {
  static const Side kNotYet = std::make_shared<store::KeptSide>(
      store::KeptSide{.is_ok = false, .obtained = {}, .text = std::string{kSideNotYet}});
  return kNotYet;
}

bool is_same(const SidePlan& plan, const SideAnswer& answer) {
  return plan.plugin->number == answer.plugin && plan.request.kind == answer.request.kind &&
         plan.request.target == answer.request.target &&
         plan.request.user_agent == answer.request.user_agent;
}

}  // namespace

SideRounds::SideRounds(SideDesk& desk, Loop& loop, StoreTime now, std::optional<unsigned> slot,
                       Plan plan, std::function<void()> done)
    : desk_{desk},
      loop_{loop},
      now_{now},
      slot_{slot},
      plan_{std::move(plan)},
      done_{std::move(done)} {}

SideRounds::~SideRounds() {
  loop_.cancel(timer_);
  for (const auto ticket : tickets_) desk_.drop(ticket);
}

void SideRounds::next_round() {
  if (round_++ == kSideRounds) return end();
  auto wishes = new_wishes();
  if (wishes.empty()) return end();
  const bool has_exec = std::ranges::any_of(
      wishes, [](const SidePlan& wish) { return wish.request.kind == SideRequest::Kind::exec; });
  answers_.reserve(answers_.size() + wishes.size());
  ++open_;  // for this loop, so that answers at hand do not end the round before all are asked
  for (auto& wish : wishes) ask(std::move(wish), has_exec ? kExecWait : kSideWait);
  arrive();
}

std::vector<SidePlan> SideRounds::new_wishes() {
  auto wishes = plan_(answers_);
  std::erase_if(wishes, [&](const SidePlan& plan) {
    return std::ranges::any_of(answers_, [&](const auto& one) { return is_same(plan, one); });
  });
  const auto room = kSidesPerCheck - answers_.size();
  if (wishes.size() > room) wishes.resize(room);
  return wishes;
}

void SideRounds::ask(SidePlan&& plan, milliseconds wait) {
  const auto index = answers_.size();
  answers_.push_back({plan.plugin->number, {}, not_yet()});
  ++open_;
  const auto ticket = desk_.ask(plan, now_, slot_, [this, index](Side side, bool is_fresh) {
    answers_[index].side = std::move(side);
    answers_[index].is_fresh = is_fresh;
    arrive();
  });
  answers_[index].request = std::move(plan.request);
  if (ticket == 0) return;
  tickets_.push_back(ticket);
  if (timer_ == 0) timer_ = loop_.after(wait, [this] { give_up(); });
}

void SideRounds::arrive() {
  if (--open_ > 0) return;
  tickets_.clear();
  next_round();
}

void SideRounds::give_up() {
  timer_ = 0;
  for (const auto ticket : std::exchange(tickets_, {})) desk_.drop(ticket);
  end();
}

void SideRounds::end() {
  loop_.cancel(std::exchange(timer_, 0));
  const auto done = std::move(done_);
  done();
}

}  // namespace webmon::executor
