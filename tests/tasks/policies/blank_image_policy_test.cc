#include "tasks/policies/blank_image_policy.h"

#include <memory>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tasks/rollout_fakes.h"

namespace libero {
namespace {

TEST(BlankImagePolicyTest, ShowsBlackPicturesWhereThePolicyLooks) {
  auto inner = std::make_unique<FakePolicy>();
  FakePolicy& policy = *inner;
  policy.frame_specs = {{"agentview", 4, 2}, {"frontview", 2, 2}};
  policy.needs_frames = [](int slot) {
    return slot == 1;
  };
  std::vector<std::vector<Image>> shown;  // by input
  policy.act = [&](std::span<const PolicyInput> inputs, std::span<Action> actions) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      shown.emplace_back(inputs[i].frames.begin(), inputs[i].frames.end());
      actions[i][0] = inputs[i].step;
    }
  };
  BlankImagePolicy blank(std::move(inner));
  EXPECT_EQ(blank.frames(), policy.frame_specs);
  EXPECT_FALSE(blank.NeedsFrames(0));
  EXPECT_FALSE(blank.NeedsFrames(1)) << "nothing is to be drawn";
  EXPECT_EQ(blank.description(), "fake, shown black pictures");

  const std::vector<PolicyInput> inputs = {{.slot = 0, .step = 7}, {.slot = 1, .step = 8}};
  std::vector<Action> actions(2);
  blank.Act(inputs, actions);
  EXPECT_EQ(actions[1][0], 8);
  ASSERT_EQ(shown.size(), 2u);
  EXPECT_TRUE(shown[0].empty());
  ASSERT_EQ(shown[1].size(), 2u);
  EXPECT_EQ(shown[1][0].width, 4);
  EXPECT_EQ(shown[1][0].rgb, std::vector<uint8_t>(24));
}

}  // namespace
}  // namespace libero
