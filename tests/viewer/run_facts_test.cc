#include "viewer/run_facts.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/test_folder.h"

namespace libero {
namespace {

TEST(RunFactsTest, AreThoseOfTheLastCall) {
  const TestFolder folder;
  EXPECT_TRUE(ReadRunFacts(folder.path()).empty());
  std::ofstream(folder / "manifest.json") << R"({"calls": [{"time": "then"},
    {"time": "now", "cores": 2, "renderer": {"description": "", "device": null},
     "policy": {"description": "noop"}}]})";
  using testing::Pair;
  EXPECT_THAT(
      ReadRunFacts(folder.path()),
      testing::ElementsAre(Pair("begun", "now"), Pair("policy", "noop"), Pair("cores", "2")));
  std::ofstream(folder / "manifest.json") << "{\"calls\": [";
  EXPECT_TRUE(ReadRunFacts(folder.path()).empty());
}

}  // namespace
}  // namespace libero
