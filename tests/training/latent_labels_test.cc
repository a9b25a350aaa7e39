#include "training/latent_labels.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "policy/nn/initialize.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/test_folder.h"
#include "tests/training/small_training.h"

namespace libero {
namespace {

class LatentLabelsTest : public testing::Test {
 protected:
  LatentLabelsTest() : model_(SmallModel(2).latent_action_model, at::kFloat) {
    InitializeWeights(&model_, 7);
    // codes that are told apart: all are used
    for (const NamedTensor& parameter : model_.parameters()) {
      if (parameter.name == "vq_action.codebook.weight")
        FillNormal(parameter.tensor, 1, "codes", 7);
    }
  }

  // What the model says of two rows of a demonstration.
  [[nodiscard]] std::array<int, kNumActTokens> Directly(size_t demo, const RowPair& pair) const {
    const int64_t first = data_.demos[demo].first;
    const at::Tensor codes = model_.Label(
        at::stack({features_[first + pair.first], features_[first + pair.second]}).unsqueeze(0),
        {});
    std::array<int, kNumActTokens> result{};
    for (size_t i = 0; i < result.size(); ++i) {
      result[i] = static_cast<int>(codes[0][static_cast<int64_t>(i)].item<int64_t>());
    }
    return result;
  }

  TestFolder folder_;
  // longer and shorter than a plan, and a single step
  TrainingSet data_ = MakeSmallSet(folder_.path(), {16, 1, 7, 12});
  at::Tensor features_ = FormulaTensor("features", {36, 16, 24});
  LatentActionModel model_;
};

// Every pair and history of every window of both kinds.
TEST_F(LatentLabelsTest, AreTheModelsOfEveryWindow) {
  const LatentLabels labels(model_, data_, features_);
  const LatentLabels stored(data_, labels.codes());
  EXPECT_EQ(labels.codes().size(0), 36 + 4 * LatentLabels::kStepsBefore);
  EXPECT_GT(std::get<0>(at::_unique(labels.codes())).numel(), 4) << "a poor test";
  for (const bool ends_at_step : {false, true}) {
    for (size_t demo = 0; demo < data_.demos.size(); ++demo) {
      const int count = data_.demos[demo].count;
      for (int step = 0; step < count; ++step) {
        const WindowRows rows =
            RowsOfWindow(step, count, true, {.num_actions = 12, .ends_at_step = ends_at_step});
        EXPECT_EQ(labels.At(demo, rows.pair), Directly(demo, rows.pair))
            << ends_at_step << " " << demo << " " << step;
        EXPECT_EQ(stored.At(demo, rows.pair), labels.At(demo, rows.pair));
        if (!rows.history) continue;
        EXPECT_EQ(labels.At(demo, *rows.history), Directly(demo, *rows.history))
            << ends_at_step << " " << demo << " " << step;
      }
    }
  }
}

}  // namespace
}  // namespace libero
