#include "sim/base/json_differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(JsonDifferencesTest, NamesTheFieldsThatDiffer) {
  const Json old_value = {{"a", 1}, {"b", {{"c", "x"}, {"d", {1, 2}}}}, {"e", true}};
  const Json new_value = {{"a", 1}, {"b", {{"c", "y"}, {"d", {1, 3}}}}, {"f", 0}};
  EXPECT_THAT(
      JsonDifferences(old_value, new_value),
      ElementsAre("b.c: \"x\" → \"y\"", "b.d: [1,2] → [1,3]", "e: true → null", "f: null → 0"));
  EXPECT_THAT(JsonDifferences(old_value, old_value), IsEmpty());
}

}  // namespace
}  // namespace libero
