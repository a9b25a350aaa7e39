#include "tasks/noop_filter.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

using testing::ElementsAre;

std::vector<int> Kept(const std::vector<Action>& actions) {
  NoopFilter filter;
  std::vector<int> kept;
  for (size_t i = 0; i < actions.size(); ++i) {
    if (filter.Keep(actions[i])) kept.push_back(static_cast<int>(i));
  }
  return kept;
}

constexpr Action kStillOpen = {0, 0, 0, 0, 0, 0, -1};
constexpr Action kStillClosed = {0, 0, 0, 0, 0, 0, 1};
constexpr Action kMoving = {0.5, 0, 0, 0, 0, 0, -1};

TEST(NoopFilterTest, LeavesOutWhatDoesNothing) {
  EXPECT_THAT(Kept({kStillOpen, kStillOpen, kMoving, kStillOpen, kMoving}), ElementsAre(2, 4));
}

TEST(NoopFilterTest, KeepsTheFirstActionOfTheGripper) {
  EXPECT_THAT(Kept({kMoving, kStillClosed, kStillClosed, kStillOpen}), ElementsAre(0, 1, 3));
}

TEST(NoopFilterTest, TheGripperDoesNotCountBeforeTheFirstMotion) {
  EXPECT_THAT(Kept({kStillClosed, kStillOpen, kStillClosed, kMoving}), ElementsAre(3));
}

TEST(NoopFilterTest, AddsUpTheSixNumbers) {
  const auto action = [](double x) {
    return Action{x, x, x, x, x, x, -1};
  };
  EXPECT_THAT(Kept({kMoving, action(4.08e-5), action(4.09e-5)}), ElementsAre(0, 2));
}

}  // namespace
}  // namespace libero
