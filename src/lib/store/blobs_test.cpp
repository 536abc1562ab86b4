// Report blobs and history rings: round trips, every truncation, hostile bytes.
#include <gtest/gtest.h>

#include <limits>

#include "lib/core/plugin.hpp"
#include "lib/core/rng.hpp"
#include "lib/store/history.hpp"
#include "lib/store/report_blob.hpp"
#include "lib/store/sides.hpp"

namespace webmon::store {
namespace {

ReportBlob sample() {
  SeededRng rng{1};
  ReportBlob blob;
  blob.observed = store_time_ms(1'800'000'000'123);
  blob.job = make_id<JobId>(store_time_ms(5), rng, 9);
  PluginEntry probe;
  probe.report = {1, 3, ReportState::warn, "slow", {{101, 12.5}, {102, -0.0}}, {{"status", 200}},
                  {}};
  probe.report.findings.push_back({Severity::crit, "code", "A sentence.", "1", "2", "<b>\x01\xff"});
  probe.state = std::string{"\0\1\2", 3};
  PluginEntry stats;
  stats.report = {2, 1, ReportState::ok, "", {}, {}, {}};
  blob.entries = {probe, stats};
  return blob;
}

TEST(ReportBlob, SurvivesARoundTrip) {
  const auto blob = sample();
  const auto seen = decode_report_blob(encode(blob));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->observed, blob.observed);
  EXPECT_EQ(seen->job, blob.job);
  ASSERT_EQ(seen->entries.size(), 2U);
  const auto& probe = seen->entries[0];
  EXPECT_EQ(probe.state, blob.entries[0].state);
  EXPECT_EQ(probe.report.version, 3);
  EXPECT_EQ(probe.report.state, ReportState::warn);
  EXPECT_EQ(probe.report.reason, "slow");
  EXPECT_EQ(probe.report.metrics, blob.entries[0].report.metrics);
  EXPECT_EQ(probe.report.facts, blob.entries[0].report.facts);
  EXPECT_EQ(probe.report.findings, blob.entries[0].report.findings);
  EXPECT_EQ(seen->entries[1].report.plugin, 2);
}

TEST(ReportBlob, GivesStatesWithoutBuildingReports) {
  const auto bytes = encode(sample());
  const auto states = decode_plugin_states(bytes);
  ASSERT_TRUE(states);
  ASSERT_EQ(states->size(), 2U);
  EXPECT_EQ((*states)[0].plugin, 1);
  EXPECT_EQ((*states)[0].version, 3);
  EXPECT_EQ((*states)[0].state, (std::string_view{"\0\1\2", 3}));
  EXPECT_EQ((*states)[1].state, "");
}

TEST(ReportBlob, NothingIsAnEmptyBlob) {
  EXPECT_TRUE(decode_report_blob("")->entries.empty());
  EXPECT_TRUE(decode_plugin_states("")->empty());
}

TEST(ReportBlob, EveryTruncationIsRefused) {
  const auto bytes = encode(sample());
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    const auto seen = decode_report_blob(std::string_view{bytes}.substr(0, size));
    ASSERT_FALSE(seen) << size;
    EXPECT_EQ(seen.error().code, Errc::bad_frame) << size;
    EXPECT_FALSE(decode_plugin_states(std::string_view{bytes}.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_report_blob(bytes + "x")) << "nor may anything follow";
}

TEST(ReportBlob, HostileBytesAreRefusedOrReadButNeverHarm) {
  const auto bytes = encode(sample());
  SeededRng rng{2};
  for (int round = 0; round < 2'000; ++round) {
    auto torn = bytes;
    for (int flips = 0; flips < 3; ++flips)
      torn[rng.next() % torn.size()] = static_cast<char>(rng.next());
    const auto seen = decode_report_blob(torn);
    EXPECT_LE(seen ? seen->entries.size() : 0U, 255U);
    const auto states = decode_plugin_states(torn);
    if (!states) continue;
    for (const auto& state : *states) EXPECT_LE(state.state.size(), kMaxPluginState);
  }
}

TEST(ReportBlob, ANewerVersionSaysSo) {
  auto bytes = encode(sample());
  bytes[0] = 2;
  EXPECT_EQ(decode_report_blob(bytes).error().code, Errc::schema);
  EXPECT_EQ(decode_plugin_states(bytes).error().code, Errc::schema);
}

TEST(ReportBlob, LargeFactsAndFindingsAreCutAndTheReportSaysSo) {
  auto blob = sample();
  blob.entries[0].report.facts["list"] = std::string(60'000, 'x');
  Finding finding;
  finding.message = std::string(300, 'm');
  blob.entries[1].report.findings.assign(500, finding);
  const auto bytes = encode(blob);
  EXPECT_LE(bytes.size(), 32U << 10U);
  const auto seen = decode_report_blob(bytes);
  ASSERT_TRUE(seen);
  const boost::json::object cut{{"truncated", true}};
  EXPECT_EQ(seen->entries[0].report.facts, cut);
  EXPECT_EQ(seen->entries[0].report.metrics, blob.entries[0].report.metrics);
  EXPECT_EQ(seen->entries[0].state, blob.entries[0].state) << "the plugins' states are never cut";
  EXPECT_EQ(seen->entries[1].report.facts, cut);
  EXPECT_GT(seen->entries[1].report.findings.size(), 20U);
  EXPECT_LT(seen->entries[1].report.findings.size(), 500U);
}

TEST(ReportBlob, FactsWithBytesThatAreNotUtf8StayReadable) {
  auto blob = sample();
  blob.entries[0].report.facts["title"] = "caf\xe9";
  const auto seen = decode_report_blob(encode(blob));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->entries[0].report.facts.at("title"), "caf\xe9");
}

std::string ring_of(const HistoryLayout& layout, int rows) {
  std::string ring(layout.ring_bytes(), '\0');
  ring.replace(0, layout.header().size(), layout.header());
  for (int n = 0; n < rows; ++n) {
    const Metric metrics[] = {{101, n * 1.5}, {999, 1}};
    const auto row = layout.row(store_time_ms(1'000 + n), AssetState::changed, n % 2 == 1, metrics);
    ring.replace(layout.offset(static_cast<std::uint64_t>(n)), row.size(), row);
  }
  return ring;
}

TEST(History, ReadsRowsOldestFirstAndLeavesEmptySlotsOut) {
  const HistoryLayout layout{{101, 102}};
  for (const int rows : {0, 1, 31, 32, 33, 100}) {
    SCOPED_TRACE(rows);
    const auto history = decode_history(ring_of(layout, rows));
    ASSERT_TRUE(history);
    EXPECT_EQ(history->metrics, (std::vector<std::uint16_t>{101, 102}));
    const auto kept = std::min(rows, static_cast<int>(kHistorySlots));
    ASSERT_EQ(history->rows.size(), static_cast<std::size_t>(kept));
    for (int i = 0; i < kept; ++i) {
      const auto& row = history->rows[static_cast<std::size_t>(i)];
      const int n = rows - kept + i;
      EXPECT_EQ(to_ms(row.observed), 1'000 + n);
      EXPECT_EQ(row.state, AssetState::changed);
      EXPECT_EQ(row.is_late, n % 2 == 1);
      EXPECT_EQ(row.values[0], static_cast<float>(n * 1.5));
      EXPECT_FALSE(row.values[1]);
    }
  }
}

TEST(History, LayoutsDifferByTheirColumns) {
  EXPECT_EQ(HistoryLayout({1, 2}).id(), HistoryLayout({1, 2}).id());
  EXPECT_NE(HistoryLayout({1, 2}).id(), HistoryLayout({2, 1}).id());
  EXPECT_NE(HistoryLayout({}).id(), 0U);
  EXPECT_EQ(HistoryLayout({1, 2}).header(), (std::string{"\x01\x20\x02\0\x01\0\x02\0", 8}));
  EXPECT_EQ(HistoryLayout({1, 2}).ring_bytes(), 8U + 32 * 20);
}

TEST(History, TornAndForeignBytesAreRefused) {
  EXPECT_TRUE(decode_history("")->rows.empty());
  const auto ring = ring_of(HistoryLayout{{101, 102}}, 40);
  for (std::size_t size = 1; size < ring.size(); ++size) {
    const auto seen = decode_history(std::string_view{ring}.substr(0, size));
    const bool is_row_edge = size >= 8 && (size - 8) % 20 == 0;
    EXPECT_EQ(seen.has_value(), is_row_edge) << size;
  }
  EXPECT_EQ(decode_history("\x02").error().code, Errc::schema);
  EXPECT_EQ(decode_history(std::string_view{"\0", 1}).error().code, Errc::bad_frame);
  EXPECT_EQ(decode_history(std::string_view{"\x01\x20\xff\xff", 4}).error().code, Errc::bad_frame);
  SeededRng rng{3};
  for (int round = 0; round < 1'000; ++round) {
    auto torn = ring;
    for (int flips = 0; flips < 5; ++flips)
      torn[rng.next() % torn.size()] = static_cast<char>(rng.next());
    const auto seen = decode_history(torn);
    if (!seen) continue;
    for (const auto& row : seen->rows) EXPECT_EQ(row.values.size(), seen->metrics.size());
  }
}

TEST(SideBlob, ReadsWhatWasWritten) {
  for (const auto& side :
       {KeptSide{true, store_time_ms(1'790'000'000'123), "a\nb"}, KeptSide{false, {}, ""},
        KeptSide{true, store_time_ms(1), std::string(70'000, 'x')}}) {
    const auto read = decode_side(encode_side(side));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, side);
  }
}

TEST(SideBlob, TornAndForeignBytesAreNoAnswer) {
  const auto blob = encode_side({true, store_time_ms(1), "some text"});
  for (std::size_t size = 0; size < blob.size(); ++size)
    EXPECT_FALSE(decode_side(blob.substr(0, size))) << size;
  EXPECT_FALSE(decode_side(blob + "x"));
  EXPECT_EQ(decode_side("\x02" + blob.substr(1)).error().code, Errc::schema);
  Reply reply;
  EXPECT_FALSE(read_side(reply)) << "nil";
  reply.kind = Reply::Kind::text;
  reply.text = "\x02" + blob.substr(1);
  EXPECT_FALSE(read_side(reply)) << "it is asked again";
}

}  // namespace
}  // namespace webmon::store
