#include "lib/store/resp.hpp"

#include <gtest/gtest.h>

#include "lib/store/scripts.hpp"

namespace webmon::store {
namespace {

Batch gets(int count) {
  Batch batch;
  for (int i = 0; i < count; ++i) batch.add({"GET", "k"});
  return batch;
}

RespClient sent(Batch batch) {
  RespClient client;
  client.send(std::move(batch));
  client.take_output();
  return client;
}

void dump(const Reply& reply, std::string& out) {
  switch (reply.kind) {
    case Reply::Kind::nil:
      out += "nil";
      break;
    case Reply::Kind::integer:
      out += ":" + std::to_string(reply.integer);
      break;
    case Reply::Kind::status:
      out += "+" + reply.text;
      break;
    case Reply::Kind::error:
      out += "-" + reply.text;
      break;
    case Reply::Kind::text:
      out += "'" + reply.text + "'";
      break;
    case Reply::Kind::array:
      out += "[";
      for (const auto& item : reply.items) {
        dump(item, out);
        out += " ";
      }
      out += "]";
  }
}

std::string dump(const RespClient::Replies& replies) {
  std::string out;
  for (const auto& reply : replies) {
    dump(reply, out);
    out += ";";
  }
  return out;
}

TEST(Batch, FormatsCommandsWithAnyBytes) {
  Batch batch;
  batch.add({"SET", "k", std::string_view{"a\r\n\0b", 5}});
  batch.add({"GET", ""});
  using namespace std::string_view_literals;
  EXPECT_EQ(batch.bytes(),
            "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\n\0b\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n"sv);
  EXPECT_EQ(batch.size(), 2U);
}

constexpr std::string_view kEveryKind =
    "+OK\r\n-ERR no\r\n:-42\r\n$5\r\na\r\nbc\r\n$-1\r\n$0\r\n\r\n*-1\r\n*0\r\n"
    "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n+y\r\n";
constexpr std::string_view kEveryKindSeen =
    "+OK;-ERR no;:-42;'a\r\nbc';nil;'';nil;[];[:1 ['x' nil ] +y ];";

TEST(RespClient, ReadsEveryKindOfReply) {
  auto client = sent(gets(9));
  const auto complete = client.feed(kEveryKind);
  ASSERT_TRUE(complete);
  ASSERT_EQ(complete->size(), 1U);
  EXPECT_EQ(dump(complete->front()), kEveryKindSeen);
  EXPECT_EQ(client.waiting(), 0U);
}

TEST(RespClient, RepliesMaySplitAtEveryByte) {
  for (std::size_t cut = 0; cut <= kEveryKind.size(); ++cut) {
    auto client = sent(gets(9));
    auto first = client.feed(kEveryKind.substr(0, cut));
    ASSERT_TRUE(first) << cut;
    auto second = client.feed(kEveryKind.substr(cut));
    ASSERT_TRUE(second) << cut;
    ASSERT_EQ(first->size() + second->size(), 1U) << cut;
    EXPECT_EQ(dump(first->empty() ? second->front() : first->front()), kEveryKindSeen) << cut;
  }
}

TEST(RespClient, RepliesMayComeByteByByte) {
  auto client = sent(gets(9));
  std::vector<RespClient::Replies> all;
  for (const char c : kEveryKind) {
    auto complete = client.feed({&c, 1});
    ASSERT_TRUE(complete);
    for (auto& replies : *complete) all.push_back(std::move(replies));
  }
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(dump(all[0]), kEveryKindSeen);
}

TEST(RespClient, BatchesAreAnsweredWholeAndInOrder) {
  auto client = sent(gets(2));
  client.send(gets(1));
  client.send(Batch{});
  EXPECT_EQ(client.waiting_batches(), 3U);
  EXPECT_TRUE(client.feed(":1\r\n")->empty());
  const auto complete = client.feed(":2\r\n:3\r\n");
  ASSERT_EQ(complete->size(), 3U);
  EXPECT_EQ(dump((*complete)[0]), ":1;:2;");
  EXPECT_EQ(dump((*complete)[1]), ":3;");
  EXPECT_EQ(dump((*complete)[2]), "");
}

TEST(RespClient, GarbageDropsTheConnection) {
  for (const std::string_view bytes :
       {"HTTP/1.1 200 OK\r\n\r\n", "!\r\n", "$x\r\n", "$-2\r\n", "*-2\r\n", ":12x\r\n", "\r\n",
        "%1\r\n", "$99999999999999999999\r\n", "*4294967296\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"}) {
    auto client = sent(gets(1));
    const auto complete = client.feed(bytes);
    ASSERT_FALSE(complete) << bytes;
    EXPECT_EQ(complete.error().code, Errc::bad_frame) << bytes;
    client.reset();
    EXPECT_EQ(client.waiting(), 0U);
    client.send(gets(1));
    EXPECT_EQ(dump(client.feed(":7\r\n")->front()), ":7;") << "usable again after reset";
  }
}

TEST(RespClient, AReplyNobodyWaitsForDropsTheConnection) {
  auto client = sent(gets(1));
  EXPECT_EQ(client.feed(":1\r\n:2\r\n").error().code, Errc::bad_frame);
}

TEST(RespClient, AnAnnouncedSizeCostsNoMemoryUntilItArrives) {
  auto client = sent(gets(1));
  EXPECT_TRUE(client.feed("*1000000\r\n"));
  EXPECT_TRUE(client.feed("$500000000\r\n"));
}

TEST(RespClient, AReplyOverTheBoundDropsTheConnection) {
  auto client = sent(gets(1));
  ASSERT_TRUE(client.feed("$100000000\r\n"));
  const std::string piece(8U << 20U, 'x');
  int fed = 0;
  while (fed < 20 && client.feed(piece)) ++fed;
  EXPECT_EQ(fed, 7) << "64 MiB";
}

TEST(RespClient, TooManySmallValuesDropTheConnection) {
  auto client = sent(gets(1));
  ASSERT_TRUE(client.feed("*2000000\r\n"));
  std::string piece;
  for (int i = 0; i < 100'000; ++i) piece += ":1\r\n";
  int fed = 0;
  while (fed < 20 && client.feed(piece)) ++fed;
  EXPECT_EQ(fed, 10) << "2^20 values";
}

TEST(RespClient, AForgottenScriptIsSentAgainWithItsTextAndReadsBehindItAreRepeated) {
  Batch batch;
  const std::vector<std::string> key{"leader"};
  const std::vector<std::string> args{"token", "5000"};
  batch.add({"SET", "a", "1"});
  batch.eval(Script::lead, key, args);
  batch.add({"HMGET", "a", "x"});
  batch.add({"SET", "b", "1"});
  batch.eval(Script::lead, key, args);
  auto client = sent(std::move(batch));
  client.send(gets(1));
  client.take_output();
  // The first answers: all in, yet nobody hears of them.
  auto complete = client.feed(
      "+OK\r\n-NOSCRIPT No matching\r\n*1\r\n$3\r\nold\r\n+OK\r\n-NOSCRIPT No\r\n:9\r\n");
  ASSERT_TRUE(complete);
  EXPECT_TRUE(complete->empty()) << "the batch behind it waits its turn";
  const auto again = client.take_output();
  EXPECT_TRUE(again.starts_with("*6\r\n$4\r\nEVAL\r\n$"));
  EXPECT_NE(again.find(script_text(Script::lead)), std::string::npos);
  EXPECT_NE(
      again.find("\r\n$1\r\n1\r\n$6\r\nleader\r\n$5\r\ntoken\r\n$4\r\n5000\r\n*3\r\n$5\r\nHMGET"),
      std::string::npos);
  EXPECT_EQ(again.find("SET\r\n$1\r\nb"), std::string::npos) << "writes are not repeated";
  EXPECT_NE(again.find("EVALSHA"), std::string::npos) << "the second use needs no text";
  complete = client.feed(":1\r\n*1\r\n$3\r\nnew\r\n:0\r\n");
  ASSERT_EQ(complete->size(), 2U);
  EXPECT_EQ(dump((*complete)[0]), "+OK;:1;['new' ];+OK;:0;");
  EXPECT_EQ(dump((*complete)[1]), ":9;");
}

TEST(RespClient, AScriptForgottenTwiceIsAnAnswer) {
  Batch batch;
  const std::vector<std::string> none;
  batch.eval(Script::lead, none, none);
  auto client = sent(std::move(batch));
  EXPECT_TRUE(client.feed("-NOSCRIPT x\r\n")->empty());
  EXPECT_TRUE(client.has_output());
  EXPECT_EQ(dump(client.feed("-NOSCRIPT y\r\n")->front()), "-NOSCRIPT y;");
}

TEST(RespClient, HelloIsRefusedWhileRedisLoadsAndWhenAScriptIsNotTheSame) {
  std::vector<Reply> replies(kScripts);
  for (std::size_t i = 0; i < kScripts; ++i) {
    replies[i].kind = Reply::Kind::text;
    replies[i].text = script_sha(static_cast<Script>(i));
  }
  EXPECT_TRUE(read_hello(replies));
  replies[3].text = "0";
  EXPECT_EQ(read_hello(replies).error().code, Errc::bad_frame);
  replies[3] = {Reply::Kind::error, 0, "LOADING Redis is loading the dataset in memory", {}};
  EXPECT_EQ(read_hello(replies).error().code, Errc::store_down);
  EXPECT_EQ(hello().size(), kScripts);
}

TEST(ErrorOf, TellsWhatPassesByItselfFromWhatIsRefused) {
  struct Case {
    const char* text;
    Errc want;
  };
  for (const auto& c :
       {Case{"LOADING Redis is loading", Errc::store_down},
        Case{"MASTERDOWN Link with MASTER is down", Errc::store_down},
        Case{"BUSY Redis is busy", Errc::store_down},
        Case{"MISCONF Redis is configured", Errc::store_refused},
        Case{"OOM command not allowed", Errc::store_refused},
        Case{"READONLY You can't write", Errc::store_refused},
        Case{"NOPERM this user", Errc::store_refused}, Case{"", Errc::store_refused}}) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(error_of({Reply::Kind::error, 0, c.text, {}}).code, c.want);
  }
}

TEST(Replies, ReadAsTheirKindOnly) {
  const Reply integer{Reply::Kind::integer, 5, {}, {}};
  const Reply text{Reply::Kind::text, 0, "t", {}};
  const Reply nil;
  const Reply error{Reply::Kind::error, 0, "OOM x", {}};
  EXPECT_EQ(*as_integer(integer), 5);
  EXPECT_EQ(as_integer(text).error().code, Errc::bad_frame);
  EXPECT_EQ(as_integer(error).error().code, Errc::store_refused);
  EXPECT_EQ(*as_text(text), "t");
  EXPECT_EQ(*as_text(nil), "");
  EXPECT_EQ(as_text(integer).error().code, Errc::bad_frame);
  EXPECT_EQ(as_array(text).error().code, Errc::bad_frame);
}

}  // namespace
}  // namespace webmon::store
