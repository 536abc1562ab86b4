#include "pipeline/api/openapi.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <stdexcept>

#include "lib/core/asset.hpp"
#include "lib/core/report.hpp"
#include "lib/store/jobs.hpp"
#include "pipeline/api/openapi_schemas.hpp"

namespace webmon::api {
namespace {

namespace json = boost::json;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

const json::object& document() {
  static const auto made = openapi_document(routes());
  return made;
}

const json::value& at(std::string_view pointer) {
  static const json::value value(document());
  return value.at_pointer(pointer);
}

std::set<std::string> names(const json::value& list) {
  return json::value_to<std::set<std::string>>(list);
}

TEST(Openapi, EveryRouteIsAnOperationOfItsOwnName) {
  std::set<std::string_view> ids;
  for (const auto& route : routes()) {
    EXPECT_TRUE(ids.insert(route.operation.id).second) << route.operation.id;
    EXPECT_FALSE(route.operation.summary.empty()) << route.operation.id;
  }
  std::size_t operations = 0;
  for (const auto& [path, methods] : at("/paths").as_object())
    operations += methods.as_object().size();
  EXPECT_EQ(operations, routes().size());
}

TEST(Openapi, AnOperationSaysWhatItsRowImplies) {
  const auto& patch = at("/paths/~1api~1v1~1assets~1{id}/patch");
  EXPECT_EQ(json::serialize(patch.at("parameters")),
            R"([{"$ref":"#/components/parameters/id"},{"$ref":"#/components/parameters/wait"},)"
            R"({"$ref":"#/components/parameters/If-Match"}])");
  const auto& responses = patch.at("responses").as_object();
  for (const auto* status :
       {"200", "308", "400", "403", "404", "409", "412", "415", "422", "503"}) {
    EXPECT_TRUE(responses.contains(status)) << status;
  }
  EXPECT_FALSE(responses.contains("201"));
}

TEST(Openapi, ARowThatNamesWhatDoesNotExistIsAMistake) {
  const auto make = [](std::string_view query, std::string_view answer, std::string_view problems) {
    const Route route{"GET",
                      "/x",
                      nullptr,
                      {.id = "getX",
                       .tag = "assets",
                       .summary = "X",
                       .query = query,
                       .answer = answer,
                       .problems = problems}};
    return openapi_document({&route, 1});
  };
  EXPECT_NO_THROW(make("limit", "Asset", "conflict"));
  EXPECT_THROW(make("limit", "Nothing", "conflict"), std::logic_error);
  EXPECT_THROW(make("nothing", "Asset", "conflict"), std::logic_error);
  EXPECT_THROW(make("limit", "Asset", "no_such_code"), std::logic_error);
}

TEST(Openapi, TheShorthandOfSchemasIsWrittenOut) {
  const auto all =
      json::parse(R"({"Id":{"type":"string"},"Base":{"properties":{"a":"Id"}}})").as_object();
  struct Case {
    const char* shorthand;
    const char* full;
  };
  for (
      const auto& c :
      {Case{R"("count")", R"({"type":"integer","minimum":0})"},
       Case{R"("Id")", R"({"$ref":"#/components/schemas/Id"})"},
       Case{R"("Id?")", R"({"anyOf":[{"$ref":"#/components/schemas/Id"},{"type":"null"}]})"},
       Case{R"({"type":"array","items":"string"})",
            R"({"type":"array","items":{"type":"string"}})"},
       Case{
           R"({"extends":["Base"],"optional":["b"],"properties":{"b":"number"}})",
           R"({"type":"object","properties":{"a":{"$ref":"#/components/schemas/Id"},"b":{"type":"number"}},"required":["a"],"additionalProperties":false})"}}) {
    EXPECT_EQ(json::serialize(full_schema(json::parse(c.shorthand), all)), c.full);
  }
  EXPECT_THROW(full_schema("Nothing", all), std::logic_error);
}

TEST(Openapi, EnumsAreThoseOfTheCode) {
  std::set<std::string> states;
  for (std::size_t i = 0; i < kAssetStates; ++i) {
    states.insert(std::string{to_string(static_cast<AssetState>(i))});
  }
  EXPECT_EQ(names(at("/components/schemas/AssetState/enum")), states);
  EXPECT_EQ(names(at("/components/schemas/StateCounts/required")), states);
  std::set<std::string> jobs;
  for (int i = 0; i <= static_cast<int>(store::JobState::cancelled); ++i) {
    jobs.insert(std::string{store::to_string(static_cast<store::JobState>(i))});
  }
  EXPECT_EQ(names(at("/components/schemas/JobState/enum")), jobs);
}

std::set<std::string> codes() {
  std::set<std::string> all;
  for (const auto& [code, status] : problem_codes()) all.insert(std::string{code});
  return all;
}

TEST(ProblemCodes, AreThoseOfTheDocumentWithTheirStatus) {
  const auto text = text_of(WEBMON_SOURCE_DIR "/docs/api.md");
  const auto table = text.substr(text.find("## Errors"));
  std::set<std::string> documented;
  const std::regex row{R"(\n\| ([0-9]{3}) \| `([a-z_]+)` \|)"};
  for (auto it = std::sregex_iterator{table.begin(), table.end(), row};
       it != std::sregex_iterator{}; ++it) {
    documented.insert((*it)[2].str() + " " + (*it)[1].str());
  }
  std::set<std::string> known;
  for (const auto& [code, status] : problem_codes()) {
    known.insert(std::string{code} + " " + std::to_string(status));
  }
  EXPECT_EQ(documented, known);
}

TEST(ProblemCodes, AreThoseThatTheSourcesName) {
  // refuse(404, "no_route" …), refusal(…), HeadRefused{414, "uri_too_long" …}, problem.code = "…"
  const std::regex named{
      R"((?:(?:refuse|refusal)\(\s*(?:session,\s*)?[0-9]{3},\s*|(?:\.|HeadRefused)\{?[0-9]{3},\s*|return \{[0-9]{3},\s*|\.code = | problem\()\"([a-z_]+)\")"};
  const auto known = codes();
  std::set<std::string> found;
  for (const auto& entry :
       std::filesystem::directory_iterator{WEBMON_SOURCE_DIR "/src/pipeline/api"}) {
    const auto path = entry.path();
    if (path.extension() != ".cpp" || path.stem().string().ends_with("test")) continue;
    const auto text = text_of(path);
    for (auto it = std::sregex_iterator{text.begin(), text.end(), named};
         it != std::sregex_iterator{}; ++it) {
      const auto code = (*it)[1].str();
      EXPECT_TRUE(known.contains(code)) << path << " names " << code;
      found.insert(code);
    }
  }
  for (const auto code :
       {Errc::bad_input, Errc::not_found, Errc::conflict, Errc::stale, Errc::forbidden,
        Errc::too_large, Errc::timeout, Errc::bus_down, Errc::store_down, Errc::store_refused,
        Errc::schema, Errc::bad_frame, Errc::internal}) {
    const auto problem = problem_of({code, {}});
    EXPECT_TRUE(known.contains(problem.code)) << problem.code;
    found.insert(problem.code);
  }
  EXPECT_EQ(found, known) << "a code that nothing answers";
}

}  // namespace
}  // namespace webmon::api
