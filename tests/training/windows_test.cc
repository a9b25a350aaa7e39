#include "training/windows.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

constexpr WindowOptions kFixed = {.num_actions = 4, .ends_at_step = false};
constexpr WindowOptions kCompat = {.num_actions = 4, .ends_at_step = true};

// Action t of an episode is (t, t, ..., gripper): it opens at first and closes from step 3 on.
std::vector<Action> MakeEpisode(int num_steps) {
  std::vector<Action> actions(static_cast<size_t>(num_steps));
  for (size_t t = 0; t < actions.size(); ++t) {
    actions[t].fill(static_cast<double>(t) + 1);
    actions[t].back() = t < 3 ? -1 : 1;
  }
  return actions;
}

TEST(WindowsTest, QuirksSayHowTheyLie) {
  EXPECT_TRUE(MakeWindowOptions(12, ParseQuirks("compat")).ends_at_step);
  EXPECT_FALSE(MakeWindowOptions(12, ParseQuirks("fixed")).ends_at_step);
  EXPECT_EQ(MakeWindowOptions(10, {}).num_actions, 10);
}

TEST(WindowsTest, FixedBeginsAtItsStep) {
  EXPECT_EQ(RowsOfWindow(5, 20, false, kFixed),
            (WindowRows{.image = 5, .pair = {5, 8}, .history = {}, .actions = {5, 6, 7, 8}}));
  EXPECT_EQ(
      RowsOfWindow(5, 20, true, kFixed),
      (WindowRows{.image = 5, .pair = {5, 8}, .history = RowPair{4, 7}, .actions = {5, 6, 7, 8}}));
}

TEST(WindowsTest, FixedReachesBehindTheEnd) {
  EXPECT_EQ(RowsOfWindow(8, 10, true, kFixed),
            (WindowRows{
                .image = 8, .pair = {8, 9}, .history = RowPair{7, 9}, .actions = {8, 9, 10, 11}}));
  EXPECT_EQ(RowsOfWindow(9, 10, false, kFixed).pair, (RowPair{9, 9}));
}

TEST(WindowsTest, FixedHasNoHistoryAtTheFirstStep) {
  EXPECT_EQ(RowsOfWindow(0, 10, true, kFixed), RowsOfWindow(0, 10, false, kFixed));
}

// The history is what was, or would have been, planned a step earlier.
TEST(WindowsTest, FixedHistoryIsThePairOfTheStepBefore) {
  for (int step = 1; step < 10; ++step) {
    EXPECT_EQ(RowsOfWindow(step, 10, true, kFixed).history,
              RowsOfWindow(step - 1, 10, false, kFixed).pair)
        << step;
  }
}

TEST(WindowsTest, ActionsCanBeForetoldUntilNoiseMovesTheHand) {
  using testing::ElementsAre;
  const WindowRows rows = RowsOfWindow(2, 8, false, kFixed);  // actions 2, 3, 4, 5
  EXPECT_THAT(ForeseeableActions(rows, std::vector<uint8_t>{1, 1, 0, 0, 0, 1, 1, 1}),
              ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(ForeseeableActions(rows, std::vector<uint8_t>{0, 0, 0, 1, 0, 0, 0, 0}),
              ElementsAre(1, 1, 0, 0));
  EXPECT_THAT(ForeseeableActions(rows, std::vector<uint8_t>{0, 0, 1, 0, 0, 0, 0, 0}),
              ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(ForeseeableActions(rows, std::vector<uint8_t>{0, 0, 0, 0}), ElementsAre(1, 1, 1, 1))
      << "behind the end nothing moves";
}

TEST(WindowsTest, APauseIsWhereTheHandHasStoodStill) {
  const Action moving = {0.3, 0, 0, 0, 0, 0, -1};
  const Action open = {0.01, 0, -0.02, 0, 0, 0, -1};
  const Action closed = {0.01, 0, -0.02, 0, 0, 0, 1};
  const std::vector<Action> episode = {open, moving, open, closed, closed, moving, closed};
  std::vector<bool> pauses;
  for (int step = 0; step < 7; ++step) pauses.push_back(IsWithinPause(episode, step));
  EXPECT_THAT(pauses, testing::ElementsAre(false, false, false, false, true, false, false));
}

TEST(WindowsTest, KeyframesAreWhereTheGripperTurns) {
  const Action open = {0, 0, 0, 0, 0, 0, -1};
  const Action closed = {0, 0, 0, 0, 0, 0, 1};
  const std::vector<Action> episode = {open, open, closed, closed, open, open};
  std::vector<int> keyframes;
  for (int step = 0; step < 6; ++step) keyframes.push_back(NextKeyframe(episode, step));
  EXPECT_THAT(keyframes, testing::ElementsAre(2, 2, 4, 4, 5, 5));
}

TEST(WindowsTest, CompatEndsAtItsStep) {
  EXPECT_EQ(RowsOfWindow(9, 20, false, kCompat),
            (WindowRows{.image = 5, .pair = {5, 8}, .history = {}, .actions = {5, 6, 7, 8}}));
  EXPECT_EQ(
      RowsOfWindow(9, 20, true, kCompat),
      (WindowRows{.image = 6, .pair = {6, 9}, .history = RowPair{5, 8}, .actions = {6, 7, 8, 9}}));
}

TEST(WindowsTest, CompatRepeatsTheFirstRow) {
  EXPECT_EQ(RowsOfWindow(0, 20, false, kCompat),
            (WindowRows{.image = 0, .pair = {0, 0}, .history = {}, .actions = {0, 0, 0, 0}}));
  EXPECT_EQ(
      RowsOfWindow(2, 20, true, kCompat),
      (WindowRows{.image = 0, .pair = {0, 2}, .history = RowPair{0, 1}, .actions = {0, 0, 1, 2}}));
}

// An episode's last images are never what the network sees, as in the published code.
TEST(WindowsTest, CompatNeverSeesTheLastImages) {
  constexpr int kNumSteps = 30;
  const WindowOptions options = MakeWindowOptions(12, ParseQuirks("compat"));
  int last = 0;
  for (int step = 0; step < kNumSteps; ++step) {
    for (const bool with_history : {false, true}) {
      last = std::max(last, RowsOfWindow(step, kNumSteps, with_history, options).image);
    }
  }
  EXPECT_EQ(last, kNumSteps - 1 - 11);
}

// Pictures that are looked at are in the episode, however short it is.
TEST(WindowsTest, RowsOfPicturesAreInTheEpisode) {
  for (const bool ends_at_step : {false, true}) {
    for (int num_steps = 1; num_steps <= 14; ++num_steps) {
      for (int step = 0; step < num_steps; ++step) {
        const WindowRows rows =
            RowsOfWindow(step, num_steps, true, {.num_actions = 12, .ends_at_step = ends_at_step});
        const RowPair history = rows.history.value_or(rows.pair);
        for (const int row :
             {rows.image, rows.pair.first, rows.pair.second, history.first, history.second}) {
          EXPECT_GE(row, 0);
          EXPECT_LT(row, num_steps);
        }
        EXPECT_EQ(rows.actions.size(), 12U);
        EXPECT_EQ(rows.pair.first, rows.image);
      }
    }
  }
}

TEST(WindowsTest, BehindTheEndTheHandStandsStill) {
  const std::vector<Action> episode = MakeEpisode(5);
  const std::vector<Action> actions = ActionsOfWindow(RowsOfWindow(3, 5, false, kFixed), episode);
  EXPECT_THAT(actions, ElementsAre(Action{4, 4, 4, 4, 4, 4, 1}, Action{5, 5, 5, 5, 5, 5, 1},
                                   Action{0, 0, 0, 0, 0, 0, 1}, Action{0, 0, 0, 0, 0, 0, 1}));
}

TEST(WindowsTest, AnEpisodeOfOneStepIsMostlyPadding) {
  const std::vector<Action> episode = MakeEpisode(1);
  const std::vector<Action> actions = ActionsOfWindow(RowsOfWindow(0, 1, true, kFixed), episode);
  EXPECT_THAT(actions, ElementsAre(episode[0], Action{0, 0, 0, 0, 0, 0, -1},
                                   Action{0, 0, 0, 0, 0, 0, -1}, Action{0, 0, 0, 0, 0, 0, -1}));
}

TEST(WindowsTest, CompatRepeatsTheFirstAction) {
  const std::vector<Action> episode = MakeEpisode(5);
  const std::vector<Action> actions = ActionsOfWindow(RowsOfWindow(1, 5, true, kCompat), episode);
  EXPECT_THAT(actions, ElementsAre(episode[0], episode[0], episode[0], episode[1]));
}

TEST(EpisodesToTrainTest, AllOfThem) {
  EXPECT_THAT(EpisodesToTrain(3, 1), ElementsAre(0, 1, 2));
  EXPECT_THAT(EpisodesToTrain(0, 1), ElementsAre());
  EXPECT_THAT(EpisodesToTrain(1, 0.1), ElementsAre(0)) << "never none";
}

// Of the four published sets, by tensorflow_datasets' rounding.
TEST(EpisodesToTrainTest, RoundsToTheNearestNumber) {
  EXPECT_EQ(EpisodesToTrain(432, 0.95).size(), 410U);
  EXPECT_EQ(EpisodesToTrain(454, 0.95).size(), 431U);
  EXPECT_EQ(EpisodesToTrain(428, 0.95).size(), 407U);
  EXPECT_EQ(EpisodesToTrain(379, 0.95).size(), 360U);
}

TEST(EpisodesToTrainTest, LeavesOutTheSameShareEverywhere) {
  const std::vector<int> kept = EpisodesToTrain(200, 0.95);
  for (int first = 0; first < 200; first += 20) {
    EXPECT_EQ(std::ranges::count_if(kept, [&](int i) { return i >= first && i < first + 20; }), 19);
  }
  EXPECT_TRUE(std::ranges::is_sorted(kept));
}

}  // namespace
}  // namespace libero
