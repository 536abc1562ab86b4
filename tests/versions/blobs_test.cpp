// Blobs and documents of schema 1, value by value. What is expected stands here literally: it must
// not be computed by the code under test.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "lib/change/memory_codec.hpp"
#include "lib/stats/model.hpp"
#include "lib/store/history.hpp"
#include "lib/store/report_blob.hpp"
#include "tests/versions/old_data.hpp"

namespace webmon::versions {
namespace {

TEST(OldFiles, AreAsTheyWereWritten) {
  struct Case {
    const char* name;
    const char* sha256;
  };
  const Case cases[] = {
      {"v1/history.bin", "63530635ad504c01dc59807f7dc5f22a14ec4a0fffd3ba375860b5b19ec9a63e"},
      {"v1/model.bin", "54bd7af17e188e506da0f2330deba7bf202d69df6f053812e05292a2787cc9c5"},
      {"v1/old_history.bin", "4f3025ed1d03b697ba0437e4a6b0a9412a3eb319878d1a1dc1ac9e9a7b4b0d17"},
      {"v1/redis.jsonl", "83cc959d95c209508d16b02f6fc5026cc5e64437781b346d3faf72616669c6a4"},
      {"v1/report.bin", "e8d13b4a06c8a08ab8b29bf9949dfb9b2b089d8c208983187a22386f2d595233"},
      {"v2/history.bin", "752c3e3d63b2877ea3e4bec273e8abe407aadd7bda9e8d22317e69735879280f"},
      {"v2/model.bin", "f221c2d1f7ecd5c0894957346b427aba61a2fa2f68b5e37bb6d8d37310d099ba"},
      {"v2/old_history.bin", "4f3025ed1d03b697ba0437e4a6b0a9412a3eb319878d1a1dc1ac9e9a7b4b0d17"},
      {"v2/redis.jsonl", "fe68ad03669f1b6da039f34f80aaa9007a4faab17d6e9b22150fa55cb675ce6d"},
      {"v2/report.bin", "864c2a55651de21ea7240e766ced279a76797618f6c2d7869e33e8e85d3e7d1d"},
      {"v3/history.bin", "752c3e3d63b2877ea3e4bec273e8abe407aadd7bda9e8d22317e69735879280f"},
      {"v3/model.bin", "ed4582330e75d5440837e2b02d5dc3fbf73a9298f728c15e8f7be2c4a6e80fe0"},
      {"v3/old_history.bin", "4f3025ed1d03b697ba0437e4a6b0a9412a3eb319878d1a1dc1ac9e9a7b4b0d17"},
      {"v3/redis.jsonl", "8c152b946c3180ac4d64f9346f404783d730a2f415b4bcc62b40ae1b78062906"},
      {"v3/report.bin", "7f2580296e686e1da11b43bde71439d46e8b5f59b0e6bf4852a476bb917dd187"}};
  for (const auto& c : cases)
    EXPECT_EQ(sha256(read_old_data(c.name)), c.sha256)
        << c.name << ": old data is never edited; make a new folder (CONTRIBUTING.md)";
}

const MetricStats* find(const std::vector<MetricStats>& all, std::uint16_t number) {
  const auto at = std::ranges::find(all, number, &MetricStats::number);
  return at == all.end() ? nullptr : &*at;
}

TEST(ModelV1, DecodesToTheValuesThatWereLearned) {
  const auto model = Model::decode(read_old_data("v1/model.bin"));
  ASSERT_TRUE(model) << model.error().detail;
  const auto all = model->stats();
  EXPECT_EQ(all.size(), 77U);
  struct Case {
    std::uint16_t number;
    double mean, m2, min, max, last, z;
  };
  const Case cases[] = {
      {100, 1.0188888888888883, 0.005466666666666674, 1, 1.04, 1.01, -4.615384750650264e-05},
      {105, 33.788888888888884, 1.0266666666666673, 33.5, 34.1, 34, 0.0004384615458548069},
      {109, 729.6296296296296, 49394.2962962963, 679, 821, 821, 0.02316518872976303},
      {313, 1, 0, 1, 1, 1, 0},
      {322, 0.037037037037037035, 0.962962962962963, 0, 1, 1, 6.666666507720947},
      {373, 0, 0, 0, 0, 0, 0}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.number);
    const auto* one = find(all, c.number);
    ASSERT_NE(one, nullptr);
    EXPECT_EQ(one->n, 27U);
    EXPECT_EQ(one->mean, c.mean);
    EXPECT_DOUBLE_EQ(one->sd, std::sqrt(c.m2 / 26));
    EXPECT_EQ(one->min, c.min);
    EXPECT_EQ(one->max, c.max);
    EXPECT_EQ(one->last, c.last);
    EXPECT_EQ(one->z, c.z);
  }
  EXPECT_EQ(find(all, 102), nullptr) << "there was no TLS";
}

/// Versions 2 and 3 have their fixtures from the same observations.
void expect_what_both_learned(const std::vector<MetricStats>& all) {
  EXPECT_EQ(all.size(), 97U);
  const auto* varying = find(all, 109);
  ASSERT_NE(varying, nullptr);
  EXPECT_EQ(varying->n, 27U);
  EXPECT_EQ(varying->mean, 729.6296296296296);
  EXPECT_EQ(varying->max, 821);
  EXPECT_EQ(varying->z, 0.02316518872976303);
}

TEST(ModelV2, DecodesToTheValuesThatWereLearnedAndWhatIsRememberedOfThePage) {
  const auto model = Model::decode(read_old_data("v2/model.bin"));
  ASSERT_TRUE(model) << model.error().detail;
  const auto all = model->stats();
  expect_what_both_learned(all);
  const auto* constant = find(all, 313);
  ASSERT_NE(constant, nullptr);
  EXPECT_EQ(constant->mean, 1);
  EXPECT_EQ(constant->sd, 0);
  const auto memory = change::decode(model->page_memory());
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->seen, 26U);
  EXPECT_EQ(memory->first, 1'700'000'000U);
  EXPECT_EQ(memory->waits, 1) << "the frame of the last observation";
  EXPECT_EQ(memory->waiting.since, 1'700'007'800U);
  EXPECT_EQ(memory->waiting.score, 1.8691351413726807F);
  EXPECT_EQ(memory->changes.mean, 0.043836772441864014F);
  EXPECT_EQ(memory->versions.size(), 3U);
  EXPECT_EQ(memory->signs.from, 26U) << "signs were not counted then";
}

TEST(ModelV3, DecodesToTheValuesThatWereLearnedAndTheQuantilesOfTimings) {
  const auto model = Model::decode(read_old_data("v3/model.bin"));
  ASSERT_TRUE(model) << model.error().detail;
  expect_what_both_learned(model->stats());
  EXPECT_EQ(model->sketch(109), nullptr) << "no timing";
  struct Case {
    std::uint16_t number;
    double p50, p95;
  };
  const Case cases[] = {{100, 1.0241619227259304, 1.0241619227259304},
                        {101, 1.981933233212093, 1.981933233212093},
                        {103, 29.5145448159786, 31.340186763358723},
                        {105, 33.278755016762354, 33.278755016762354}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.number);
    const auto* sketch = model->sketch(c.number);
    ASSERT_NE(sketch, nullptr);
    EXPECT_EQ(sketch->count(), 27U);
    EXPECT_NEAR(sketch->quantile(0.5) / c.p50, 1, 1e-12);
    EXPECT_NEAR(sketch->quantile(0.95) / c.p95, 1, 1e-12);
  }
  const auto memory = change::decode(model->page_memory());
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->seen, 26U);
  EXPECT_EQ(memory->first, 1'700'000'000U);
  EXPECT_EQ(memory->waiting.since, 1'700'007'800U);
}

TEST(ReportV1, DecodesToWhatThePluginsSaid) {
  const auto blob = store::decode_report_blob(read_old_data("v1/report.bin"));
  ASSERT_TRUE(blob) << blob.error().detail;
  EXPECT_EQ(to_ms(blob->observed), 1'700'007'800'000);
  EXPECT_EQ(blob->job.text(), "00000000-0001-7250-a05b-f557a083aec9");
  ASSERT_EQ(blob->entries.size(), 3U);
  const auto& probe = blob->entries[0].report;
  EXPECT_EQ(probe.plugin, 1);
  EXPECT_EQ(probe.version, 1);
  EXPECT_EQ(probe.state, ReportState::ok);
  const std::vector<Metric> metrics{{100, 1.01}, {101, 2},   {103, 30.5}, {104, 0.5}, {105, 34},
                                    {106, 200},  {107, 120}, {108, 821},  {109, 821}, {110, 1}};
  EXPECT_EQ(probe.metrics, metrics);
  EXPECT_EQ(probe.facts.at("remote_ip").as_string(), "203.0.113.7");
  const auto& html = blob->entries[1].report;
  EXPECT_EQ(html.plugin, 3);
  EXPECT_EQ(html.state, ReportState::crit);
  EXPECT_EQ(html.reason, "excessive_change");
  EXPECT_EQ(html.metrics.size(), 70U);
  ASSERT_EQ(html.findings.size(), 2U);
  const Finding frame{
      Severity::crit,
      "excessive_change",
      "iframe_count is 1; over 26 observations it was 0 on average (sigma 0, floor 0.15): z = 6.7",
      "-0.75 to 0.75 count",
      "1 count",
      "feature=iframe_count value=1 mean=0 sigma=0 n=26 z=6.667 floor=0.15"};
  EXPECT_EQ(html.findings[1], frame);
  EXPECT_EQ(blob->entries[2].report.findings.at(0).code, "content_changed");
  EXPECT_EQ(blob->entries[2].report.facts.at("simhash64").as_string(), "f7559ff94f24111c");
}

TEST(ReportV1, GivesThePluginsTheirStates) {
  const auto bytes = read_old_data("v1/report.bin");
  const auto states = store::decode_plugin_states(bytes);
  ASSERT_TRUE(states) << states.error().detail;
  ASSERT_EQ(states->size(), 3U);
  EXPECT_EQ((*states)[0].state, "");
  EXPECT_EQ((*states)[2].plugin, 4);
  EXPECT_EQ((*states)[2].version, 1);
  EXPECT_EQ((*states)[2].state.size(), 72U);
  EXPECT_EQ((*states)[2].state.substr(64), "\xf7\x55\x9f\xf9\x4f\x24\x11\x1c");
}

TEST(HistoryV1, DecodesItsRowsAndThoseOfTheLayoutBefore) {
  const auto ring = store::decode_history(read_old_data("v1/history.bin"));
  ASSERT_TRUE(ring) << ring.error().detail;
  EXPECT_EQ(ring->metrics.size(), 78U);
  EXPECT_EQ(ring->metrics[5], 105);
  ASSERT_EQ(ring->rows.size(), 25U);
  EXPECT_EQ(to_ms(ring->rows[0].observed), 1'700'000'600'000);
  EXPECT_EQ(ring->rows[0].state, AssetState::up);
  EXPECT_EQ(ring->rows[0].values[5], 33.7F);
  const auto& last = ring->rows.back();
  EXPECT_EQ(to_ms(last.observed), 1'700'007'800'000);
  EXPECT_EQ(last.state, AssetState::changed);
  EXPECT_FALSE(last.is_late);
  EXPECT_EQ(last.values[0], 1.01F);
  EXPECT_FALSE(last.values[2]) << "no TLS";
  EXPECT_EQ(last.values[7], 821.0F);
  const auto before = store::decode_history(read_old_data("v1/old_history.bin"));
  ASSERT_TRUE(before) << before.error().detail;
  EXPECT_EQ(before->metrics, (std::vector<std::uint16_t>{101, 102}));
  ASSERT_EQ(before->rows.size(), 2U);
  EXPECT_EQ(to_ms(before->rows[1].observed), 1'700'000'300'000);
  EXPECT_EQ(before->rows[1].values[0], 2.0F);
  EXPECT_FALSE(before->rows[1].values[1]);
}

TEST(AssetV1, ReadsFromItsDocument) {
  const auto text = old_value("v1", "wm:{p09}:a:00000000-0001-770d-9c66-3cf4d73c4c09", "doc");
  const auto asset = asset_from_document(text);
  ASSERT_TRUE(asset) << asset.error().detail;
  EXPECT_EQ(asset->id.text(), "00000000-0001-770d-9c66-3cf4d73c4c09");
  EXPECT_EQ(asset->url.text, "http://a.example/page?x=1");
  EXPECT_EQ(asset->tags, (std::vector<std::string>{"prod", "shop"}));
  EXPECT_TRUE(asset->enabled);
  ASSERT_TRUE(asset->request);
  EXPECT_EQ(asset->request->method, "GET");
  ASSERT_EQ(asset->request->headers.size(), 1U);
  EXPECT_EQ(asset->request->headers[0].first, "Accept-Language");
  EXPECT_EQ(asset->request->headers[0].second, "de");
  EXPECT_EQ(asset->tls_verify, false);
  EXPECT_FALSE(is_plugin_enabled(*asset, "tls-cert"));
  EXPECT_EQ(asset->version, 2U);
  EXPECT_EQ(to_ms(asset->created), 1'699'999'998'000);
  EXPECT_EQ(to_ms(asset->updated), 1'699'999'999'000);
}

/// As if a newer build had written it.
std::string next_version(const std::string& name, char version = 2) {
  auto bytes = read_old_data(name);
  bytes.at(0) = version;
  return bytes;
}

TEST(NewerBlobs, AreRefusedAndTheMessageSaysWhatToDo) {
  const auto model = Model::decode(next_version("v1/model.bin", 4));
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Errc::schema);
  EXPECT_EQ(
      model.error().detail,
      "the model in Redis has version 4, this build reads up to version 3: upgrade this program");
  const auto newer = next_version("v1/report.bin");
  const auto report = store::decode_report_blob(newer);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::schema);
  EXPECT_EQ(
      report.error().detail,
      "the reports in Redis have version 2, this build reads version 1: upgrade this program");
  const auto states = store::decode_plugin_states(newer);
  ASSERT_FALSE(states);
  EXPECT_EQ(states.error().code, Errc::schema);
  const auto history = store::decode_history(next_version("v1/history.bin"));
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().code, Errc::schema);
  EXPECT_EQ(history.error().detail,
            "the history in Redis has version 2, this build reads version 1: upgrade this program");
}

TEST(NewerBlobs, TheVersionAloneIsReadFromTheFirstByte) {
  EXPECT_TRUE(Model::check_version(""));
  EXPECT_TRUE(Model::check_version("\x01"));
  EXPECT_EQ(Model::check_version("\xff").error().code, Errc::schema);
  EXPECT_TRUE(store::check_report_version(""));
  EXPECT_TRUE(store::check_report_version("\x01"));
  EXPECT_EQ(store::check_report_version("\x02").error().code, Errc::schema);
}

}  // namespace
}  // namespace webmon::versions
