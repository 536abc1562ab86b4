// The schedule's index and its two scripts.
#include <map>

#include "lib/store/redis_fixture.hpp"
#include "lib/store/schedule.hpp"

namespace webmon::store {
namespace {

class Schedule : public RedisTest {
 protected:
  std::optional<StoreTime> time_of(AssetId id) {
    return ask(
               [&](Batch& b) {
                 add_next_times(b, keys_, id.partition(), {&id, 1});
               },
               read_next_times)
        .front();
  }
  void set_time(AssetId id, std::int64_t ms) {
    tell([&](Batch& b) { add_set_next_time(b, keys_, id, store_time_ms(ms)); });
  }
  std::optional<PlanFields> fields_of(AssetId id) {
    return ask([&](Batch& b) { add_plan_fields(b, keys_, id); }, read_plan_fields);
  }
  PlannedCheck check_of(const Asset& asset, std::int64_t planned = 1'000,
                        std::int64_t next = 301'000) {
    PlannedCheck check;
    check.asset = asset.id;
    check.job = make_id<JobId>(store_time_ms(1), rng_, asset.id.partition());
    check.host = asset.url.host;
    check.planned = store_time_ms(planned);
    check.next = store_time_ms(next);
    const auto fields = fields_of(asset.id);
    if (fields) check.last_job = fields->last_job;
    return check;
  }
  std::vector<Scheduled> schedule(const std::vector<PlannedCheck>& checks) {
    return ask([&](Batch& b) { add_schedule(b, keys_, checks); },
               [&](const Reply& r) { return read_schedule(r, checks.size()); });
  }
  Scheduled schedule(const PlannedCheck& check) { return schedule(std::vector{check}).front(); }
  JobRef job_of(const PlannedCheck& check) { return {check.job, check.asset, {}, check.host}; }
  Asset update(const Asset& before, const std::function<void(Asset&)>& change) {
    auto after = before;
    change(after);
    const auto updated =
        ask([&](Batch& b) { add_asset_update(b, keys_, before, after); }, read_asset_update);
    EXPECT_EQ(updated.kind, Updated::Kind::updated);
    after.version = updated.version;
    return after;
  }
  std::map<std::string, std::string> hash(const std::string& key) {
    Batch batch;
    batch.add({"HGETALL", key});
    const auto replies = call(std::move(batch));
    std::map<std::string, std::string> fields;
    for (std::size_t i = 0; i + 1 < replies[0].items.size(); i += 2)
      fields[replies[0].items[i].text] = replies[0].items[i + 1].text;
    return fields;
  }
};

TEST(PlanText, SaysWhatTheSchedulerNeedsAndReadsBack) {
  Asset asset;
  asset.url = parse_url("http://a.example/").value();
  struct Case {
    const char* name;
    std::optional<seconds> interval;
    std::vector<std::string> tags;
    const char* want;
  };
  const Case cases[] = {{"bare", std::nullopt, {}, "0 a.example"},
                        {"its own interval", seconds{60}, {}, "60000 a.example"},
                        {"a tag", std::nullopt, {"eu"}, "0 a.example eu"},
                        {"all", seconds{5}, {"eu", "shop"}, "5000 a.example eu,shop"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    asset.interval = c.interval;
    asset.tags = c.tags;
    EXPECT_EQ(plan_text(asset), c.want);
    const auto fields = parse_plan_text(c.want);
    ASSERT_TRUE(fields);
    EXPECT_TRUE(fields->is_enabled);
    EXPECT_EQ(fields->interval, c.interval);
    EXPECT_EQ(fields->host, "a.example");
    EXPECT_EQ(fields->tags, c.tags);
  }
  asset.enabled = false;
  EXPECT_EQ(plan_text(asset), "off");
  EXPECT_FALSE(parse_plan_text("off").value().is_enabled);
  for (const auto* bad : {"", "x a.example", "0", "0 "}) EXPECT_FALSE(parse_plan_text(bad)) << bad;
}

TEST_F(Schedule, ANewAssetIsDueAtOnceAndADisabledOneNever) {
  const auto before = now();
  const auto asset = create();
  const auto at = time_of(asset.id);
  ASSERT_TRUE(at);
  EXPECT_GE(*at, before);
  EXPECT_LE(*at, now());
  auto off = new_asset();
  off.enabled = false;
  ask([&](Batch& b) { add_asset_create(b, keys_, off); }, read_asset_create);
  EXPECT_FALSE(time_of(off.id));
  EXPECT_FALSE(fields_of(off.id)->is_enabled);
  // A repeat of the same URL changes nothing, not even the time.
  set_time(asset.id, 7'000);
  auto again = new_asset(asset.url.text);
  ask([&](Batch& b) { add_asset_create(b, keys_, again); }, read_asset_create);
  EXPECT_EQ(time_of(asset.id), store_time_ms(7'000));
  EXPECT_FALSE(time_of(again.id));
}

TEST_F(Schedule, TheScanGivesWhatIsDueOldestFirst) {
  std::vector<Asset> assets;
  for (const auto ms : {3'000, 1'000, 2'000, 9'000}) {
    assets.push_back(create());
    set_time(assets.back().id, ms);
  }
  const auto scan = [&](std::size_t limit) {
    return ask(
        [&](Batch& b) {
          add_schedule_scan(b, keys_, assets[0].id.partition(), store_time_ms(3'000), limit);
        },
        read_schedule_scan);
  };
  const auto due = scan(10);
  ASSERT_EQ(due.size(), 3U);
  EXPECT_EQ(due[0].asset, assets[1].id);
  EXPECT_EQ(due[0].planned, store_time_ms(1'000));
  EXPECT_EQ(due[1].asset, assets[2].id);
  EXPECT_EQ(due[2].asset, assets[0].id);
  EXPECT_EQ(scan(2).size(), 2U);
  Batch batch;
  add_schedule_counts(batch, keys_, assets[0].id.partition(), store_time_ms(3'000));
  const auto counts = read_schedule_counts(call(std::move(batch))).value();
  EXPECT_EQ(counts.planned, 4U);
  EXPECT_EQ(counts.overdue, 3U);
}

TEST_F(Schedule, MakesTheSameRecordAsASubmission) {
  const auto asset = create();
  const auto other = create();
  set_time(asset.id, 1'000);
  const auto check = check_of(asset);
  const auto before = now();
  EXPECT_EQ(schedule(check), Scheduled::created);
  const auto by_submit = submitted(other);
  auto mine = hash(keys_.job(check.job));
  auto theirs = hash(keys_.job(by_submit.id));
  EXPECT_NEAR(std::stod(mine["ct"]), std::stod(theirs["ct"]), 5'000);
  EXPECT_EQ(theirs["aid"], other.id.text());
  EXPECT_EQ(mine["aid"], asset.id.text());
  for (const auto* own : {"ct", "aid"}) {
    mine.erase(own);
    theirs.erase(own);
  }
  EXPECT_EQ(mine, theirs);
  EXPECT_EQ(time_of(asset.id), store_time_ms(301'000));
  EXPECT_EQ(fields_of(asset.id)->last_job, check.job);
  EXPECT_GE(pend_score(job_of(check)), to_ms(before + kHintGrace));
  EXPECT_LE(pend_score(job_of(check)), to_ms(now() + kHintGrace));
}

TEST_F(Schedule, AScheduledJobIsClaimedCommittedAndForgotten) {
  const auto asset = create();
  set_time(asset.id, 1'000);
  const auto check = check_of(asset);
  ASSERT_EQ(schedule(check), Scheduled::created);
  const auto token = claimed(job_of(check));
  EXPECT_EQ(finish(job_of(check), token), Finished::done);
  EXPECT_EQ(head_of(asset.id)->n, 1U);
  EXPECT_FALSE(record(job_of(check)));
}

TEST_F(Schedule, OfTwoLeadersOnlyOneMakesTheJob) {
  const auto asset = create();
  set_time(asset.id, 1'000);
  const auto one = check_of(asset, 1'000, 301'000);
  const auto other = check_of(asset, 1'000, 302'000);
  EXPECT_EQ(schedule(one), Scheduled::created);
  EXPECT_EQ(schedule(other), Scheduled::moved);
  EXPECT_EQ(time_of(asset.id), store_time_ms(301'000));
  EXPECT_FALSE(record(job_of(other)));
  EXPECT_FALSE(is_pending(job_of(other)));
  EXPECT_EQ(fields_of(asset.id)->last_job, one.job);
}

TEST_F(Schedule, WhileTheLastJobHasNotEndedOnlyTheTimeMovesOn) {
  const auto asset = create();
  set_time(asset.id, 1'000);
  const auto first = check_of(asset);
  ASSERT_EQ(schedule(first), Scheduled::created);
  const auto second = check_of(asset, 301'000, 601'000);
  EXPECT_EQ(schedule(second), Scheduled::busy) << "ready";
  EXPECT_FALSE(record(job_of(second)));
  EXPECT_EQ(time_of(asset.id), store_time_ms(601'000));
  EXPECT_EQ(fields_of(asset.id)->last_job, first.job);

  const auto token = claimed(job_of(first));
  const auto third = check_of(asset, 601'000, 901'000);
  EXPECT_EQ(schedule(third), Scheduled::busy) << "leased";
  ASSERT_EQ(finish(job_of(first), token), Finished::done);
  const auto fourth = check_of(asset, 901'000, 1'201'000);
  EXPECT_EQ(schedule(fourth), Scheduled::created);
}

TEST_F(Schedule, ADeadJobDoesNotHoldUpTheNextCheck) {
  const auto asset = create();
  set_time(asset.id, 1'000);
  const auto first = check_of(asset);
  ASSERT_EQ(schedule(first), Scheduled::created);
  for (int i = 0; i < kMaxAttempts; ++i) {
    make_due(job_of(first));
    const auto token = claimed(job_of(first));
    release(job_of(first), token, {Release::Kind::retry, 0, "x", 500});
  }
  ASSERT_EQ(record(job_of(first))->state, JobState::dead);
  EXPECT_EQ(schedule(check_of(asset, 301'000, 601'000)), Scheduled::created);
}

TEST_F(Schedule, ARemovedAssetLeavesNoTime) {
  const auto asset = create();
  remove(asset);
  EXPECT_FALSE(time_of(asset.id));
  EXPECT_FALSE(fields_of(asset.id));
  set_time(asset.id, 1'000);  // left by a crash in between, say
  const auto check = check_of(asset);
  EXPECT_EQ(schedule(check), Scheduled::no_asset);
  EXPECT_FALSE(time_of(asset.id));
  EXPECT_FALSE(record(job_of(check)));
}

TEST_F(Schedule, AnswersEachCheckOfOneScriptByItself) {
  const auto good = create();
  const auto gone = create();
  const auto moved = create();
  const auto last = create();
  for (const auto& asset : {good, gone, moved, last}) set_time(asset.id, 1'000);
  const std::vector checks{check_of(good), check_of(gone), check_of(moved, 999), check_of(last)};
  remove(gone);
  set_time(gone.id, 1'000);
  EXPECT_EQ(schedule(checks), (std::vector{Scheduled::created, Scheduled::no_asset,
                                           Scheduled::moved, Scheduled::created}));
}

TEST_F(Schedule, PausingTakesTheTimeAwayAndResumingIsDueNow) {
  auto asset = create();
  set_time(asset.id, 5'000);
  const auto read_before = check_of(asset, 5'000);
  asset = update(asset, [](Asset& a) { a.enabled = false; });
  EXPECT_FALSE(time_of(asset.id));
  EXPECT_FALSE(fields_of(asset.id)->is_enabled);
  EXPECT_EQ(schedule(read_before), Scheduled::moved) << "a pass under way makes no job of it";
  EXPECT_FALSE(time_of(asset.id));
  const auto before = now();
  asset = update(asset, [](Asset& a) { a.enabled = true; });
  ASSERT_TRUE(time_of(asset.id));
  EXPECT_GE(*time_of(asset.id), before);
  EXPECT_TRUE(fields_of(asset.id)->is_enabled);
}

TEST_F(Schedule, AnotherIntervalIsDueNowAndOtherChangesKeepTheTime) {
  auto asset = create();
  set_time(asset.id, 5'000);
  asset = update(asset, [](Asset& a) { a.tls_verify = false; });
  EXPECT_EQ(time_of(asset.id), store_time_ms(5'000));
  asset = update(asset, [](Asset& a) { a.tags = {"eu"}; });
  EXPECT_EQ(time_of(asset.id), store_time_ms(5'000));
  EXPECT_EQ(fields_of(asset.id)->tags, std::vector<std::string>{"eu"});
  asset = update(asset, [](Asset& a) { a.interval = seconds{60}; });
  EXPECT_GT(*time_of(asset.id), store_time_ms(5'000));
  EXPECT_EQ(fields_of(asset.id)->interval, seconds{60});
  set_time(asset.id, 5'000);
  asset = update(asset, [](Asset& a) { a.interval.reset(); });
  EXPECT_GT(*time_of(asset.id), store_time_ms(5'000));
  // Paused assets have none, whatever is changed.
  asset = update(asset, [](Asset& a) { a.enabled = false; });
  asset = update(asset, [](Asset& a) { a.interval = seconds{30}; });
  asset = update(asset, [](Asset& a) { a.tags = {"us"}; });
  EXPECT_FALSE(time_of(asset.id));
}

TEST_F(Schedule, ATagGivesATimeToAnAssetThatHasNone) {
  auto asset = create();
  tell([&](Batch& b) { add_set_next_time(b, keys_, asset.id, std::nullopt); });
  asset = update(asset, [](Asset& a) { a.tags = {"often"}; });
  EXPECT_TRUE(time_of(asset.id));
}

TEST_F(Schedule, AnAssetWithoutIntervalIsStoredAsBeforeThereWereAny) {
  auto asset = create();
  const auto name = keys_.asset(asset.id);
  EXPECT_EQ(redis({"HGET", name, "doc"}).find("interval_s"), std::string::npos);
  update(asset, [](Asset& a) { a.interval = seconds{60}; });
  EXPECT_NE(redis({"HGET", name, "doc"}).find("\"interval_s\":60"), std::string::npos);
  EXPECT_EQ(head_of(asset.id)->asset.interval, seconds{60});
}

TEST_F(Schedule, ARepairHappensOnlyWhereNothingHasChangedSince) {
  const auto asset = create();
  set_time(asset.id, 9'000);
  const auto replan = [&](Replan one) {
    one.asset = asset.id;
    return ask([&](Batch& b) { add_replan(b, keys_, {&one, 1}); }, read_replan);
  };
  const auto text = fields_of(asset.id)->text;
  const auto was = store_time_ms(9'000);
  const auto want = store_time_ms(4'000);
  EXPECT_EQ(replan({{}, store_time_ms(8'999), want, text, text}), 0U) << "another time";
  EXPECT_EQ(replan({{}, std::nullopt, want, text, text}), 0U) << "it has a time";
  EXPECT_EQ(replan({{}, was, want, "off", text}), 0U) << "other fields";
  EXPECT_EQ(time_of(asset.id), was);
  EXPECT_EQ(replan({{}, was, want, text, text}), 1U);
  EXPECT_EQ(time_of(asset.id), want);
  EXPECT_EQ(replan({{}, want, std::nullopt, text, text}), 1U);
  EXPECT_FALSE(time_of(asset.id));
  EXPECT_EQ(replan({{}, std::nullopt, want, text, text}), 1U);
  EXPECT_EQ(time_of(asset.id), want);
}

TEST_F(Schedule, ARepairWritesTheMissingFieldOnlyIfTheAssetIsThere) {
  const auto asset = create();
  const auto text = fields_of(asset.id)->text;
  const auto at = store_time_ms(4'000);
  redis({"HDEL", keys_.asset(asset.id), "sc"});  // as a build without schedule left it
  redis({"ZREM", keys_.next(asset.id.partition()), asset.id.text()});
  EXPECT_FALSE(fields_of(asset.id));
  const Replan one{asset.id, std::nullopt, at, "", text};
  EXPECT_EQ(ask([&](Batch& b) { add_replan(b, keys_, {&one, 1}); }, read_replan), 1U);
  EXPECT_EQ(fields_of(asset.id)->text, text);
  EXPECT_EQ(time_of(asset.id), at);
  remove(head_of(asset.id)->asset);
  EXPECT_EQ(ask([&](Batch& b) { add_replan(b, keys_, {&one, 1}); }, read_replan), 0U);
  EXPECT_EQ(redis({"EXISTS", keys_.asset(asset.id)}), "0") << "no ghost of it is left";
  EXPECT_FALSE(time_of(asset.id));
}

}  // namespace
}  // namespace webmon::store
