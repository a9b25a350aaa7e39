#include "policy/nn/activation_checkpoint.h"

#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "policy/nn/univla.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/policy/nn/small_vla.h"

namespace libero {
namespace {

// A layer that counts how often it is computed.
struct CountedLayer {
  at::Tensor weight = FormulaTensor("weight", {3, 3}).requires_grad_();
  int count = 0;

  at::Tensor operator()(const at::Tensor& x) {
    ++count;
    return at::tanh(at::linear(x, weight));
  }
};

TEST(ActivationCheckpointTest, ComputesALayerAgainForItsGradients) {
  CountedLayer layer;
  const auto run = [&layer](const at::Tensor& x) {
    return Checkpointed([&layer](const at::Tensor& in) { return layer(in); }, x);
  };
  const at::Tensor x = FormulaTensor("x", {2, 3}).requires_grad_();
  run(x).sum().backward();
  EXPECT_EQ(layer.count, 1) << "off";
  const at::Tensor expected = layer.weight.grad().clone();
  const at::Tensor expected_x = x.grad().clone();

  layer.weight.mutable_grad() = at::Tensor();
  x.mutable_grad() = at::Tensor();
  {
    const ActivationCheckpoints on(true);
    run(x).sum().backward();
  }
  EXPECT_EQ(layer.count, 3);
  EXPECT_TRUE(at::equal(layer.weight.grad(), expected));
  EXPECT_TRUE(at::equal(x.grad(), expected_x));

  // inputs may need no gradient
  layer.weight.mutable_grad() = at::Tensor();
  {
    const ActivationCheckpoints on(true);
    run(x.detach()).sum().backward();
  }
  EXPECT_TRUE(at::equal(layer.weight.grad(), expected));
}

TEST(ActivationCheckpointTest, CostsNothingWithoutGradients) {
  CountedLayer layer;
  const ActivationCheckpoints on(true);
  const c10::NoGradGuard no_grad;
  const at::Tensor y =
      Checkpointed([&layer](const at::Tensor& x) { return layer(x); }, FormulaTensor("x", {2, 3}));
  EXPECT_FALSE(y.requires_grad());
  EXPECT_EQ(layer.count, 1);
}

TEST(ActivationCheckpointTest, AVlaHasTheSameGradients) {
  std::vector<std::vector<at::Tensor>> gradients;
  for (const bool is_on : {false, true}) {
    UniVla vla(SmallVla(), at::kFloat);
    FillByFormula(&vla);
    vla.SetRequiresGrad(true);
    const ActivationCheckpoints checkpoints(is_on);
    const at::Tensor hidden =
        vla.forward(FormulaTensor("pixels", {2, 6, 56, 56}), FormulaIds("ids", {2, 9}, 128));
    vla.Logits(hidden).square().mean().backward();
    std::vector<at::Tensor>& all = gradients.emplace_back();
    for (const NamedTensor& parameter : vla.parameters()) {
      if (parameter.tensor->grad().defined()) all.push_back(parameter.tensor->grad());
    }
  }
  ASSERT_EQ(gradients[0].size(), gradients[1].size());
  EXPECT_GT(gradients[0].size(), 50U);
  for (size_t i = 0; i < gradients[0].size(); ++i) {
    EXPECT_TRUE(at::equal(gradients[0][i], gradients[1][i])) << i;
  }
}

}  // namespace
}  // namespace libero
