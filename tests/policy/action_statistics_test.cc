#include "policy/action_statistics.h"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

constexpr double kFloatRounding = 1e-6;

// Percentiles that are published for LIBERO-Spatial; the rest is made up.
ActionStatistics Spatial() {
  ActionStatistics statistics;
  statistics.q01 = {-.7454732114, -.6616071463, -.9375, -.1071428582,
                    -.2067857087, -.1842857152, 0};
  statistics.q99 = {.9375, .8758928776, .9321428537, .1039285734, .1767857075, .1457142830, 1};
  statistics.min.fill(-1);
  statistics.max.fill(1);
  statistics.num_transitions = 52970;
  statistics.num_trajectories = 432;
  return statistics;
}

json SpatialFile() {
  return {{"libero_spatial_no_noops", StatisticsJson(Spatial())}};
}

template <typename Numbers>
std::array<double, 7> Doubles(const Numbers& numbers) {
  std::array<double, 7> doubles{};
  std::ranges::copy(numbers, doubles.begin());
  return doubles;
}

TEST(ActionStatisticsTest, ActionsComeBackFromTheNetwork) {
  const ActionStatistics statistics = Spatial();
  for (const double gripper : {-1.0, 1.0}) {
    const Action action = {0.3, -0.2, 0.9, 0.01, -0.1, 0.14, gripper};
    EXPECT_THAT(UnnormalizeAction(Doubles(NormalizeAction(action, statistics)), statistics),
                Pointwise(DoubleNear(kFloatRounding), action));
  }
}

TEST(ActionStatisticsTest, PercentilesAreTheEndsOfTheRange) {
  const ActionStatistics statistics = Spatial();
  EXPECT_THAT(
      UnnormalizeAction({-1, -1, -1, -1, -1, -1, 1}, statistics),
      Pointwise(DoubleNear(kFloatRounding), Action{-.7454732114, -.6616071463, -.9375, -.1071428582,
                                                   -.2067857087, -.1842857152, -1}));
  EXPECT_THAT(
      UnnormalizeAction({1, 1, 1, 1, 1, 1, 0}, statistics),
      Pointwise(DoubleNear(kFloatRounding),
                Action{.9375, .8758928776, .9321428537, .1039285734, .1767857075, .1457142830, 1}));
}

TEST(ActionStatisticsTest, TrainingClipsWhatIsBeyondThem) {
  EXPECT_THAT(NormalizeAction({1, -1, 1, -1, 1, -1, 1}, Spatial()),
              ElementsAre(1, -1, 1, -1, 1, -1, 0));
}

TEST(ActionStatisticsTest, DimensionsThatNeverChangeAreZero) {
  ActionStatistics statistics = Spatial();
  statistics.min[2] = statistics.max[2] = statistics.q01[2] = statistics.q99[2] = 0.5;
  EXPECT_EQ(NormalizeAction({0, 0, 0.5, 0, 0, 0, -1}, statistics)[2], 0);
  EXPECT_EQ(UnnormalizeAction({0, 0, 0, 0, 0, 0, 1}, statistics)[2], 0.5);
}

TEST(ActionStatisticsTest, AreComputedAsNumpyDoes) {
  std::vector<std::array<double, 7>> actions;
  for (int i = 0; i <= 10; ++i) actions.push_back({i * 0.1, 1, 0, 0, 0, 0, i < 5 ? 1.0 : 0.0});
  const ActionStatistics statistics = ComputeStatistics(actions, 3);
  EXPECT_NEAR(statistics.q01[0], 0.01, kFloatRounding);
  EXPECT_NEAR(statistics.q99[0], 0.99, kFloatRounding);
  EXPECT_NEAR(statistics.mean[0], 0.5, kFloatRounding);
  EXPECT_NEAR(statistics.std[0], 0.316227766, kFloatRounding);
  EXPECT_EQ(statistics.max[0], 1);
  EXPECT_EQ(statistics.min[1], 1);
  EXPECT_NEAR(statistics.mean[6], 5.0 / 11, kFloatRounding);
  EXPECT_EQ(statistics.num_transitions, 11);
  EXPECT_EQ(statistics.num_trajectories, 3);
  EXPECT_THROW((void)ComputeStatistics({}, 0), Error);
}

TEST(DatasetStatisticsTest, ReturnFromAFile) {
  const TestFolder folder;
  std::ofstream(folder / "dataset_statistics.json") << SpatialFile();
  const DatasetStatistics all = DatasetStatistics::Read(folder / "dataset_statistics.json");
  const ActionStatistics& statistics = all.ForKey("libero_spatial_no_noops");
  EXPECT_EQ(StatisticsJson(statistics), StatisticsJson(Spatial()));
  EXPECT_EQ(statistics.num_trajectories, 432);
}

TEST(DatasetStatisticsTest, MayTellOfTheRobotsState) {
  std::vector<std::array<double, 8>> rows;
  for (int i = 0; i <= 100; ++i) rows.push_back({0.01 * i, 3, 0, 0, 0, 0, 0.02, -0.02});
  ActionStatistics statistics = Spatial();
  statistics.proprio = ComputeColumnStatistics(rows);
  json file = {{"libero_spatial", StatisticsJson(statistics)}};
  const auto read = [&file] {
    return *DatasetStatistics(file, "file").ForKey("libero_spatial").proprio;
  };
  EXPECT_EQ(read().q99, statistics.proprio->q99);
  EXPECT_EQ(read().min[1], 3);
  EXPECT_NEAR(ScaleToRange(0.255, 0, read()), -0.5, kFloatRounding);
  EXPECT_EQ(ScaleToRange(2.0, 0, read()), 1);
  EXPECT_EQ(ScaleToRange(4.0, 1, read()), 0) << "never changes";

  file["libero_spatial"]["proprio"]["q01"] = {1, 2, 3};
  EXPECT_THAT(read, ThrowsMessage<Error>(HasSubstr(
                        "libero_spatial: proprio: 'q01' is one of 3, expected an array of 8")));
  // what published statistics have in its place
  json& columns = file["libero_spatial"]["proprio"];
  for (json& column : columns) column = std::vector<double>(7);
  EXPECT_FALSE(DatasetStatistics(file, "file").ForKey("libero_spatial").proprio);
  file["libero_spatial"].erase("proprio");
  EXPECT_FALSE(DatasetStatistics(file, "file").ForKey("libero_spatial").proprio);
}

TEST(DatasetStatisticsTest, AreFoundInAFolder) {
  const TestFolder folder;
  const auto read = [&folder] {
    return DatasetStatistics::ReadFolder(folder.path()).keys();
  };
  EXPECT_THAT(read, ThrowsMessage<Error>(HasSubstr("dataset_statistics.json: No such file")));
  std::ofstream(folder / "config.json") << R"({"model_type": "openvla"})";
  EXPECT_THAT(read, ThrowsMessage<Error>(HasSubstr("nor norm_stats in config.json")));
  std::ofstream(folder / "config.json") << json{{"norm_stats", {{"bridge", {}}}}};
  EXPECT_THAT(read(), ElementsAre("bridge"));
  std::ofstream(folder / "dataset_statistics.json") << SpatialFile();
  EXPECT_THAT(read(), ElementsAre("libero_spatial_no_noops"));
}

TEST(DatasetStatisticsTest, SuitesFindTheirs) {
  json file = SpatialFile();
  file["libero_goal"] = file["libero_spatial_no_noops"];
  const DatasetStatistics all(file, "file");
  EXPECT_EQ(&all.ForSuite("libero_spatial"), &all.ForKey("libero_spatial_no_noops"));
  EXPECT_EQ(&all.ForSuite("libero_spatial_swap"), &all.ForKey("libero_spatial_no_noops"));
  EXPECT_EQ(&all.ForSuite("libero_goal"), &all.ForKey("libero_goal"));
}

TEST(DatasetStatisticsTest, ListWhatIsThere) {
  json file = SpatialFile();
  file["bridge_oxe"] = file["libero_spatial_no_noops"];
  const DatasetStatistics all(file, "model/dataset_statistics.json");
  EXPECT_THAT([&] { (void)all.ForSuite("libero_10"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("model/dataset_statistics.json"),
                                         HasSubstr("no action statistics 'libero_10_no_noops'"),
                                         HasSubstr("bridge_oxe, libero_spatial_no_noops"))));
  EXPECT_THAT([] { (void)DatasetStatistics(json::object(), "x").ForKey("y"); },
              ThrowsMessage<Error>(HasSubstr("not fine-tuned")));
}

TEST(DatasetStatisticsTest, RefuseWhatLiberosActionsCannotHave) {
  json file = SpatialFile();
  file["libero_spatial_no_noops"]["action"]["q99"][1] = 30.0;
  EXPECT_THAT([&] { (void)DatasetStatistics(file, "x").ForSuite("libero_spatial"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("q99[1] = 30"), HasSubstr("[-1, 1]"))));
}

TEST(DatasetStatisticsTest, SayWhatIsWrong) {
  const auto expect = [](const char* pointer, const json& value, const std::string& part) {
    json file = SpatialFile();
    file["other"] = file["libero_spatial_no_noops"];
    file[json::json_pointer(pointer)] = value;
    const DatasetStatistics all(file, "x");
    (void)all.ForKey("libero_spatial_no_noops");  // the others stay good
    EXPECT_THAT([&] { (void)all.ForKey("other"); },
                ThrowsMessage<Error>(AllOf(HasSubstr("x: other"), HasSubstr(part))));
  };
  expect("/other/action", nullptr, "no statistics of actions");
  expect("/other/action/q01", json::array({1, 2}), "'q01' is one of 2, expected an array of 7");
  expect("/other/action/q01", 5, "'q01' is number");
  expect("/other/action/q99/3", "1", R"('q99'[3] is "1", expected a number)");
  expect("/other/action/mask/3", 1, "'mask'[3] is 1, expected true or false");
  expect("/other/action/q01/0", 0.95, "q01[0] = 0.95 is above q99[0] = 0.9375");
}

}  // namespace
}  // namespace libero
