#include "lib/core/plugin_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace webmon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array kMetrics = {
    MetricSpec{"age_s", 23000, "s", true, 60, 0.5, "how old", Excess::slow},
    MetricSpec{"size_bytes", 23001, "bytes", false, 0, 0, "how large"}};
constexpr std::array kFacts = {FactSpec{"cached", ValueType::boolean, "from a cache"},
                               FactSpec{"lifetime", ValueType::integer, "how long", "s"}};
constexpr std::array kReasons = {ReasonSpec{ReportState::warn, "stale", "older than 300 s"},
                                 ReasonSpec{ReportState::ok, "no_validator", "no ETag"}};
constexpr std::array kOptions = {OptionSpec{"limit_s", ValueType::number, "300", "when stale"}};
constexpr Plugin kFull{.name = "full-one",
                       .number = 230,
                       .version = 4,
                       .stage = Stage::first,
                       .summary = "Says everything.",
                       .metrics = kMetrics,
                       .facts = kFacts,
                       .reasons = kReasons,
                       .options = kOptions};
constexpr Plugin kBare{.name = "bare", .number = 231, .version = 1, .summary = "Says nothing."};

TEST(PluginPage, HasARowForEverythingOfTheDescriptor) {
  const auto page = markdown_page(kFull);
  for (const auto* row : {
           "# full-one\n\nSays everything.\n",
           "Plugin number 230, version 4, stage 0.",
           "| warn | `stale` | older than 300 s |\n",
           "| ok, finding of severity info | `no_validator` | no ETag |\n",
           "| 23000 | `age_s` | s | 60 | 50 % | slow | how old |\n",
           "| 23001 | `size_bytes` | bytes | | | | how large |\n",
           "| `cached` | boolean | from a cache |\n",
           "| `lifetime` | integer, s | how long |\n",
           "| `enabled` | boolean | true |",
           "| `limit_s` | number | 300 | when stale |\n",
       })
    EXPECT_THAT(page, HasSubstr(row));
}

TEST(PluginPage, LeavesOutWhatThereIsNot) {
  const auto page = markdown_page(kBare);
  for (const auto* heading : {"## States", "## Metrics", "## Facts"})
    EXPECT_THAT(page, Not(HasSubstr(heading)));
  EXPECT_THAT(page, HasSubstr("## Options")) << "each can be switched off";
}

TEST(PluginJson, HasEverythingOfTheDescriptor) {
  EXPECT_EQ(
      boost::json::serialize(to_json(kFull)),
      R"({"name":"full-one","number":230,"version":4,"stage":0,"summary":"Says everything.","metrics":[)"
      R"({"name":"age_s","number":23000,"unit":"s","statistical":true,"floor_absolute":6E1,"floor_relative":5E-1,"excess":"slow","help":"how old"},)"
      R"({"name":"size_bytes","number":23001,"unit":"bytes","statistical":false,"floor_absolute":0E0,"floor_relative":0E0,"excess":null,"help":"how large"}],)"
      R"("facts":[{"name":"cached","type":"boolean","unit":"","help":"from a cache"},)"
      R"({"name":"lifetime","type":"integer","unit":"s","help":"how long"}],)"
      R"("reasons":[{"state":"warn","reason":"stale","help":"older than 300 s"},)"
      R"({"state":"ok","reason":"no_validator","help":"no ETag"}],)"
      R"("options":[{"name":"limit_s","type":"number","default":"300","help":"when stale"}]})");
}

TEST(ValueTypes, AreNamedAsInJson) {
  EXPECT_EQ(to_string(ValueType::text), "string");
  EXPECT_EQ(to_string(ValueType::texts), "array of strings");
  EXPECT_EQ(to_string(ValueType::object), "object");
  EXPECT_EQ(to_string(ValueType::objects), "array of objects");
}

}  // namespace
}  // namespace webmon
