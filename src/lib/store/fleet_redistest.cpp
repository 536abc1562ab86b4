#include "lib/store/redis_fixture.hpp"

namespace webmon::store {
namespace {

class Fleet : public RedisTest {
 protected:
  SnapState snap() {
    return ask([&](Batch& b) { add_snap_state(b, keys_); }, read_snap_state);
  }
  Result<void> check_meta() {
    Batch batch;
    add_meta_check(batch, keys_);
    return read_meta_check(call(std::move(batch))[0]);
  }
};

TEST_F(Fleet, MetaIsWrittenOnceAndChecked) {
  EXPECT_TRUE(check_meta());
  EXPECT_EQ(redis({"HGET", keys_.meta(), "partitions"}), "64");
  EXPECT_TRUE(check_meta());
}

TEST_F(Fleet, MetaOfANewerSchemaIsRefusedOnlyIfItSaysThatWeCannotReadIt) {
  redis({"HSET", keys_.meta(), "schema", "9", "min_reader", "1", "partitions", "64"});
  EXPECT_TRUE(check_meta());
  redis({"HSET", keys_.meta(), "min_reader", "8"});
  const auto refused = check_meta();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::schema);
  EXPECT_NE(refused.error().detail.find("schema 9"), std::string::npos) << refused.error().detail;
  EXPECT_NE(refused.error().detail.find("upgrade"), std::string::npos);
  EXPECT_EQ(redis({"HGET", keys_.meta(), "schema"}), "9") << "nothing is overwritten";
}

TEST_F(Fleet, MetaOfAnotherDivisionOrWithoutASchemaIsRefused) {
  redis({"HSET", keys_.meta(), "schema", "1", "min_reader", "1", "partitions", "128"});
  EXPECT_EQ(check_meta().error().code, Errc::schema);
  redis({"DEL", keys_.meta()});
  redis({"HSET", keys_.meta(), "x", "y"});
  EXPECT_EQ(check_meta().error().code, Errc::schema);
}

TEST_F(Fleet, TimeIsThatOfRedis) {
  const auto text = redis({"TIME"});
  EXPECT_NEAR(static_cast<double>(to_ms(now())), std::stod(text.substr(0, text.find('\n'))) * 1000,
              2'000);
}

TEST_F(Fleet, SnapshotEpochsAreCountedAndBecomeDurable) {
  EXPECT_EQ(snap().epoch, 0U);
  const auto begun = ask([&](Batch& b) { add_snap_begin(b, keys_); }, as_integer);
  EXPECT_EQ(begun, 1);
  tell([&](Batch& b) { add_snap_durable(b, keys_, 1, milliseconds{87}); });
  const auto state = snap();
  EXPECT_EQ(state.epoch, 1U);
  EXPECT_EQ(state.durable, 1U);
  EXPECT_EQ(state.last_duration, milliseconds{87});
  EXPECT_TRUE(state.boot.empty());
}

TEST_F(Fleet, TheFirstBootLosesNothing) {
  tell([&](Batch& b) { add_snap_boot(b, keys_, "run-a", SnapState{}, store_time_ms(0)); });
  const auto state = snap();
  EXPECT_EQ(state.boot, "run-a");
  EXPECT_EQ(state.epoch, 0U);
  EXPECT_TRUE(state.lost.empty());
}

TEST_F(Fleet, ARestartMarksPromisedEpochsLostAndNumbersAboveThem) {
  tell([&](Batch& b) { add_snap_boot(b, keys_, "run-a", SnapState{}, store_time_ms(0)); });
  for (int i = 0; i < 5; ++i) tell([&](Batch& b) { add_snap_begin(b, keys_); });
  const auto loaded = snap();
  tell([&](Batch& b) { add_snap_boot(b, keys_, "run-b", loaded, store_time_ms(0)); });
  tell([&](Batch& b) {
    add_snap_boot(b, keys_, "run-b", loaded, store_time_ms(0));
  });  // a repeat changes nothing
  const auto state = snap();
  EXPECT_EQ(state.boot, "run-b");
  EXPECT_EQ(state.durable, 5U) << "what was loaded holds epoch 5";
  ASSERT_EQ(state.lost.size(), 1U);
  EXPECT_EQ(state.lost[0].first, 6U);
  EXPECT_EQ(state.lost[0].second, state.epoch);
  EXPECT_GT(ask([&](Batch& b) { add_snap_begin(b, keys_); }, as_integer),
            static_cast<std::int64_t>(state.lost[0].second));
}

TEST_F(Fleet, ANumberIsNotPromisedAgainAfterTwoRestartsWithoutASnapshot) {
  tell([&](Batch& b) {
    add_snap_boot(b, keys_, "first", SnapState{}, store_time_ms(999'999'999'000));
  });
  const auto saved = snap();  // what each restart loads
  const auto boot = [&](const char* run_id, std::int64_t now_ms) {
    redis({"HSET", keys_.snap(), "boot", saved.boot, "epoch", std::to_string(saved.epoch)});
    tell([&](Batch& b) { add_snap_boot(b, keys_, run_id, saved, store_time_ms(now_ms)); });
    return snap();
  };
  const auto promised = boot("run-a", 1'000'000'000'000).epoch + 1;
  const auto state = boot("run-b", 1'000'000'000'800);
  EXPECT_GT(state.epoch, promised);
  EXPECT_TRUE(is_lost(state, promised)) << "the first snapshot of run-b does not hold it";
}

TEST_F(Fleet, ANumberIsNotPromisedAgainWhereTheClockWasSetBackAndTheDispatcherLives) {
  tell([&](Batch& b) {
    add_snap_boot(b, keys_, "first", SnapState{}, store_time_ms(999'999'999'000));
  });
  const auto saved = snap();  // what each restart loads: it is ahead of the clock from now on
  const auto boot = [&](const char* run_id, std::uint64_t known) {
    redis({"HSET", keys_.snap(), "boot", saved.boot, "epoch", std::to_string(saved.epoch)});
    tell([&](Batch& b) {
      add_snap_boot(b, keys_, run_id, saved, store_time_ms(999'999'000'000), known);
    });
    return snap();
  };
  const auto promised = boot("run-a", saved.epoch).epoch + 1;
  const auto state = boot("run-b", promised);
  EXPECT_GT(state.epoch, promised);
  EXPECT_TRUE(is_lost(state, promised)) << "the first snapshot of run-b does not hold it";
}

TEST_F(Fleet, OnlyTheNewestLostRangesAreKept) {
  for (int i = 0; i < 20; ++i) {
    const auto loaded = snap();
    tell([&](Batch& b) {
      add_snap_boot(b, keys_, "run-" + std::to_string(i), loaded, store_time_ms(0));
    });
  }
  const auto state = snap();
  EXPECT_EQ(state.lost.size(), 16U);
  EXPECT_EQ(state.lost.back().second, state.epoch);
}

TEST_F(Fleet, PersistenceComesFromInfo) {
  const auto ask_it = [&] { return ask([](Batch& b) { add_persistence(b); }, read_persistence); };
  const auto before = ask_it();
  EXPECT_EQ(before.run_id.size(), 40U);
  EXPECT_TRUE(before.last_ok);
  EXPECT_FALSE(before.is_loading);
  EXPECT_GT(before.used_memory, 100'000U);
  redis({"SAVE"});
  EXPECT_EQ(ask_it().rdb_saves, before.rdb_saves + 1);
  EXPECT_EQ(std::to_string(to_ms(ask_it().last_save) / 1'000), redis({"LASTSAVE"}));
}

TEST_F(Fleet, TheLeadersLeaseHasOneHolder) {
  const auto lead = [&](const char* token) {
    return ask([&](Batch& b) { add_lead(b, keys_, token, seconds{5}); }, read_lead);
  };
  const auto unlead = [&](const char* token) {
    return ask([&](Batch& b) { add_unlead(b, keys_, token); }, as_integer);
  };
  EXPECT_TRUE(lead("a"));
  EXPECT_FALSE(lead("b"));
  redis({"PEXPIRE", keys_.leader(), "1000"});
  EXPECT_TRUE(lead("a")) << "renewed";
  EXPECT_GT(std::stoi(redis({"PTTL", keys_.leader()})), 4'000);
  EXPECT_EQ(unlead("b"), 0);
  EXPECT_EQ(unlead("a"), 1);
  EXPECT_TRUE(lead("b"));
}

/// Redis' clock was set back, and the leader is dead: its lease would last until the clock is there
/// again.
TEST_F(Fleet, ALeadersLeaseNeverLastsLongerThanATerm) {
  redis({"SET", keys_.leader(), "dead", "PX", "3600000"});
  EXPECT_FALSE(ask([&](Batch& b) { add_lead(b, keys_, "b", seconds{5}); }, read_lead));
  EXPECT_EQ(redis({"GET", keys_.leader()}), "dead");
  EXPECT_LE(std::stoi(redis({"PTTL", keys_.leader()})), 5'000);
}

TEST_F(Fleet, TheLeaderTellsHowItIsForAsLongAsALease) {
  const auto read = [&] {
    return ask([&](Batch& b) { add_leader_report_read(b, keys_); }, read_leader_report);
  };
  EXPECT_FALSE(read()) << "nobody leads";
  tell([&](Batch& b) {
    add_leader_report(b, keys_, {12, milliseconds{131}, milliseconds{262}, 256, 40}, seconds{5});
  });
  const auto seen = read();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->open_jobs, 12U);
  EXPECT_EQ(seen->lag_p50, milliseconds{131});
  EXPECT_EQ(seen->lag_p99, milliseconds{262});
  EXPECT_EQ(seen->window, 256U);
  EXPECT_EQ(seen->outstanding, 40U);
  EXPECT_GT(std::stoi(redis({"PTTL", keys_.leader_report()})), 0);
  redis({"SET", keys_.leader_report(), "{}"});
  EXPECT_EQ(read()->open_jobs, 0U) << "of a build that tells less";
  redis({"SET", keys_.leader_report(), "[1]"});
  EXPECT_THROW(read(), std::runtime_error);
}

TEST_F(Fleet, ExecutorsBeatAndSayGoodbye) {
  const ExecutorBeat beat{"ex-1", "host-\"1\"", 64, 3, store_time_ms(7'000'000)};
  tell([&](Batch& b) {
    const auto count = add_beat(b, keys_, beat);
    EXPECT_EQ(count, b.size());
  });
  const auto ids = [&] {
    return ask([&](Batch& b) { add_executor_ids(b, keys_); }, read_executor_ids);
  };
  const auto read = [&] {
    return ask([&](Batch& b) { add_executor(b, keys_, "ex-1"); },
               [](const Reply& r) { return read_executor("ex-1", r); });
  };
  EXPECT_EQ(ids(), std::vector<std::string>{"ex-1"});
  const auto seen = read();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->host, beat.host);
  EXPECT_EQ(seen->slots, 64);
  EXPECT_EQ(seen->in_flight, 3);
  EXPECT_EQ(seen->beat, beat.beat);
  EXPECT_LE(std::stoi(redis({"PTTL", keys_.executor("ex-1")})), 6'000);
  // One that has not beaten for an hour is forgotten by the next beat of another.
  tell([&](Batch& b) { add_beat(b, keys_, {"ex-2", "h", 1, 0, beat.beat + seconds{3'601}}); });
  EXPECT_EQ(ids(), std::vector<std::string>{"ex-2"});
  tell([&](Batch& b) {
    const auto count = add_bye(b, keys_, "ex-2");
    EXPECT_EQ(count, b.size());
  });
  EXPECT_TRUE(ids().empty());
  redis({"SET", keys_.executor("ex-1"), "garbage"});
  EXPECT_THROW(read(), std::runtime_error);
}

}  // namespace
}  // namespace webmon::store
