// Plain commands and Lua's corners, model beside redis-server: random commands on few keys of all
// types, so that each meets each other's leavings, and scripts that show the conversions.
#include <array>

#include "tests/sim/store_pair.hpp"

namespace webmon::sim {
namespace {

class CommandsAndRedis : public StorePair {
 protected:
  std::uint64_t dice(std::uint64_t sides) { return rng_.next() % sides; }

  /// A word for each letter of a form: k key, f field or member, n small number, s score, b bound
  /// of scores, l bound of members, v value; others stand for themselves.
  std::string word(std::string_view form) {
    if (form == "k") return key();
    if (form == "f")
      return dice(9) == 0 ? "" : "field" + std::to_string(dice(dice(2) == 0 ? 4 : 80));
    if (form == "n")
      return any({"0", "1", "2", "-1", "-2", "-100", "5", "100", "x", "", "1.5", "07"});
    if (form == "s")
      return any({"0", "1", "-1", "1.5", "0.1", "1e3", "inf", "-inf", "1700000000123", "nan", "x",
                  "123456789012345678", " 1", "3", "2"});
    if (form == "b")
      return any({"-inf", "+inf", "0", "(0", "1", "(1", "1.5", "(1700000000123", "x"});
    if (form == "l") return any({"-", "+", "[field1", "(field1", "[field3", "(field50", "field"});
    if (form == "v")
      return any({"", "1", "12", "-7", "9223372036854775807", "text", "1.5", " 1", "\r\n"});
    return std::string{form};
  }
  std::string any(std::initializer_list<std::string_view> all) {
    return std::string{*(all.begin() + dice(all.size()))};
  }
  /// Two keys for each type of command, which is seen by its first letter; now and then another's.
  std::string key() {
    const auto at = std::string_view{"HZLR"}.find(family_);
    const auto own = at == std::string_view::npos ? 6 : 2 * std::min<std::size_t>(at, 2);
    return "key" + std::to_string(dice(5) == 0 ? dice(8) : own + dice(2));
  }
  std::vector<std::string> command(std::string_view form) {
    family_ = form.starts_with("RENAME") ? 'S' : form[0];
    std::vector<std::string> words;
    for (const auto part : split_words(form)) words.push_back(word(part));
    return words;
  }

 private:
  char family_ = 'S';
};

constexpr std::array<std::string_view, 66> kForms = {"SET k v",
                                                     "SET k v",
                                                     "SET k v NX",
                                                     "SET k v XX",
                                                     "SET k v NX GET PX 5000",
                                                     "SET k v GET",
                                                     "SET k v KEEPTTL",
                                                     "SET k v EX 70",
                                                     "SET k v PX n",
                                                     "GET k",
                                                     "MGET k k k",
                                                     "STRLEN k",
                                                     "INCR k",
                                                     "INCRBY k v",
                                                     "SETRANGE k n v",
                                                     "DEL k",
                                                     "DEL k k",
                                                     "EXISTS k k",
                                                     "TYPE k",
                                                     "RENAME k k",
                                                     "PEXPIRE k 90000",
                                                     "EXPIRE k 50",
                                                     "PEXPIRE k n",
                                                     "PERSIST k",
                                                     "KEYS key*",
                                                     "HSET k f v",
                                                     "HSET k f v f v",
                                                     "HSETNX k f v",
                                                     "HGET k f",
                                                     "HMGET k f f",
                                                     "HGETALL k",
                                                     "HDEL k f f",
                                                     "HLEN k",
                                                     "HEXISTS k f",
                                                     "HINCRBY k f v",
                                                     "ZADD k s f",
                                                     "ZADD k s f s f",
                                                     "ZADD k NX s f",
                                                     "ZADD k XX s f",
                                                     "ZADD k XX GT s f",
                                                     "ZADD k LT CH s f",
                                                     "ZADD k GT s f",
                                                     "ZADD k NX XX s f",
                                                     "ZADD k NX GT s f",
                                                     "ZADD k s f s",
                                                     "ZREM k f f",
                                                     "ZSCORE k f",
                                                     "ZMSCORE k f f",
                                                     "ZCARD k",
                                                     "ZRANK k f",
                                                     "ZPOPMIN k",
                                                     "ZRANGE k n n",
                                                     "ZRANGE k n n WITHSCORES",
                                                     "ZREVRANGE k n n",
                                                     "ZRANGEBYSCORE k b b WITHSCORES",
                                                     "ZRANGEBYSCORE k b b LIMIT n n",
                                                     "ZREVRANGEBYSCORE k b b",
                                                     "ZRANGE k b b BYSCORE REV LIMIT 1 2",
                                                     "ZCOUNT k b b",
                                                     "ZREMRANGEBYRANK k n n",
                                                     "ZREMRANGEBYSCORE k b b",
                                                     "RPUSH k v v",
                                                     "LPUSH k v f",
                                                     "LRANGE k n n",
                                                     "LTRIM k n n",
                                                     "LPOP k"};

TEST_F(CommandsAndRedis, AgreeOnRandomCommands) {
  for (std::uint64_t seed = 1; seed <= 10 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    rng_ = SeededRng{seed};
    start_over();
    for (int i = 0; i < 2'500 && !HasFailure(); ++i) {
      both(command(kForms[dice(kForms.size())]));
      if (dice(100) == 0) advance(milliseconds{dice(40'000)});
      if (dice(300) == 0) compare_keys();
    }
    compare_keys();
  }
}

/// Members of one score only: for others Redis promises nothing of ranges by member.
TEST_F(CommandsAndRedis, AgreeOnRangesOfMembers) {
  start_over();
  for (int i = 0; i < 40; ++i) both({"ZADD", "z", "0", "field" + std::to_string(i)});
  for (int i = 0; i < 500; ++i) both(command("ZRANGEBYLEX z l l LIMIT 1 n"));
  for (int i = 0; i < 100; ++i) both(command("ZRANGE z l l BYLEX REV"));
  both({"LLEN", "z"});
  compare_keys();
}

/// Ids are given, since "*" is the time of the real Redis.
TEST_F(CommandsAndRedis, AgreeOnStreams) {
  start_over();
  both({"SET", "text", "v"});
  for (int i = 0; i < 600; ++i) {
    const auto id = [&] {
      return any({"0", "0-0", "0-1", "1", "5-1", "5-2", "x", "", "-1", "1-x"});
    };
    const auto growing = std::to_string(10 + i / 3) + '-' + std::to_string(i % 3);
    const auto bound = [&] { return any({"-", "+", "(5-1", "5", "(x", "10", "(12-1", "200-0"}); };
    const auto name = any({"s", "s", "s", "t", "text"});
    both({"XADD", name, dice(4) == 0 ? id() : growing, "e", "value" + std::to_string(i)});
    if (dice(3) == 0) both({"XRANGE", name, bound(), bound()});
    if (dice(3) == 0) both({"XRANGE", name, bound(), bound(), "COUNT", any({"1", "2", "7", "x"})});
    if (dice(9) == 0) both({"XTRIM", name, "MAXLEN", "~", any({"100000", "x"})});
    both({dice(2) == 0 ? "XLEN" : "TYPE", name});
  }
  both({"XADD", "s", "999-1", "e", "1", "odd"});
  compare_keys();
}

TEST_F(CommandsAndRedis, AgreeOnWhatScriptsGiveAndTake) {
  start_over();
  both({"HSET", "h", "f", "1"});
  for (const char* script : {
           "return {1, 2.9, -2.9, true, false, 'x', {'y', {3}}, nil, 4}",
           "return {redis.call('ECHO', 3), redis.call('ECHO', 0.1), redis.call('ECHO', 1e15)}",
           "return {redis.call('ECHO', 1e17), redis.call('ECHO', 2^53), redis.call('ECHO', -5)}",
           "return {redis.call('ECHO', 1/3), redis.call('ECHO', -1/0), redis.call('ECHO', 1e300)}",
           "return tostring(1e15) .. ' ' .. 10 / 3 .. ' ' .. 2^31",
           "return redis.call('HGET', 'h', 'nothing') == false",
           "return redis.call('HMGET', 'h', 'f', 'g')",
           "return redis.call('SET', 'k', 'v')",
           "return redis.call('SET', 'k', 'v').ok",
           "return redis.call('SET', 'k', 'w', 'NX')",
           "return redis.pcall('GET', 'h')",
           "return redis.pcall('GET', 'h').err",
           "return redis.call('GET', 'h')",
           "redis.call('SET', 'k', 'kept')\n\nreturn redis.call('HGET', 'k', 'f')",
           "local function inner() return redis.call('GET', 'h') end\nreturn inner()",
           "return redis.call('GET')",
           "return redis.call()",
           "return redis.call('GET', {})",
           "return redis.call('HINCRBY', 'h', 'f', 1.5)",
           "return redis.call('HINCRBY', 'h', 'f', 2)",
           "return redis.call('ZADD', 'z', 0.1, 'a')",
           "return redis.call('ZSCORE', 'z', 'a')",
           "return redis.call('ZRANGE', 'z', 0, -1, 'WITHSCORES')",
           "return redis.error_reply('STAGING a b')",
           "return redis.error_reply('oneword')",
           "return redis.error_reply('-DASH x')",
           "return redis.status_reply('fine')",
           "return {err = 'MY own\\nlines'}",
           "return {ok = 'good'}",
           "return {1, {err = 'X inside'}, {ok = 'y'}}",
           "error('boom')",
           "error({err = 'MY boom'})",
           "local t\nreturn t.x",
           "return 1 + {}",
           "return 'a' < 1",
           "x = 1",
           "return x",
           "return pcall(function() return redis.call('GET', 'h') end)",
           "local ok, e = pcall(redis.call, 'GET', 'h') return e.err",
           "local ok, e = pcall(redis.call, 'GET', 'h') return {ok, type(e), e}",
           "return {pcall(error, {code = 7})}",
           "return {pcall(function(...) return ... end, 1, 2, 3)}",
           "return {KEYS[1], ARGV[1], #KEYS, #ARGV, ARGV[3]}",
           "return string.format('%.4f %d', 1 / 3, 5) .. string.sub('abcdef', 2, 3)",
           "return {math.floor(-1.5), math.ceil(1.2), math.max(1, 2), 7 % 3, -7 % 3}",
           "return '\\0\\r\\n\\255'",
           "return #redis.call('TIME')",
       }) {
    both({"EVAL", script, "1", "key", "arg", ""});
    flush();
    if (HasFailure()) return;
  }
  compare_keys();
}

/// Refused before it is queued: not inside MULTI.
TEST_F(CommandsAndRedis, AgreeOnTheWrongNumberOfWords) {
  for (const char* line : {"GET", "SET k", "HSET k f", "HSET k f v f", "ZADD k 1", "ZRANGE k 0",
                           "DEL", "PTTL", "SETRANGE k 0", "HMGET k", "LRANGE k 0"}) {
    store::Batch batch;
    batch.add(split_words(line));
    EXPECT_EQ(to_text(model_.run(split_words(line))), to_text(call(std::move(batch))[0])) << line;
  }
}

}  // namespace
}  // namespace webmon::sim
