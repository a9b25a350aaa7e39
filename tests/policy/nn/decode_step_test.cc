#include "policy/nn/decode_step.h"

#include <memory>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include "policy/nn/device.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/policy/nn/recorded.h"

namespace libero {
namespace {

// Does on a CPU what a recording does on a GPU: nothing at first, all of it at each replay.
class Repetition : public StepGraph {
 public:
  explicit Repetition(const std::function<void()>& steps) : steps_(steps) {}
  void Replay() override { steps_(); }

 private:
  std::function<void()> steps_;
};

class DecodeStepTest : public testing::Test {
 protected:
  DecodeStepTest() { FillByFormula(&llama_); }

  // The hidden states of some tokens, appended to two rows of 5 and 3, by one cache used twice.
  at::Tensor Append(const StepRecorder& recorder, at::Device device = at::kCPU) {
    const c10::NoGradGuard no_grad;
    llama_.To(device, at::kFloat);
    const at::Tensor prompt = FormulaIds("prompt", {2, 5}, 96).to(device);
    const at::Tensor ids = FormulaIds("tokens", {4, 2}, 96).to(device);
    DecodeStep step(&llama_, KvCache(llama_.config(), 2, 9, prompt.options().dtype(at::kFloat)),
                    recorder);
    std::vector<at::Tensor> states;
    for (int use = 0; use < 2; ++use) {
      (void)llama_.Prefill(llama_.Embed(prompt), at::tensor({5, 3}, at::kLong).to(device),
                           &step.cache());
      for (int64_t i = 0; i < ids.size(0); ++i) states.push_back(step.Append(ids[i]));
    }
    EXPECT_TRUE(at::equal(step.cache().lengths.cpu(), at::tensor({9, 7}, at::kLong)));
    return at::stack(states).cpu();
  }

  Llama llama_{{.vocabulary = 96, .dim = 32, .depth = 2, .heads = 4, .mlp_dim = 86}, at::kFloat};
};

TEST_F(DecodeStepTest, ARecordingDoesWhatTheStepsDo) {
  int num_recordings = 0;
  const at::Tensor states = Append([&](const std::function<void()>& steps) {
    ++num_recordings;
    return std::make_unique<Repetition>(steps);
  });
  EXPECT_EQ(num_recordings, 1);
  EXPECT_TRUE(at::equal(states, Append({})));
}

TEST_F(DecodeStepTest, WhatCannotBeRecordedIsDoneStepByStep) {
  int num_tries = 0;
  testing::internal::CaptureStderr();
  const at::Tensor states =
      Append([&](const std::function<void()>& /*steps*/) -> std::unique_ptr<StepGraph> {
        ++num_tries;
        TORCH_CHECK(false, "no graphs here");
      });
  EXPECT_NE(testing::internal::GetCapturedStderr().find("no graphs here"), std::string::npos);
  EXPECT_EQ(num_tries, 1) << "and it is said once";
  EXPECT_TRUE(at::equal(states, Append({})));
}

TEST_F(DecodeStepTest, GraphsOfAGpuDoWhatTheStepsDo) {
  EXPECT_FALSE(StepRecorderFor(at::kCPU));
  const at::Device device = ChooseDevice("auto");
  if (!device.is_cuda()) GTEST_SKIP() << WhyNoCuda();
  const StepRecorder recorder = StepRecorderFor(device);
  ASSERT_TRUE(recorder);
  EXPECT_LE(RelativeError(Append(recorder, device), Append({}, device)), kTolerance);
}

}  // namespace
}  // namespace libero
