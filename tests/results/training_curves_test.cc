#include "results/training_curves.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class TrainingCurvesTest : public testing::Test {
 protected:
  TrainingStage Read(const std::string& text) {
    std::ofstream(folder_ / "metrics.jsonl") << text;
    return ReadTrainingStage(folder_ / "metrics.jsonl", "stage");
  }

  TestFolder folder_;
};

TEST_F(TrainingCurvesTest, MakesACurveOfEachNumber) {
  const TrainingStage stage = Read(
      "{\"step\":1,\"lr\":0.5,\"loss\":4,\"phase\":\"warm\"}\n"
      "{\"step\":2,\"lr\":0.5,\"loss\":2,\"accuracy\":0.25}\n"
      "{\"step\":3,\"lr\":null,\"loss\":3}\n");
  EXPECT_EQ(stage.num_steps, 3);
  ASSERT_EQ(stage.curves.size(), 3u);
  const TrainingCurve& loss = stage.curves[0];
  EXPECT_EQ(loss.key, "loss") << "first";
  EXPECT_EQ(loss.num_steps, 3);
  EXPECT_EQ(loss.first, 4);
  EXPECT_EQ(loss.last, 3);
  EXPECT_EQ(loss.min, 2);
  EXPECT_EQ(stage.curves[1].key, "lr");
  EXPECT_EQ(stage.curves[1].num_steps, 2) << "no number, no point";
}

TEST_F(TrainingCurvesTest, PutsNeighbouringStepsTogether) {
  std::string text;
  for (int step = 1; step <= 1000; ++step) {
    text += "{\"step\":" + std::to_string(step) + ",\"loss\":" + std::to_string(step % 2) + "}\n";
  }
  const TrainingCurve curve = Read(text).curves.at(0);
  ASSERT_EQ(curve.points.size(), static_cast<size_t>(kMaxCurvePoints));
  EXPECT_EQ(curve.points[0].step, 10);
  EXPECT_EQ(curve.points[0].mean, 0.5);
  EXPECT_EQ(curve.points[0].max, 1);
  EXPECT_EQ(curve.last_tenth, 0.5);
}

TEST_F(TrainingCurvesTest, ContinuedTrainingsRepeatSteps) {
  const TrainingStage stage = Read(
      "{\"step\":1,\"loss\":4}\n{\"step\":2,\"loss\":9}\n{\"step\":2,\"loss\":3}\n{\"step\":3");
  ASSERT_EQ(stage.num_steps, 2) << "the last line was cut off";
  EXPECT_EQ(stage.curves[0].last, 3);
}

TEST_F(TrainingCurvesTest, NamesTheLineThatIsDamaged) {
  EXPECT_THAT([&] { Read("{\"step\":1}\n{\"loss\":4}\n"); },
              ThrowsMessage<Error>(HasSubstr("metrics.jsonl:2: expected a JSON object with")));
  EXPECT_THAT([&] { Read("step 1\n"); }, ThrowsMessage<Error>(HasSubstr("metrics.jsonl:1: ")));
}

}  // namespace
}  // namespace libero
