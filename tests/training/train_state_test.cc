#include "training/train_state.h"

#include <fstream>
#include <set>
#include <string>

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class TrainStateTest : public testing::Test {
 protected:
  [[nodiscard]] std::set<std::string> Files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(state_folder_)) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  TestFolder folder_;
  fs::path state_folder_ = folder_ / "state";
  at::Tensor a_ = FormulaTensor("a", {3, 2});
  at::Tensor b_ = at::arange(5);
  at::Tensor c_ = at::zeros({}, at::kFloat);
  std::vector<NamedTensor> tensors_ = {{"a", &a_}, {"b", &b_}, {"c", &c_}};
};

TEST_F(TrainStateTest, RestoresWhatWasSaved) {
  TrainState state(state_folder_, tensors_);
  EXPECT_EQ(state.Restore(), 0);
  state.Save(12);
  a_.zero_();
  b_.zero_();
  c_.fill_(3);
  EXPECT_EQ(state.Restore(), 12);
  EXPECT_TRUE(at::equal(a_, FormulaTensor("a", {3, 2})));
  EXPECT_TRUE(at::equal(b_, at::arange(5)));
  EXPECT_EQ(c_.item<float>(), 0);
}

TEST_F(TrainStateTest, KeepsTheLastTwo) {
  const TrainState state(state_folder_, tensors_);
  for (const int64_t step : {8, 9, 10, 100}) state.Save(step);  // not in the order of their names
  EXPECT_THAT(Files(), ElementsAre("step-10.safetensors", "step-100.safetensors"));
  state.Clear();
  EXPECT_FALSE(fs::exists(state_folder_));
}

TEST_F(TrainStateTest, PassesOverFilesThatAreNone) {
  TrainState state(state_folder_, tensors_);
  state.Save(1);
  std::ofstream(state_folder_ / "step-9.safetensors.1234") << "half of it";
  std::ofstream(state_folder_ / "step-x.safetensors") << "what";
  EXPECT_EQ(state.Restore(), 1);
  std::ofstream(state_folder_ / "step-7.safetensors") << "half of it";
  testing::internal::CaptureStderr();
  EXPECT_EQ(state.Restore(), 1);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("step-7.safetensors"));
}

TEST_F(TrainStateTest, RefusesOtherTensors) {
  TrainState(state_folder_, tensors_).Save(5);
  const auto expect = [&](const std::vector<NamedTensor>& tensors, const std::string& problem) {
    EXPECT_THAT([&] { TrainState(state_folder_, tensors).Restore(); },
                ThrowsMessage<Error>(AllOf(HasSubstr("step-5.safetensors: " + problem),
                                           HasSubstr("another training"))));
  };
  at::Tensor longer = at::zeros({6});
  expect({{"b", &longer}}, "b is of another shape");
  expect({{"a", &a_}, {"d", &longer}}, "d is not there");
}

TEST_F(TrainStateTest, SaysWhenItCannotWrite) {
  std::ofstream(state_folder_) << "a file";
  EXPECT_ANY_THROW(TrainState(state_folder_, tensors_).Save(5));
}

}  // namespace
}  // namespace libero
