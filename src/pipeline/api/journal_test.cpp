#include "pipeline/api/journal.hpp"

#include <gtest/gtest.h>

#include "lib/store/assets.hpp"
#include "lib/store/events.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/runs.hpp"
#include "lib/store/scripts.hpp"

namespace webmon::api {
namespace {

using store::Reply;

Reply text(std::string words) {
  Reply reply;
  reply.kind = Reply::Kind::text;
  reply.text = std::move(words);
  return reply;
}
Reply status() {
  auto reply = text("OK");
  reply.kind = Reply::Kind::status;
  return reply;
}
Reply error(std::string words) {
  auto reply = text(std::move(words));
  reply.kind = Reply::Kind::error;
  return reply;
}
Reply integer(std::int64_t number) {
  Reply reply;
  reply.kind = Reply::Kind::integer;
  reply.integer = number;
  return reply;
}
Reply array(std::vector<Reply> items) {
  Reply reply;
  reply.kind = Reply::Kind::array;
  reply.items = std::move(items);
  return reply;
}
Reply snap(std::uint64_t epoch, std::uint64_t durable) {
  return array({text(std::to_string(epoch)), text(std::to_string(durable)), {}, {}, {}});
}

struct JournalTest : ::testing::Test {
  store::Keys keys{"wm"};
  JournalLimits limits;
  Journal journal{keys, "me", limits};

  /// A batch that sets `name`, answered at `epoch`.
  void write(const std::string& name, std::uint64_t epoch, std::uint64_t durable = 0) {
    write_to(journal, name, epoch, durable);
  }
  static void write_to(Journal& target, const std::string& name, std::uint64_t epoch,
                       std::uint64_t durable = 0) {
    store::Batch batch;
    batch.add({"SET", name, "1"});
    const auto sent = target.prepare(batch);
    ASSERT_TRUE(sent);
    std::vector<Reply> replies{status(), status(), snap(epoch, durable)};
    target.answered(*sent, replies);
    EXPECT_EQ(replies.size(), 1U);
  }
  void greet(const std::string& run_id, const std::string& position) {
    const auto info = "run_id:" + run_id + "\r\nrdb_saves:1\r\nused_memory:1\r\n";
    const auto greeted = journal.greeted({text(info), position.empty() ? Reply{} : text(position)});
    ASSERT_TRUE(greeted) << greeted.error().detail;
  }
  /// Names of the keys that the next part sets, without the position.
  std::string next_part() {
    const auto batch = journal.next_replay();
    std::string names;
    for (const auto& call : batch.calls().first(batch.empty() ? 0 : batch.size() - 2)) {
      const auto bytes = batch.bytes().substr(call.begin, call.end - call.begin);
      const auto key = bytes.find("key");
      names += bytes.substr(key + 3, 1);
    }
    return names;
  }
  Result<void> answer_part(std::size_t commands, std::uint64_t epoch) {
    std::vector<Reply> replies(commands, status());
    replies.push_back(status());
    replies.push_back(snap(epoch, 0));
    return journal.replayed(replies);
  }
};

TEST_F(JournalTest, KeepsNothingOfReadsNorOfWhoListens) {
  store::Batch batch;
  batch.add({"XRANGE", keys.events(), "-", "+"});
  batch.add({"XINFO", "STREAM", keys.events()});
  batch.add({"ZREVRANGEBYSCORE", keys.runs(), "+inf", "-inf"});
  store::add_listening(batch, keys);
  EXPECT_FALSE(journal.prepare(batch));
  batch.add({"SET", "another", "1"});
  EXPECT_TRUE(journal.prepare(batch));
}

TEST_F(JournalTest, LeavesABatchThatOnlyReadsAsItIs) {
  store::Batch batch;
  store::add_time(batch);
  store::add_snap_state(batch, keys);
  store::add_asset_head(batch, keys, AssetId{});
  store::add_run_list(batch, keys, 3);
  store::add_persistence(batch);
  const auto size = batch.size();
  EXPECT_FALSE(journal.prepare(batch));
  EXPECT_EQ(batch.size(), size);
}

TEST_F(JournalTest, AppendsThePositionAndTheEpochToAChangeAndTakesTheirAnswersOff) {
  store::Batch batch;
  store::RunHeader run;
  store::add_run_put(batch, keys, run);
  store::add_time(batch);
  const auto sent = journal.prepare(batch);
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->commands.size(), 2U) << "the read is not kept";
  ASSERT_EQ(batch.size(), 5U);
  EXPECT_NE(batch.bytes().find("wm:journal:me"), std::string_view::npos);
  std::vector<Reply> replies{integer(5), integer(1), array({}), status(), snap(3, 3)};
  journal.answered(*sent, replies);
  EXPECT_EQ(replies.size(), 3U);
  EXPECT_EQ(journal.commands(), 2U);
}

TEST_F(JournalTest, KeepsOnlyWhatHadAnEffect) {
  const std::vector<std::string> none;
  struct Case {
    store::Script script;
    Reply reply;
    std::size_t kept;
  };
  using store::Script;
  const Case cases[] = {
      {Script::asset_create, array({integer(1), text("id")}), 1},
      {Script::asset_create, array({integer(0), text("id")}), 0},
      {Script::asset_update, array({text("updated"), integer(2)}), 1},
      {Script::asset_update, array({text("stale"), integer(2)}), 0},
      {Script::asset_remove, array({text("updated"), integer(2)}), 1},
      {Script::asset_remove, array({text("missing"), integer(0)}), 0},
      {Script::submit, text("created"), 1},
      {Script::submit, text("existed"), 1},
      {Script::submit, text("no_asset"), 0},
      {Script::submit, error("MISCONF no"), 0},
      {Script::cancel, text("cancelled"), 1},
      {Script::cancel, text("already_ended"), 0},
  };
  for (const auto& c : cases) {
    Journal fresh{keys, "me"};
    store::Batch batch;
    batch.eval(c.script, none, none);
    const auto sent = fresh.prepare(batch);
    ASSERT_TRUE(sent);
    std::vector<Reply> replies{c.reply, status(), snap(1, 0)};
    fresh.answered(*sent, replies);
    EXPECT_EQ(fresh.commands(), c.kept) << store::script_text(c.script).substr(0, 40);
  }
}

TEST_F(JournalTest, DoesNotKeepASetOfAKeyThatWasThere) {
  store::Batch batch;
  batch.add({"SET", "k", "v", "NX", "GET", "EX", "5"});
  const auto sent = journal.prepare(batch);
  ASSERT_TRUE(sent);
  std::vector<Reply> replies{text("other"), status(), snap(1, 0)};
  journal.answered(*sent, replies);
  EXPECT_TRUE(journal.empty());
  replies = {Reply{}, status(), snap(1, 0)};
  journal.answered(*sent, replies);
  EXPECT_EQ(journal.commands(), 1U);
}

TEST_F(JournalTest, DropsAnEntryOnceItsSnapshotIsDurableAndNotBefore) {
  write("key1", 4);
  write("key2", 5);
  journal.looked({snap(5, 4)});
  EXPECT_EQ(journal.commands(), 2U) << "snapshot 4 may have forked before the write";
  journal.looked({snap(5, 5)});
  EXPECT_EQ(journal.commands(), 1U);
  write("key3", 6, 6);
  EXPECT_EQ(journal.commands(), 1U) << "a write tells of durability too";
  journal.looked({snap(7, 7)});
  EXPECT_TRUE(journal.empty());
  EXPECT_EQ(journal.bytes(), 0U);
}

TEST_F(JournalTest, AnEpochThatCouldNotBeReadIsTakenFromTheNextLook) {
  store::Batch batch;
  batch.add({"SET", "key1", "1"});
  const auto sent = journal.prepare(batch);
  std::vector<Reply> replies{status(), status(), error("ERR")};
  journal.answered(*sent, replies);
  journal.looked({snap(5, 5)});
  EXPECT_FALSE(journal.empty());
  journal.looked({snap(6, 6)});
  EXPECT_TRUE(journal.empty());
}

TEST_F(JournalTest, TheSameRedisIsNotReplayedTo) {
  greet("a", "");
  EXPECT_EQ(next_part(), "");
  write("key1", 1);
  greet("a", "");
  EXPECT_EQ(next_part(), "");
  EXPECT_FALSE(journal.take_replayed());
  EXPECT_EQ(journal.commands(), 1U);
}

TEST_F(JournalTest, AnotherRedisGetsInOrderWhatItsDataLacks) {
  greet("a", "");
  EXPECT_EQ(next_part(), "");
  for (const auto* name : {"key1", "key2", "key3"}) write(name, 1);
  greet("b", "1");
  EXPECT_EQ(journal.commands(), 2U) << "what was loaded is on disk";
  EXPECT_EQ(next_part(), "23");
  ASSERT_TRUE(answer_part(2, 8));
  EXPECT_EQ(next_part(), "");
  const auto done = journal.take_replayed();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->commands, 2U);
  EXPECT_EQ(done->failed, 0U);
  EXPECT_FALSE(journal.take_replayed()) << "told once";
  journal.looked({snap(8, 8)});
  EXPECT_EQ(journal.commands(), 2U)
      << "covered by the snapshot after the replay, not by an old one";
  journal.looked({snap(9, 9)});
  EXPECT_TRUE(journal.empty());
}

TEST_F(JournalTest, AReplayThatBreaksOffGoesOnWhereItWas) {
  greet("a", "");
  EXPECT_EQ(next_part(), "");
  for (int i = 0; i < 1'001; ++i) write("key" + std::to_string(i % 10), 1);
  greet("b", "");
  EXPECT_EQ(next_part().size(), 1'000U);
  ASSERT_TRUE(answer_part(1'000, 2));
  EXPECT_EQ(next_part(), "0");
  greet("b", "1000");
  EXPECT_EQ(next_part(), "0") << "its answer was lost";
  greet("c", "999");
  EXPECT_EQ(next_part(), "90") << "and here a third Redis knows less";
}

TEST_F(JournalTest, ARedisThatRefusesWritesEndsTheReplayForNow) {
  greet("a", "");
  EXPECT_EQ(next_part(), "");
  write("key1", 1);
  greet("b", "");
  EXPECT_EQ(next_part(), "1");
  EXPECT_FALSE(journal.replayed({error("MISCONF disk full"), error("MISCONF"), snap(1, 0)}));
  EXPECT_EQ(next_part(), "1");
  EXPECT_TRUE(journal.replayed({error("WRONGTYPE"), status(), snap(1, 0)}));
  EXPECT_EQ(next_part(), "");
  EXPECT_EQ(journal.take_replayed()->failed, 1U) << "one command's own error stops nobody";
}

TEST_F(JournalTest, OverTheBoundTheOldestGoAndItIsToldOnce) {
  Journal small{keys, "me", {.bytes = 1U << 20U, .commands = 2}};
  write_to(small, "key1", 1);
  write_to(small, "key2", 1);
  EXPECT_FALSE(small.take_overflow());
  write_to(small, "key3", 1);
  EXPECT_EQ(small.commands(), 2U);
  EXPECT_TRUE(small.take_overflow());
  write_to(small, "key4", 1);
  EXPECT_FALSE(small.take_overflow());
  small.looked({snap(2, 2)});
  EXPECT_TRUE(small.empty());
  for (int i = 0; i < 3; ++i) write_to(small, "key5", 3);
  EXPECT_TRUE(small.take_overflow()) << "another time";

  Journal narrow{keys, "me", {.bytes = 300, .commands = 100}};
  for (int i = 0; i < 10; ++i) write_to(narrow, "key1", 1);
  EXPECT_LE(narrow.bytes(), 300U);
  EXPECT_TRUE(narrow.take_overflow());
}

}  // namespace
}  // namespace webmon::api
