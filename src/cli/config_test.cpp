#include "cli/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/config_show.hpp"

namespace webmon::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ConfigSources of_file(std::string text) {
  ConfigSources sources;
  sources.file_name = "webmon.toml";
  sources.file_text = std::move(text);
  return sources;
}

FlagValue flag(std::string_view section, std::string_view name, std::string text) {
  return {find_key(section, name), std::move(text)};
}

std::string error_of(const ConfigSources& sources) {
  const auto config = make_config(sources);
  return config ? "" : config.error().detail;
}

TEST(Config, IsTheDefaultsOfThePartsIfNobodySaysAnything) {
  const auto config = make_config({});
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->settings.executor.slots, executor::ExecutorConfig{}.slots);
  EXPECT_EQ(config->origin(*find_key("executor", "slots")), "default");
  EXPECT_EQ(api_config(config->settings).listen, "127.0.0.1:8080");
  EXPECT_EQ(redis_config(config->settings).address.port, 6379);
}

TEST(Config, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
  auto sources = of_file("[executor]\nslots = 1\nthreads = 1\nredirects = 1\n");
  sources.environment = {{"WEBMON_EXECUTOR_SLOTS", "2"}, {"WEBMON_EXECUTOR_THREADS", "2"}};
  sources.flags = {flag("executor", "slots", "3")};
  const auto config = make_config(sources);
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->settings.executor.slots, 3U);
  EXPECT_EQ(config->settings.executor.threads, 2U);
  EXPECT_EQ(config->settings.executor.fetch.limits.redirects, 1U);
  EXPECT_EQ(config->origin(*find_key("executor", "slots")), "--slots");
  EXPECT_EQ(config->origin(*find_key("executor", "threads")), "WEBMON_EXECUTOR_THREADS");
  EXPECT_EQ(config->origin(*find_key("executor", "redirects")), "webmon.toml:4");
}

TEST(Config, AListOfALaterSourceReplacesTheEarlierOne) {
  auto sources =
      of_file("[executor]\nallow_nets = [\"10.0.0.0/8\"]\n[schedule.tags]\nshop = \"1m\"");
  sources.flags = {flag("executor", "allow_nets", "192.168.0.0/16"),
                   flag("executor", "allow_nets", "::1")};
  sources.environment = {{"WEBMON_SCHEDULE_TAGS", "eu=1d,us=12h"}};
  const auto config = make_config(sources);
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_THAT(config->settings.allow_nets, ElementsAre("192.168.0.0/16", "::1"));
  EXPECT_THAT(config->settings.dispatcher.schedule.intervals.of_tag,
              ElementsAre(testing::Pair("eu", milliseconds{86'400'000}),
                          testing::Pair("us", milliseconds{43'200'000})));
}

TEST(Config, WhatSeveralPartsNeedReachesAllOfThem) {
  const auto config = make_config(
      of_file("ns = \"t1\"\n[redis]\naddress = \"unix:/r\"\n[dispatcher]\njobs = \"ipc:///j\"\n"
              "work = \"ipc:///w\"\ncontrol = \"ipc:///c\"\nredis_dir = \"/data\"\n"));
  ASSERT_TRUE(config) << config.error().detail;
  const auto api = api_config(config->settings);
  const auto dispatcher = dispatcher_config(config->settings);
  const auto executor = executor_config(config->settings, {});
  EXPECT_EQ(api.ns + dispatcher.ns + executor.keys.ns(), "t1t1t1");
  EXPECT_EQ(api.redis.address.unix_socket, "/r");
  EXPECT_EQ(executor.redis.address.unix_socket, "/r");
  EXPECT_EQ(api.jobs_endpoint, "ipc:///j");
  EXPECT_EQ(api.control_endpoint, "ipc:///c");
  EXPECT_EQ(executor.work_endpoint, "ipc:///w");
  EXPECT_EQ(dispatcher.endpoints.work, "ipc:///w");
  EXPECT_EQ(dispatcher.lock_file, "/data/dispatcher.lock");
}

TEST(Config, NeverSwitchesTheIntervalOfAllOff) {
  const auto config = make_config(of_file("[schedule]\ninterval = \"never\"\n"));
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_FALSE(config->settings.dispatcher.schedule.intervals.all);
}

TEST(Config, TellsAllThatIsWrongAtOnceWithItsPlace) {
  auto sources = of_file("[executor]\nslots = 5000\nslot = 5\n[log]\nlevel = \"loud\"\n");
  sources.environment = {{"WEBMON_API_BODY_BYTES", "much"}};
  sources.flags = {flag("executor", "allow_nets", "10.0.0.0/33")};
  EXPECT_EQ(error_of(sources),
            "webmon.toml:2: executor.slots is 5000; allowed are 1 to 1024\n"
            "webmon.toml:3: there is no key executor.slot; did you mean executor.slots?\n"
            "webmon.toml:5: log.level is \"loud\"; allowed are debug, info, warn or error\n"
            "WEBMON_API_BODY_BYTES is \"much\"; allowed are 1024 to 67108864\n"
            "--allow-net is \"10.0.0.0/33\"; network mask must be a number from 0 to 32 "
            "(IPv4) or 128");
}

TEST(Config, ErrorsDoNotRepeatAPassword) {
  auto sources = of_file("[redis]\naddress = \"redis://me:hunter2@db:6379\"\n");
  sources.environment = {{"WEBMON_API_LISTEN", "http://me:hunter2@db"}};
  EXPECT_THAT(error_of(sources), testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(error_of(sources), HasSubstr("is \"redis://…@db:6379\"; write unix:/path"));
}

TEST(Config, SaysWhichVariablesItDoesNotRead) {
  EXPECT_THAT(unknown_variables({{"WEBMON_EXECUTOR_SLOT", "1"},
                                 {"WEBMON_EXECUTOR_SLOTS", "1"},
                                 {"WEBMON_SERVER", "x"},
                                 {"WEBMON_API_SERVICE_HOST", "10.0.0.1"},
                                 {"HOME", "/"}}),
              ElementsAre("WEBMON_EXECUTOR_SLOT is not read; did you mean WEBMON_EXECUTOR_SLOTS?"));
}

Config config_of(std::string text) { return make_config(of_file(std::move(text))).value(); }

TEST(ConfigChange, NamesTheKeysThatTheProcessUses) {
  const auto now = config_of("[executor]\nredirects = 1\n[api]\nbody_bytes = 2048\n");
  const auto next = config_of("[executor]\nredirects = 2\n[api]\nbody_bytes = 4096\n");
  const auto of_executor = compare(now, next, kExecutor);
  EXPECT_THAT(of_executor.changed, ElementsAre(find_key("executor", "redirects")));
  EXPECT_THAT(of_executor.refusals, IsEmpty());
  EXPECT_EQ(compare(now, next, kUp).changed.size(), 2U);
  EXPECT_THAT(compare(now, now, kUp).changed, IsEmpty());
}

TEST(ConfigChange, RefusesWhatCannotChangeInARunningProcess) {
  const auto now = config_of("[executor]\nslots = 1\n");
  const auto next = config_of("\n[executor]\nslots = 2\nredirects = 2\n");
  EXPECT_THAT(compare(now, next, kExecutor).refusals,
              ElementsAre("webmon.toml:3: executor.slots cannot change from 1 to 2 while it runs; "
                          "restart for that"));
  EXPECT_THAT(compare(now, next, kApi).refusals, IsEmpty()) << "the api has no slots";
  EXPECT_THAT(compare(now, config_of(""), kExecutor).refusals,
              ElementsAre(HasSubstr("webmon.toml:2: executor.slots cannot change from 1 to 64")));
}

TEST(ConfigShow, IsReadBackToTheSame) {
  const auto config = config_of(
      "data_dir = \"/a \\\"b\\\\\"\n[executor]\nallow_nets = [\"10.0.0.0/8\", \"::1\"]\n"
      "host_per_second = 0.5\n[schedule]\ninterval = \"never\"\ntags = { \"a b\" = \"90s\" }\n");
  const auto text = config_toml(config, true);
  const auto again = make_config(of_file(text));
  ASSERT_TRUE(again) << again.error().detail << text;
  EXPECT_THAT(compare(config, *again, Command{~0U}).changed, IsEmpty()) << text;
  EXPECT_THAT(text, HasSubstr("interval = \"never\"  # webmon.toml:6\n"));
  EXPECT_THAT(text, HasSubstr("slots = 64  # default\n"));
}

TEST(ConfigShow, HasTheSameAsJson) {
  const auto config = config_of("[schedule.tags]\nshop = \"1m\"\n");
  EXPECT_THAT(config_json(config, false), HasSubstr("\"schedule.tags\":{\"shop\":\"1m\"}"));
  EXPECT_THAT(config_json(config, true),
              HasSubstr("\"executor.slots\":{\"value\":64,\"origin\":\"default\"}"));
}

}  // namespace
}  // namespace webmon::cli
