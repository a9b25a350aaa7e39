#include "training/feature_cache.h"

#include <fstream>
#include <sstream>
#include <string>

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/nn/initialize.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/test_folder.h"
#include "tests/training/small_training.h"
#include "training/pictures.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FeatureCacheTest : public testing::Test {
 protected:
  at::Tensor Get(const std::string& key) {
    return Cached(folder_.path(), "numbers", key, [&] {
      ++num_computed_;
      return FormulaTensor("numbers", {4, 3}).to(at::kHalf);
    });
  }

  TestFolder folder_;
  int num_computed_ = 0;
};

TEST_F(FeatureCacheTest, ComputesOnce) {
  const at::Tensor first = Get("key");
  EXPECT_EQ(num_computed_, 1);
  const at::Tensor second = Get("key");
  EXPECT_EQ(num_computed_, 1);
  EXPECT_TRUE(at::equal(first, second));
  EXPECT_EQ(second.scalar_type(), at::kHalf);
  (void)Get("another key");
  EXPECT_EQ(num_computed_, 2);
  (void)Cached(std::nullopt, "numbers", "key", [&] {
    ++num_computed_;
    return at::zeros({1});
  });
  EXPECT_EQ(num_computed_, 3) << "without a folder";
}

TEST_F(FeatureCacheTest, ComputesAgainWhatIsDamaged) {
  const at::Tensor first = Get("key");
  const fs::path file = fs::directory_iterator(folder_.path())->path();
  fs::resize_file(file, fs::file_size(file) - 1);
  testing::internal::CaptureStderr();
  EXPECT_TRUE(at::equal(Get("key"), first));
  EXPECT_EQ(num_computed_, 2);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("computing it again"));
  (void)Get("key");
  EXPECT_EQ(num_computed_, 2);
}

TEST_F(FeatureCacheTest, FeaturesAreOfTheDataAndTheBackbone) {
  const TrainingSet data = MakeSmallSet(folder_.path(), {3, 2});
  LatentActionModel model(SmallModel(1).latent_action_model, at::kFloat);
  InitializeWeights(&model, 7);
  const fs::path cache = folder_ / "cache";
  std::ostringstream log;
  const at::Tensor features = ImageFeatures(&model, data, cache, log);
  EXPECT_THAT(log.str(), HasSubstr("features of 5 pictures"));
  EXPECT_EQ(features.sizes(), (std::vector<int64_t>{5, 16, 24}));
  const at::Tensor frames = CentredPictures(data, 0, 5).to(at::kFloat) / 255;
  EXPECT_TRUE(at::equal(features, model.Features(frames).to(at::kHalf)));

  // equal weights elsewhere have the same ones; others do not
  LatentActionModel other(SmallModel(1).latent_action_model, at::kFloat);
  InitializeWeights(&other, 7);
  log.str("");
  EXPECT_TRUE(at::equal(ImageFeatures(&other, data, cache, log), features));
  EXPECT_EQ(log.str(), "");
  EXPECT_EQ(HashOf(&other), HashOf(&model));
  *other.backbone().parameters().back().tensor += 1e-3;
  EXPECT_NE(HashOf(&other), HashOf(&model));
  EXPECT_FALSE(at::equal(ImageFeatures(&other, data, cache, log), features));
}

}  // namespace
}  // namespace libero
