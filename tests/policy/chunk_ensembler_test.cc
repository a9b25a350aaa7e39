#include "policy/chunk_ensembler.h"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr int kLength = 12;
constexpr double kRounding = 1e-12;

// A plan whose every number is `value`, but the step's index is in the first.
ActionChunk Constant(float value) {
  ActionChunk chunk(kLength);
  for (size_t i = 0; i < chunk.size(); ++i) {
    chunk[i].fill(value);
    chunk[i][0] = static_cast<float>(i);
  }
  return chunk;
}

TEST(ChunkEnsemblerTest, BeginsWithTheFirstPlan) {
  ChunkEnsembler ensembler;
  EXPECT_THAT(ensembler.Add(Constant(0.5)), testing::ElementsAre(0, .5, .5, .5, .5, .5, .5));
}

// The plan made at step t says t everywhere: the action tells the weights.
TEST(ChunkEnsemblerTest, WeighsPlansByTheirAge) {
  ChunkEnsembler ensembler;
  for (int step = 0; step < 30; ++step) {
    const std::array<double, 7> action = ensembler.Add(Constant(static_cast<float>(step)));
    double value = 0;
    double index = 0;
    double total = 0;
    for (int age = 0; age <= std::min(step, kLength - 1); ++age) {
      const double weight = std::exp(-0.1 * age);
      value += weight * (step - age);
      index += weight * age;
      total += weight;
    }
    EXPECT_NEAR(action[6], value / total, kRounding) << step;
    EXPECT_NEAR(action[0], index / total, kRounding) << "the number of the plan's action";
  }
}

TEST(ChunkEnsemblerTest, PlansOfOneActionAreNotAveraged) {
  ChunkEnsembler ensembler;
  for (const float value : {0.25F, -1.0F, 0.5F}) {
    ActionChunk chunk(1);
    chunk[0].fill(value);
    EXPECT_EQ(ensembler.Add(chunk)[3], value);
  }
}

TEST(ChunkEnsemblerTest, ACopyGoesItsOwnWay) {
  ChunkEnsembler first;
  (void)first.Add(Constant(0));
  ChunkEnsembler second = first;
  (void)second.Add(Constant(1));
  ChunkEnsembler expected;
  (void)expected.Add(Constant(0));
  EXPECT_EQ(first.Add(Constant(-1)), expected.Add(Constant(-1)));
}

TEST(ActModeTest, HasNames) {
  for (const std::string name : {"ensemble", "chunked", "chunked:8", "committed:8"}) {
    EXPECT_EQ(ActModeName(ParseActMode(name)), name);
  }
  EXPECT_EQ(ParseActMode("chunked:8"), (ActMode{.is_ensemble = false, .num_played = 8}));
  for (const std::string name :
       {"x", "chunked:", "chunked:0", "chunked:-3", "chunked:8x", "committed", "committed:0"}) {
    EXPECT_THAT([&] { (void)ParseActMode(name); },
                testing::ThrowsMessage<Error>(
                    testing::HasSubstr("'" + name + "', expected ensemble, chunked, or")));
  }
}

TEST(ActModeTest, CommitsToPlansInWhichTheGripperChanges) {
  const auto plan = [](std::vector<float> grips) {
    ActionChunk chunk(grips.size());
    for (size_t i = 0; i < grips.size(); ++i) chunk[i].back() = grips[i];
    return chunk;
  };
  const ActionChunk opens = plan({1, 1, 1, -1, -1});
  for (const auto& [name, expected] : std::map<std::string, size_t>{{"chunked", 5},
                                                                    {"chunked:2", 2},
                                                                    {"chunked:4", 4},
                                                                    {"chunked:9", 5},
                                                                    {"committed:2", 2},
                                                                    {"committed:3", 3},
                                                                    {"committed:4", 5}}) {
    EXPECT_EQ(NumPlayed(ParseActMode(name), opens), expected) << name;
  }
  EXPECT_EQ(NumPlayed(ParseActMode("committed:4"), plan({-1, -1, -1, -1, -1})), 4U);
}

}  // namespace
}  // namespace libero
