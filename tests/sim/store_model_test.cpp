// The corners of the store model that store_model_redistest cannot turn or would rarely reach:
// expiry, images, replaced scripts, what it refuses to guess.
#include "tests/sim/store_model.hpp"

#include <gtest/gtest.h>

#include "tests/sim/model_text.hpp"

namespace webmon::sim {
namespace {

using std::chrono::microseconds;

class Model : public ::testing::Test {
 protected:
  Model() { at(1'000'000); }
  void at(std::int64_t ms) { model_.set_time(microseconds{ms * 1'000}); }
  std::string ask(std::string_view line) { return to_text(model_.run(split_words(line))); }
  std::string eval(std::string_view script, std::vector<std::string_view> more = {"0"}) {
    std::vector<std::string_view> words{"EVAL", script};
    words.insert(words.end(), more.begin(), more.end());
    return to_text(model_.run(words));
  }
  StoreModel model_;
};

TEST_F(Model, AKeyLivesUntilItsExpiryAndIsGoneAMillisecondLater) {
  ask("SET k v PX 500");
  EXPECT_EQ(ask("PTTL k"), "500");
  at(1'000'500);
  EXPECT_EQ(ask("GET k"), "\"v\"");
  EXPECT_EQ(ask("PTTL k"), "0");
  at(1'000'501);
  EXPECT_EQ(ask("EXISTS k"), "0");
  EXPECT_EQ(ask("PTTL k"), "-2");
  EXPECT_EQ(ask("PERSIST k"), "0");
  EXPECT_FALSE(model_.exists("k"));
  EXPECT_EQ(ask("HSET k f 1"), "1") << "what has expired is of no type";
  EXPECT_EQ(ask("PTTL k"), "-1");
}

TEST_F(Model, TimeSetBackLetsAKeyLiveLonger) {
  ask("SET k v EX 10");
  at(999'000);
  EXPECT_EQ(ask("PTTL k"), "11000");
  EXPECT_EQ(ask("TTL k"), "11");
}

TEST_F(Model, RenameAndWritesCarryTheExpiryAlongSetEndsIt) {
  ask("SET a v PX 500");
  EXPECT_EQ(ask("RENAME a b"), "+OK");
  EXPECT_EQ(ask("PTTL b"), "500");
  ask("SETRANGE b 3 x");
  EXPECT_EQ(ask("PTTL b"), "500");
  ask("SET b w KEEPTTL");
  EXPECT_EQ(ask("PTTL b"), "500");
  ask("SET b w");
  EXPECT_EQ(ask("PTTL b"), "-1");
  EXPECT_EQ(ask("RENAME a c"), "-ERR no such key");
}

TEST_F(Model, AnExpiryInThePastDeletes) {
  ask("SET k v");
  EXPECT_EQ(ask("PEXPIRE k 0"), "1");
  EXPECT_EQ(ask("EXISTS k"), "0");
  EXPECT_EQ(ask("SET k v PX 0"), "-ERR invalid expire time in 'set' command");
}

TEST_F(Model, TimeIsSecondsAndMicroseconds) {
  model_.set_time(microseconds{1'700'000'000'000'042});
  EXPECT_EQ(ask("TIME"), "[\"1700000000\", \"42\"]");
}

TEST_F(Model, AnImageHoldsTheMomentAndDropsWhatExpiresBeforeItIsLoaded) {
  ask("SET s one");
  ask("ZADD z 1 a");
  ask("SET x v PX 100");
  const auto image = model_.save();
  ask("SET s two");
  ask("ZADD z 0 b");
  ask("RENAME s t");
  ask("SET new v");
  at(1'000'200);
  model_.load(image);
  EXPECT_EQ(ask("GET s"), "\"one\"");
  EXPECT_EQ(ask("ZRANGE z 0 -1"), "[\"a\"]");
  EXPECT_EQ(ask("EXISTS x t new"), "0");
  ask("ZADD z 0 c");
  ask("DEL s");
  model_.load(image);
  EXPECT_EQ(ask("GET s"), "\"one\"") << "an image can be loaded again and again";
  EXPECT_EQ(ask("ZCARD z"), "1");
}

TEST_F(Model, ManyExpiredKeysTakeNoMemory) {
  for (int i = 0; i < 5'000; ++i) {
    at(2'000'000 + i);
    ask("SET k" + std::to_string(i) + " v PX 10");
  }
  EXPECT_LT(model_.save().size(), 2'100U);
  EXPECT_LE(model_.bytes(), 11U * 6U);
}

TEST_F(Model, LargeCollectionsAnswerLikeSmallOnes) {
  for (int i = 99; i >= 0; --i) {
    const auto n = std::to_string(i);
    EXPECT_EQ(ask("ZADD z " + std::to_string(i % 10) + " m" + n), "1");
    EXPECT_EQ(ask("HSET h f" + n + " " + n), "1");
  }
  EXPECT_EQ(ask("ZADD z 5 m0"), "0");
  EXPECT_EQ(ask("ZSCORE z m0"), "\"5\"");
  EXPECT_EQ(ask("ZRANGE z 0 1"), "[\"m10\", \"m20\"]");
  EXPECT_EQ(ask("ZREVRANGE z 0 0 WITHSCORES"), "[\"m99\", \"9\"]");
  EXPECT_EQ(ask("ZRANK z m0"), "49");
  for (int i = 0; i < 99; ++i) {
    EXPECT_EQ(ask("ZREM z m" + std::to_string(i)), "1");
    EXPECT_EQ(ask("HDEL h f" + std::to_string(i)), "1");
    EXPECT_EQ(ask("HGET h f99"), "\"99\"");
  }
  EXPECT_EQ(ask("HGETALL h"), "[\"f99\", \"99\"]");
  EXPECT_EQ(ask("ZRANGE z 0 -1"), "[\"m99\"]");
}

TEST_F(Model, AScriptKeepsWhatItWroteBeforeItsError) {
  const auto reply = eval("redis.call('SET', 'k', 'v')\nreturn redis.call('HGET', 'k', 'f')");
  EXPECT_TRUE(
      reply.starts_with("-WRONGTYPE Operation against a key holding the wrong kind of value "
                        "script: "))
      << reply;
  EXPECT_TRUE(reply.ends_with(", on @user_script:2.")) << reply;
  EXPECT_EQ(ask("GET k"), "\"v\"");
}

TEST_F(Model, ScriptsSeeNothingOfEachOther) {
  EXPECT_TRUE(eval("x = 1").starts_with("-ERR user_script:1: Attempt to modify a readonly table"));
  EXPECT_TRUE(eval("return x").find("nonexistent global variable 'x'") != std::string::npos);
  EXPECT_EQ(eval("return #KEYS", {"2", "a", "b", "c"}), "2");
  EXPECT_EQ(eval("return {#KEYS, #ARGV, ARGV[1]}", {"0", "c"}), "[0, 1, \"c\"]");
  EXPECT_EQ(eval("return KEYS[1]"), "nil");
}

TEST_F(Model, WhatItDoesNotKnowIsAnException) {
  EXPECT_THROW(ask("SINTERSTORE a b c"), NotModelled);
  EXPECT_THROW(ask("SET k v EXAT 5"), NotModelled);
  EXPECT_THROW(eval("return redis.pcall('SINTERSTORE', 'a', 'b', 'c')"), NotModelled);
  EXPECT_EQ(eval("return 1"), "1") << "and Lua goes on";
}

TEST_F(Model, AReplacedScriptIsTheOneThatRuns) {
  store::Batch batch;
  const std::vector<std::string> keys{"leader"}, args{"token", "5000"};
  batch.eval(store::Script::lead, keys, args);
  EXPECT_EQ(to_text(model_.run(batch)[0]), "1");
  model_.replace_script(store::Script::lead, "return 42");
  EXPECT_EQ(to_text(model_.run(batch)[0]), "42");
  EXPECT_THROW(model_.replace_script(store::Script::lead, "return ="), std::invalid_argument);
  StoreModel other;
  other.set_time(microseconds{1'000});
  EXPECT_EQ(to_text(other.run(batch)[0]), "1") << "of one model only";
}

TEST_F(Model, EveryScriptCompiles) {
  for (std::size_t i = 0; i < store::kScripts; ++i) {
    const auto script = static_cast<store::Script>(i);
    EXPECT_NO_THROW(model_.replace_script(script, store::script_text(script))) << i;
  }
}

TEST_F(Model, AScriptIsFoundByItsShaToo) {
  const auto sha = store::script_sha(store::Script::unlead);
  const std::vector<std::string_view> known{"EVALSHA", sha, "1", "leader", "token"};
  EXPECT_EQ(to_text(model_.run(known)), "0");
  EXPECT_EQ(ask("EVALSHA 0123 0"), "-NOSCRIPT No matching script. Please use EVAL.");
  const std::vector<std::string_view> load{"SCRIPT", "LOAD", "return 7"};
  const auto loaded = model_.run(load);
  EXPECT_EQ(ask("EVALSHA " + loaded.text + " 0"), "7");
}

TEST_F(Model, CheckersReadWithoutCommands) {
  ask("HSET wm:a f v");
  ask("ZADD wm:z 2 b 1 a");
  ask("RPUSH wm:l x y");
  ask("SET other 12345 PX 7");
  EXPECT_EQ(model_.field("wm:a", "f"), "v");
  EXPECT_EQ(model_.field("wm:a", "g"), std::nullopt);
  EXPECT_EQ(model_.score("wm:z", "b"), 2);
  EXPECT_EQ(model_.sorted_set("wm:z")[0].member, "a");
  EXPECT_EQ(model_.list("wm:l").size(), 2U);
  EXPECT_EQ(model_.text("other"), "12345");
  EXPECT_EQ(model_.text("wm:l"), std::nullopt);
  EXPECT_EQ(model_.expires_ms("other"), 1'000'007);
  EXPECT_EQ(model_.expires_ms("wm:l"), std::nullopt);
  std::size_t seen = 0;
  model_.each_key("wm:", [&](const Record& record) { seen += record.key.size(); });
  EXPECT_EQ(seen, 12U);
  EXPECT_EQ(model_.bytes(), 12U + 2U + 18U + 2U + 5U + 5U);
}

}  // namespace
}  // namespace webmon::sim
