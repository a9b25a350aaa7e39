#include "training/optimizer.h"

#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "tests/policy/nn/formula_weights.h"

namespace libero {
namespace {

at::Tensor MakeParameter(const char* name) {
  at::Tensor parameter = FormulaTensor(name, {6});
  parameter.requires_grad_(true);
  return parameter;
}

// By the formula of "Decoupled Weight Decay Regularization", in float64. LibTorch's own is compared
// with PyTorch's in vla_stage_test.cc.
TEST(AdamWTest, FollowsTheFormula) {
  at::Tensor parameter = MakeParameter("a");
  AdamW optimizer({{"a", &parameter}}, /*weight_decay=*/0.1);
  at::Tensor weight = parameter.detach().to(at::kDouble);
  at::Tensor mean = at::zeros_like(weight);
  at::Tensor square = at::zeros_like(weight);
  for (int step = 1; step <= 5; ++step) {
    const double rate = 0.02 / step;
    const at::Tensor gradient = FormulaTensor("gradient" + std::to_string(step), {6});
    parameter.mutable_grad() = gradient.clone();
    optimizer.Step(rate);
    EXPECT_FALSE(parameter.grad().defined()) << "gradients are dropped";

    const at::Tensor exact = gradient.to(at::kDouble);
    mean = 0.9 * mean + 0.1 * exact;
    square = 0.999 * square + 0.001 * exact.square();
    const at::Tensor deviation = (square / (1 - std::pow(0.999, step))).sqrt() + 1e-8;
    weight = weight * (1 - rate * 0.1) - rate * mean / (1 - std::pow(0.9, step)) / deviation;
    constexpr double kFloatTolerance = 1e-6;
    EXPECT_TRUE(at::allclose(parameter.detach().to(at::kDouble), weight, 0, kFloatTolerance));
  }
}

TEST(AdamWTest, LeavesParametersWithoutGradientAlone) {
  at::Tensor used = MakeParameter("used");
  at::Tensor unused = MakeParameter("unused");
  AdamW optimizer({{"used", &used}, {"unused", &unused}}, 0.1);
  EXPECT_EQ(ClipGradients({{"used", &used}, {"unused", &unused}}, 1).item<double>(), 0)
      << "no gradients";
  optimizer.Step(0.1);
  EXPECT_TRUE(at::equal(used, MakeParameter("used")));
  used.mutable_grad() = at::ones({6});
  optimizer.Step(0.1);
  EXPECT_FALSE(at::equal(used, MakeParameter("used")));
  EXPECT_TRUE(at::equal(unused, MakeParameter("unused")));
}

TEST(AdamWTest, ClipsAllGradientsTogether) {
  at::Tensor a = MakeParameter("a");
  at::Tensor b = MakeParameter("b");
  AdamW optimizer({{"a", &a}, {"b", &b}}, 0);
  const auto set = [&] {
    a.mutable_grad() = at::tensor({3.F, 0.F, 0.F, 0.F, 0.F, 0.F});
    b.mutable_grad() = at::tensor({0.F, 4.F, 0.F, 0.F, 0.F, 0.F});
  };
  constexpr double kTiny = 1e-5;  // 1e-6 is added to the norm
  set();
  EXPECT_FLOAT_EQ(ClipGradients({{"a", &a}, {"b", &b}}, 0).item<float>(), 5);
  EXPECT_FLOAT_EQ(ClipGradients({{"a", &a}, {"b", &b}}, 10).item<float>(), 5);
  EXPECT_EQ(a.grad()[0].item<float>(), 3) << "not above the limit";
  EXPECT_FLOAT_EQ(ClipGradients({{"a", &a}, {"b", &b}}, 0.5).item<float>(), 5);
  EXPECT_NEAR(a.grad()[0].item<double>(), 0.3, kTiny);
  EXPECT_NEAR(b.grad()[1].item<double>(), 0.4, kTiny);
  set();
  a.mutable_grad()[0] = std::nanf("");
  EXPECT_TRUE(std::isnan(ClipGradients({{"a", &a}, {"b", &b}}, 1).item<float>()));
}

// What is remembered, put into another one, is all there is.
TEST(AdamWTest, ContinuesFromItsState) {
  at::Tensor first = MakeParameter("a");
  AdamW optimizer({{"a", &first}}, 0.1);
  const auto step = [](AdamW& of, at::Tensor& parameter, const char* gradient) {
    parameter.mutable_grad() = FormulaTensor(gradient, {6});
    of.Step(0.1);
  };
  step(optimizer, first, "g1");
  step(optimizer, first, "g2");

  at::Tensor second = first.detach().clone();
  second.requires_grad_(true);
  AdamW continued({{"a", &second}}, 0.1);
  const std::vector<NamedTensor> from = optimizer.state();
  const std::vector<NamedTensor> to = continued.state();
  ASSERT_EQ(to.size(), 3U);
  EXPECT_EQ(to[0].name, "a.exp_avg");
  EXPECT_EQ(to[1].name, "a.exp_avg_sq");
  EXPECT_EQ(to[2].name, "a.step");
  for (size_t i = 0; i < to.size(); ++i) to[i].tensor->copy_(*from[i].tensor);
  step(optimizer, first, "g3");
  step(continued, second, "g3");
  EXPECT_TRUE(at::equal(first, second));
}

TEST(WeightAverageTest, AveragesAndSwaps) {
  at::Tensor parameter = MakeParameter("a");
  const at::Tensor start = parameter.detach().clone();
  WeightAverage average({{"a", &parameter}}, 0.75);
  const c10::NoGradGuard no_grad;
  parameter.detach().fill_(2);
  average.Update();
  average.Swap();
  EXPECT_TRUE(at::allclose(parameter, 0.75 * start + 0.5));
  average.Swap();
  EXPECT_TRUE(at::equal(parameter, at::full({6}, 2.F)));
  ASSERT_EQ(average.state().size(), 1U);
  EXPECT_EQ(average.state()[0].name, "a.ema");
}

}  // namespace
}  // namespace libero
