#include "tests/sim/client.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "lib/store/fleet.hpp"

namespace webmon::sim {
namespace {

constexpr milliseconds kAgain{400};
constexpr std::size_t kMostRemembered = 64;

}  // namespace

/// The api process, as far as jobs and assets go.
struct Client::Api {
  Api(World& world, RedisHost& redis, Wires& wires, const store::Keys& keys)
      : host{world, "api"},
        link{host, redis},
        sender{wires},
        jobs{link, keys, sender, host.clock(), host.rng()} {}

  Host host;
  Link link;
  SimJobSender sender;
  JobsApi jobs;
  std::shared_ptr<int> alive = std::make_shared<int>(0);
};

Client::Client(World& world, RedisHost& redis, Wires& wires, Ledger& ledger,
               ClientSettings settings)
    : world_{world},
      redis_{redis},
      wires_{wires},
      ledger_{ledger},
      settings_{settings},
      host_{world, "client"} {
  start_api();
  step();
}

Client::~Client() = default;

void Client::kill_api() { api_.reset(); }

void Client::start_api() {
  if (!api_) api_ = std::make_unique<Api>(world_, redis_, wires_, keys_);
}

std::string Client::new_url() {
  static constexpr const char* kHosts[] = {"a.example", "b.example", "c.example"};
  const auto page = std::to_string(++pages_);
  if (settings_.has_poison && pages_ == 3) return "http://poison.example/" + page;
  return "http://" + std::string{kHosts[world_.dice().below(3)]} + "/" + page;
}

/// One thing a user does; then another, a little later.
void Client::step() {
  auto& dice = world_.dice();
  host_.in(dice.between(milliseconds{20}, milliseconds{600}), [this] { step(); });
  if (!api_ || !api_->link.is_up()) return;
  if (!wanted_.empty()) return try_run(wanted_.front());
  if (assets_.size() < settings_.assets && !is_winding_down_) return create_asset(new_url());
  if (is_winding_down_) {
    if (const auto open = unpaused(); !open.empty()) change_asset(open.front());
    return;
  }
  if (assets_.empty()) return;
  const auto what = dice.below(100);
  if (what < 45) return start_run();
  if (what < 60) return cancel_some();
  auto at = assets_.begin();
  std::advance(at, dice.below(assets_.size()));
  if (what < 75) return change_asset(at->second);
}

// ---- assets

/// Those that the scheduler goes on with, seen behind everybody's back.
std::vector<AssetId> Client::unpaused() const {
  std::vector<AssetId> ids;
  if (!settings_.interval) return ids;
  redis_.store().each_key("wm:{p", [&](const Record& record) {
    const auto at = record.key.find("}:a:");
    const auto* asset = std::get_if<Hash>(&record.value);
    if (at == std::string::npos || asset == nullptr || *asset->find("state") == "paused") return;
    ids.push_back(parse_id<AssetId>(record.key.substr(at + 4)).value());
  });
  std::ranges::sort(ids);
  return ids;
}

void Client::create_asset(const std::string& url) {
  Asset asset;
  asset.url = parse_url(url).value();
  asset.id =
      make_id<AssetId>(world_.wall(), world_.dice().rng(), partition_of_host(asset.url.host));
  asset.tags = {"t" + std::to_string(world_.dice().below(3))};
  asset.request.emplace().headers = {{"x-secret", std::string{kCanary}}};
  asset.interval = settings_.interval;
  asset.created = asset.updated = world_.wall();
  store::Batch batch;
  store::add_asset_create(batch, keys_, asset);
  api_->link.send(std::move(batch), [this, url](Result<std::vector<store::Reply>> replies) {
    if (!replies) return;
    if (const auto created = store::read_asset_create(replies->front())) assets_[url] = created->id;
  });
}

void Client::change_asset(AssetId id) {
  store::Batch batch;
  store::add_asset_head(batch, keys_, id);
  api_->link.send(std::move(batch), [this, id](Result<std::vector<store::Reply>> replies) {
    if (!replies) return;
    const auto head = store::read_asset_head(replies->front());
    if (!head) return ledger_.violated("asset does not read: " + head.error().detail);
    if (!*head) {  // lost with a rollback, or removed
      std::erase_if(assets_, [id](const auto& known) { return known.second == id; });
      return;
    }
    if (!is_winding_down_ && world_.dice().chance(250)) return remove_asset((*head)->asset);
    update_asset((*head)->asset);
  });
}

void Client::update_asset(const Asset& before) {
  auto after = before;
  if (is_winding_down_)
    after.enabled = false;
  else if (world_.dice().chance(500))
    after.enabled = !after.enabled;
  else
    after.tags = {"t" + std::to_string(world_.dice().below(3))};
  after.updated = world_.wall();
  store::Batch batch;
  store::add_asset_update(batch, keys_, before, after);
  api_->link.send(std::move(batch), [](const Result<std::vector<store::Reply>>&) {});
}

void Client::remove_asset(const Asset& asset) {
  store::Batch batch;
  store::add_asset_remove(batch, keys_, asset, 0);
  api_->link.send(std::move(batch),
                  [this, url = asset.url.text](Result<std::vector<store::Reply>> replies) {
                    if (replies && store::read_asset_remove(replies->front())) assets_.erase(url);
                  });
}

// ---- runs

void Client::start_run() {
  Run run;
  run.key = "run-" + std::to_string(++runs_);
  run.wants_snapshot = world_.dice().chance(400);
  for (const auto& [url, id] : assets_)
    if (world_.dice().chance(url.find("poison") == std::string::npos ? 400 : 80))
      run.targets.push_back({id, parse_url(url)->host});
  if (run.targets.empty()) return;
  wanted_.push_back(std::move(run));
  try_run(wanted_.front());
}

void Client::try_run(const Run& run) {
  if (std::exchange(is_busy_, true)) return;
  host_.in(seconds{8}, [this, key = run.key] {  // the api died with it: once more
    if (!wanted_.empty() && wanted_.front().key == key) is_busy_ = false;
  });
  api_->jobs.start_run({"ids", run.key, "fingerprint"}, fixed_source(run.targets),
                       [this, run](Result<RunStarted> started) {
                         is_busy_ = false;
                         if (!started || wanted_.empty() || wanted_.front().key != run.key) return;
                         wanted_.pop_front();
                         on_run(run, *started);
                       });
}

void Client::on_run(const Run& run, const RunStarted& started) {
  if (started.kind == RunStarted::Kind::mismatch)
    return ledger_.violated("run " + run.key + ": its own key is said to be another's");
  for (const auto id : started.jobs)
    if (jobs_.size() < kMostRemembered)
      jobs_.push_back(id);
    else
      world_.dice().any(jobs_) = id;
  if (!run.wants_snapshot || started.kind == RunStarted::Kind::retired) return;
  wires_.ask(api_->host, api_->alive, "SNAPSHOT NOW",
             [this, epoch = started.epoch, jobs = started.jobs](const std::string& reply) {
               if (boost::json::parse(reply).as_object().at("ok").as_bool()) confirm(epoch, jobs);
             });
}

/// The snapshot was taken; is the epoch that the run was promised among what it holds?
void Client::confirm(std::uint64_t epoch, std::vector<JobId> jobs) {
  store::Batch batch;
  store::add_snap_state(batch, keys_);
  store::add_persistence(batch);
  api_->link.send(std::move(batch),
                  [this, epoch, jobs = std::move(jobs)](Result<std::vector<store::Reply>> replies) {
                    if (!replies) return;
                    const auto snap = store::read_snap_state((*replies)[0]);
                    const auto redis = store::read_persistence((*replies)[1]);
                    if (!snap || !redis || snap->boot != redis->run_id || epoch > snap->durable)
                      return;
                    for (const auto& [first, last] : snap->lost)
                      if (first <= epoch && epoch <= last) return;
                    for (const auto id : jobs) promised_.insert(id.text());
                    check_promises();
                  });
}

void Client::check_promises() const {
  const auto& books = ledger_.books().jobs;
  for (const auto& id : promised_)
    if (!books.contains(id)) ledger_.violated("I1: durable job " + id + " is gone");
}

void Client::cancel_some() {
  if (jobs_.empty()) return;
  const auto id = world_.dice().any(jobs_);
  store::Batch batch;
  store::add_job_head(batch, keys_, id);
  api_->link.send(std::move(batch), [this, id](Result<std::vector<store::Reply>> replies) {
    if (!replies || !api_) return;
    const auto head = store::read_job_head(id, replies->front());
    if (!head || !*head) return;
    store::Batch cancel;
    store::add_cancel(cancel, keys_, (*head)->ref);
    api_->link.send(std::move(cancel), [](const Result<std::vector<store::Reply>>&) {});
  });
}

}  // namespace webmon::sim
