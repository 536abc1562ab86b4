// Commits: exactly once, fenced by the token, guarded by the revision, all or nothing.
#include "lib/store/history.hpp"
#include "lib/store/redis_fixture.hpp"

namespace webmon::store {
namespace {

class Finish : public RedisTest {};

TEST_F(Finish, CommitsBlobsCountersAndStateAndForgetsAJobOfTheScheduler) {
  const auto asset = create();
  const auto p = asset.id.partition();
  const auto job = submitted(asset);
  const auto token = claimed(job);
  EXPECT_EQ(finish(job, finish_args(job, token, AssetState::down)), Finished::done);
  const auto head = head_of(asset.id);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->n, 1U);
  EXPECT_EQ(head->rev, 2U);
  EXPECT_EQ(head->state, AssetState::down);
  EXPECT_EQ(to_ms(head->observed), 5'000);
  EXPECT_EQ(redis({"GET", keys_.model(asset.id)}), "model");
  EXPECT_EQ(redis({"GET", keys_.report(asset.id)}), "report");
  EXPECT_EQ(redis({"PTTL", keys_.model(asset.id)}), "-1") << "the expiry of staging is gone";
  EXPECT_EQ(redis({"PTTL", keys_.report(asset.id)}), "-1");
  EXPECT_EQ(
      redis({"EXISTS", keys_.staged_model(job.id, token), keys_.staged_report(job.id, token)}),
      "0");
  EXPECT_EQ(redis({"ZRANGE", keys_.state(p, AssetState::down), "0", "-1"}), asset.id.text());
  EXPECT_EQ(redis({"ZCARD", keys_.state(p, AssetState::unknown)}), "0");
  EXPECT_FALSE(record(job));
  EXPECT_FALSE(is_pending(job));
}

TEST_F(Finish, AJobOfARunStaysWithItsResult) {
  const auto job = submitted(create(), new_run());
  const auto token = claimed(job);
  EXPECT_EQ(finish(job, finish_args(job, token, AssetState::degraded)), Finished::done);
  const auto seen = record(job);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->state, JobState::done);
  EXPECT_EQ(seen->result, AssetState::degraded);
  EXPECT_GT(to_ms(seen->ended), 0);
  const auto sums = counts(job);
  EXPECT_EQ(sums.done, 1U);
  EXPECT_EQ(sums.leased, 0U);
  EXPECT_EQ(sums.states[static_cast<std::size_t>(AssetState::degraded)], 1U);
  EXPECT_TRUE(sums.has_ended());
  EXPECT_NE(redis({"ZSCORE", keys_.kept(job.id.partition()), job.id.text()}), "(nil)");
  EXPECT_EQ(redis({"HEXISTS", keys_.job(job.id), "tok"}), "0");
}

TEST_F(Finish, LateDuplicateAndForeignTokensChangeNothing) {
  const auto asset = create();
  const auto job = submitted(asset, new_run());
  const auto zombie = claimed(job);
  expire_lease(job);
  ASSERT_EQ(due(job), Due::retried);
  EXPECT_EQ(finish(job, zombie), Finished::fenced) << "its lease had expired";
  make_due(job);
  const auto token = claimed(job);
  EXPECT_NE(token, zombie);
  EXPECT_EQ(finish(job, zombie), Finished::fenced) << "somebody else holds it";
  EXPECT_EQ(finish(job, ""), Finished::fenced);
  EXPECT_EQ(head_of(asset.id)->n, 0U);
  EXPECT_EQ(finish(job, token), Finished::done);
  EXPECT_EQ(finish(job, token), Finished::fenced) << "a duplicate commit";
  EXPECT_EQ(head_of(asset.id)->n, 1U);
  EXPECT_EQ(counts(job).done, 1U);
}

TEST_F(Finish, AZombieThatStagesAtTheSameMomentDoesNotSlipItsBlobsIn) {
  const auto asset = create();
  const auto job = submitted(asset);
  const auto args = finish_args(job, claimed(job));
  auto zombie = args;
  zombie.token = std::string(32, 'f');
  zombie.model = "of a zombie";
  Batch rightful, late;
  ASSERT_EQ(add_finish(rightful, keys_, job, args), 3U);
  ASSERT_EQ(add_finish(late, keys_, job, zombie), 3U);
  server_.command(words_of(rightful, 0));
  server_.command(words_of(rightful, 1));
  server_.command(words_of(late, 0));
  server_.command(words_of(late, 1));
  EXPECT_EQ(server_.command(words_of(late, 2)), "fenced");
  EXPECT_EQ(server_.command(words_of(rightful, 2)), "done");
  EXPECT_EQ(redis({"GET", keys_.model(asset.id)}), args.model);
}

TEST_F(Finish, AStaleRevisionChangesNothingAndCanBeRepeated) {
  const auto asset = create();
  const auto one = submitted(asset, new_run());
  const auto two = submitted(asset, new_run());
  const auto token_one = claimed(one);
  const auto token_two = claimed(two);
  auto args = finish_args(two, token_two, AssetState::down);
  args.model = "second";
  ASSERT_EQ(finish(one, token_one), Finished::done);
  EXPECT_EQ(finish(two, args), Finished::stale);
  EXPECT_EQ(redis({"GET", keys_.model(asset.id)}), "model");
  EXPECT_EQ(head_of(asset.id)->state, AssetState::up);
  EXPECT_EQ(record(two)->state, JobState::leased);
  args.rev = head_of(asset.id)->rev;
  EXPECT_EQ(finish(two, args), Finished::stale) << "the state read with that rev was another";
  args.old_state = AssetState::up;
  EXPECT_EQ(finish(two, args), Finished::done);
  EXPECT_EQ(head_of(asset.id)->n, 2U);
  EXPECT_EQ(redis({"GET", keys_.model(asset.id)}), "second");
}

TEST_F(Finish, AChangeOfTheAssetMakesARunningCommitStale) {
  const auto asset = create();
  const auto job = submitted(asset);
  const auto token = claimed(job);
  const auto args = finish_args(job, token);
  auto changed = asset;
  changed.tls_verify = false;
  ask([&](Batch& b) { add_asset_update(b, keys_, asset, changed); }, read_asset_update);
  EXPECT_EQ(finish(job, args), Finished::stale);
}

TEST_F(Finish, AMissingStagedBlobIsAnErrorThatChangesNothing) {
  for (const bool is_model_lost : {true, false}) {
    SCOPED_TRACE(is_model_lost);
    const auto asset = create("http://a.example/" + std::to_string(is_model_lost));
    const auto job = submitted(asset, new_run());
    const auto args = finish_args(job, claimed(job));
    Batch batch;
    ASSERT_EQ(add_finish(batch, keys_, job, args), 3U);
    server_.command(words_of(batch, is_model_lost ? 1 : 0));
    EXPECT_TRUE(server_.command(words_of(batch, 2)).starts_with("(error) STAGING"));
    EXPECT_EQ(head_of(asset.id)->n, 0U);
    EXPECT_EQ(record(job)->state, JobState::leased);
    EXPECT_EQ(redis({"EXISTS", keys_.model(asset.id), keys_.report(asset.id)}), "0");
    const auto other = is_model_lost ? keys_.staged_report(job.id, args.token)
                                     : keys_.staged_model(job.id, args.token);
    EXPECT_GT(std::stoll(redis({"PTTL", other})), 0) << "what was staged still expires";
    EXPECT_EQ(finish(job, args), Finished::done) << "staged again, it goes through";
  }
}

TEST_F(Finish, WithMemoryExhaustedNothingIsChangedAndALaterCommitGoesThrough) {
  const auto asset = create();
  const auto job = submitted(asset);
  const auto args = finish_args(job, claimed(job));
  redis({"CONFIG", "SET", "maxmemory", "1"});
  Batch batch;
  add_finish(batch, keys_, job, args);
  const auto replies = call(std::move(batch));
  EXPECT_EQ(error_of(replies[0]).code, Errc::store_refused);
  EXPECT_TRUE(replies[0].text.starts_with("OOM"));
  EXPECT_EQ(read_finish(replies[2]).error().code, Errc::store_refused);
  redis({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(head_of(asset.id)->n, 0U);
  EXPECT_EQ(finish(job, args), Finished::done);
}

TEST_F(Finish, WithoutBlobsTheFormerOnesStay) {
  const auto asset = create();
  auto job = submitted(asset);
  ASSERT_EQ(finish(job, claimed(job)), Finished::done);
  job = submitted(asset);
  auto args = finish_args(job, claimed(job), AssetState::down);
  args.model.clear();
  args.report.clear();
  args.observed = store_time_ms(4'000);
  EXPECT_EQ(finish(job, args), Finished::done);
  EXPECT_EQ(redis({"GET", keys_.model(asset.id)}), "model");
  EXPECT_EQ(to_ms(head_of(asset.id)->observed), 5'000) << "a late observation is not the newest";
  EXPECT_EQ(head_of(asset.id)->n, 2U) << "but it is counted";
}

TEST_F(Finish, HistoryIsAPresizedRingAndANewLayoutKeepsTheOldRing) {
  const auto asset = create();
  const HistoryLayout first{{101, 102}};
  const HistoryLayout second{{101, 102, 103}};
  const auto commit = [&](const HistoryLayout& layout, std::uint64_t n) {
    const auto job = submitted(asset);
    auto args = finish_args(job, claimed(job));
    const auto head = head_of(asset.id);
    const Metric metrics[] = {{101, static_cast<double>(n)}, {103, 0.5}};
    args.history_layout = layout.id();
    args.history_offset = layout.offset(n);
    args.history_row = layout.row(store_time_ms(1'000 + static_cast<std::int64_t>(n)),
                                  AssetState::up, false, metrics);
    if (head->history_layout != layout.id()) {
      args.history_header = layout.header();
      args.history_size = layout.ring_bytes();
    }
    ASSERT_EQ(finish(job, args), Finished::done);
  };
  const auto ring = [&](const std::string& key) { return *decode_history(redis({"GET", key})); };
  for (std::uint64_t n = 0; n < 40; ++n) commit(first, n);
  EXPECT_EQ(redis({"STRLEN", keys_.history(asset.id)}), std::to_string(first.ring_bytes()));
  auto seen = ring(keys_.history(asset.id));
  ASSERT_EQ(seen.rows.size(), kHistorySlots);
  EXPECT_EQ(seen.rows.front().values[0], 8.0F);
  EXPECT_EQ(seen.rows.back().values[0], 39.0F);
  EXPECT_FALSE(seen.rows.back().values[1]);
  commit(second, 40);
  seen = ring(keys_.history(asset.id));
  ASSERT_EQ(seen.rows.size(), 1U);
  EXPECT_EQ(seen.rows[0].values[2], 0.5F);
  EXPECT_EQ(ring(keys_.old_history(asset.id)).rows.size(), kHistorySlots);
  EXPECT_EQ(head_of(asset.id)->history_layout, second.id());
  EXPECT_EQ(head_of(asset.id)->n, 41U);
}

}  // namespace
}  // namespace webmon::store
