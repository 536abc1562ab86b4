#include "lib/fetch/record_lookup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>

#include "lib/fetch/records.hpp"

namespace webmon::fetch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

constexpr unsigned kNoSuchName = 3, kServerFailure = 2;

/// What name servers would say, by name and type; anything else is a NODATA without SOA.
class World {
 public:
  DnsMessage& at(const std::string& name, RecordType type, bool is_second = false) {
    return answers_[{name, type, is_second}];
  }
  void say(const std::string& name, RecordType type, std::vector<std::string> texts) {
    for (auto& text : texts) at(name, type).answer.push_back({name, type, 300, std::move(text)});
  }
  void zone(const std::string& asked, const std::string& zone) {
    at(asked, RecordType::soa).authority = {{zone, RecordType::soa, 60, "7"}};
  }
  void silence(const std::string& name, RecordType type) { silent_.push_back({name, type}); }

  NameRecords look_up(const std::string& name, bool has_second = false) {
    RecordLookup lookup{name, has_second, {}};
    MonoTime now{};
    for (auto asked = lookup.take_questions(); !asked.empty(); asked = lookup.take_questions()) {
      for (const auto& question : asked) {
        ++questions;
        now += milliseconds{1};
        const bool is_silent =
            std::ranges::find(silent_, std::pair{question.name, question.type}) != silent_.end();
        const auto answer = at(question.name, question.type, question.is_second);
        lookup.on_answer(question, is_silent ? nullptr : &answer, now);
      }
    }
    EXPECT_TRUE(lookup.is_over());
    return lookup.records();
  }
  int questions = 0;

 private:
  std::map<std::tuple<std::string, RecordType, bool>, DnsMessage> answers_;
  std::vector<std::pair<std::string, RecordType>> silent_;
};

TEST(RecordLookup, AsksTheNameForItsOwnAndTheZoneForTheRest) {
  World world;
  world.say("www.shop.example", RecordType::a, {"192.0.2.2", "192.0.2.1", "192.0.2.2"});
  world.say("www.shop.example", RecordType::txt, {"b", "a"});
  world.zone("www.shop.example", "shop.example");
  world.say("shop.example", RecordType::ns, {"ns2.shop.example", "ns1.shop.example"});
  world.say("shop.example", RecordType::mx, {"10 mx.shop.example"});
  world.say("shop.example", RecordType::caa, {"0 issue \"ca.example\""});
  const auto records = world.look_up("www.shop.example");
  EXPECT_THAT(records.rcode, Optional(0U));
  EXPECT_THAT(records.a, Optional(ElementsAre("192.0.2.1", "192.0.2.2")));
  EXPECT_THAT(records.aaaa, Optional(IsEmpty()));
  EXPECT_THAT(records.txt, Optional(ElementsAre("a", "b")));
  EXPECT_EQ(records.zone, "shop.example");
  EXPECT_THAT(records.ns, Optional(ElementsAre("ns1.shop.example", "ns2.shop.example")));
  EXPECT_THAT(records.mx, Optional(ElementsAre("10 mx.shop.example")));
  EXPECT_THAT(records.caa, Optional(ElementsAre("0 issue \"ca.example\"")));
  EXPECT_THAT(records.soa_serial, Optional(7U));
  EXPECT_THAT(records.ttl_min, Optional(300U));
  EXPECT_EQ(records.is_disputed, std::nullopt);
  EXPECT_THAT(records.lookup, Optional(milliseconds{2})) << "the other questions do not count";
  EXPECT_EQ(world.questions, 9);
}

TEST(RecordLookup, WhatTheNameHasOfItsOwnGoesBeforeTheZones) {
  World world;
  world.zone("www.shop.example", "shop.example");
  world.say("www.shop.example", RecordType::mx, {"5 own.shop.example"});
  world.say("shop.example", RecordType::mx, {"10 mx.shop.example"});
  EXPECT_THAT(world.look_up("www.shop.example").mx, Optional(ElementsAre("5 own.shop.example")));
}

TEST(RecordLookup, FollowsAliasesAndFindsTheZoneOfTheNameNotOfItsTarget) {
  World world;
  auto& address = world.at("www.shop.example", RecordType::a);
  address.answer = {{"b.cdn.example", RecordType::a, 30, "192.0.2.1"},
                    {"a.cdn.example", RecordType::cname, 60, "b.cdn.example"},
                    {"www.shop.example", RecordType::cname, 300, "a.cdn.example"}};
  world.at("www.shop.example", RecordType::mx).answer = {
      {"b.cdn.example", RecordType::mx, 60, "1 mx.cdn.example"}};
  world.zone("www.shop.example", "cdn.example");
  world.zone("shop.example", "shop.example");
  const auto records = world.look_up("www.shop.example");
  EXPECT_THAT(records.cname_chain, ElementsAre("a.cdn.example", "b.cdn.example"));
  EXPECT_THAT(records.a, Optional(ElementsAre("192.0.2.1")));
  EXPECT_THAT(records.ttl_min, Optional(30U));
  EXPECT_EQ(records.zone, "shop.example");
  EXPECT_THAT(records.mx, Optional(IsEmpty())) << "mail of the target is not mail of the name";
}

TEST(RecordLookup, AnAliasThatGoesRoundEnds) {
  World world;
  world.at("a.shop.example", RecordType::a).answer = {
      {"a.shop.example", RecordType::cname, 60, "b.shop.example"},
      {"b.shop.example", RecordType::cname, 60, "a.shop.example"}};
  EXPECT_EQ(world.look_up("a.shop.example").cname_chain.size(), 16U);
}

TEST(RecordLookup, GoesUpToTheZoneAndNotToATopLevelDomain) {
  World world;
  world.zone("shop.example", "shop.example");
  EXPECT_EQ(world.look_up("a.b.c.shop.example").zone, "shop.example");
  World no_zone;
  no_zone.zone("shop.example", "example");
  const auto records = no_zone.look_up("shop.example");
  EXPECT_EQ(records.zone, "");
  EXPECT_EQ(records.ns, std::nullopt);
  EXPECT_EQ(no_zone.questions, 6);
}

TEST(RecordLookup, WhatWasNotAnsweredIsNotTakenForNothing) {
  World world;
  world.zone("www.shop.example", "shop.example");
  world.silence("www.shop.example", RecordType::aaaa);
  world.silence("shop.example", RecordType::mx);
  world.at("shop.example", RecordType::caa).rcode = kServerFailure;
  const auto records = world.look_up("www.shop.example");
  EXPECT_THAT(records.a, Optional(IsEmpty()));
  EXPECT_EQ(records.aaaa, std::nullopt);
  EXPECT_EQ(records.mx, std::nullopt);
  EXPECT_EQ(records.caa, std::nullopt);
  EXPECT_EQ(records.lookup, std::nullopt);
  World without_zone;
  without_zone.silence("shop.example", RecordType::soa);
  EXPECT_EQ(without_zone.look_up("shop.example").mx, std::nullopt) << "the zone may have some";
}

TEST(RecordLookup, IsAuthenticOnlyIfAllAddressesAre) {
  World world;
  world.at("shop.example", RecordType::a).is_authentic = true;
  EXPECT_FALSE(world.look_up("shop.example").is_authentic);
  world.at("shop.example", RecordType::aaaa).is_authentic = true;
  EXPECT_TRUE(world.look_up("shop.example").is_authentic);
}

TEST(RecordLookup, NameServersDisagreeWhoShareNoAddress) {
  const auto disputed = [](std::vector<std::string> first, std::vector<std::string> second) {
    World world;
    world.say("shop.example", RecordType::a, std::move(first));
    for (auto& text : second) {
      world.at("shop.example", RecordType::a, true)
          .answer.push_back({"shop.example", RecordType::a, 300, text});
    }
    return world.look_up("shop.example", true).is_disputed;
  };
  EXPECT_EQ(disputed({"192.0.2.1", "192.0.2.2"}, {"192.0.2.2", "192.0.2.3"}), false);
  EXPECT_EQ(disputed({"192.0.2.1"}, {"192.0.2.3"}), true);
  EXPECT_EQ(disputed({"192.0.2.1"}, {}), true);
  EXPECT_EQ(disputed({}, {}), false);
}

TEST(RecordLookup, TheJsonHasWhatWasAnsweredAndIsBounded) {
  World world;
  std::vector<std::string> many;
  for (int i = 0; i < 200; ++i) many.push_back(std::to_string(i) + std::string(1'000, 'x'));
  world.say("shop.example", RecordType::caa, many);
  world.say("shop.example", RecordType::txt, {"v=spf1 -all"});
  world.at("shop.example", RecordType::a).rcode = kNoSuchName;
  const auto text = to_json(world.look_up("shop.example"));
  EXPECT_LT(text.size(), 64U << 10U);
  const auto json = boost::json::parse(text).as_object();
  EXPECT_EQ(json.at("rcode").as_string(), "NXDOMAIN");
  EXPECT_EQ(json.at("caa").as_array().size(), kMostListed);
  EXPECT_EQ(json.at("txt_hash").as_string().size(), 64U);
  EXPECT_FALSE(json.contains("ttl_min"));
  EXPECT_FALSE(json.contains("resolver_disagree"));
  EXPECT_FALSE(json.contains("zone"));
}

TEST(Records, AskForNamesOnly) {
  EXPECT_TRUE(Records::is_name("shop.example"));
  for (const char* not_one :
       {"", "localhost", "127.0.0.1", "::1", ".shop.example", "shop.example.", "2001:db8::1"}) {
    EXPECT_FALSE(Records::is_name(not_one)) << not_one;
  }
}

}  // namespace
}  // namespace webmon::fetch
