#include "training/muon.h"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/policy/nn/formula_weights.h"

namespace libero {
namespace {

// In order, and backwards.
const Muon::ForEach kInOrder = [](size_t count, const std::function<void(size_t)>& function) {
  for (size_t i = 0; i < count; ++i) function(i);
};
const Muon::ForEach kBackwards = [](size_t count, const std::function<void(size_t)>& function) {
  for (size_t i = count; i-- > 0;) function(i);
};

at::Tensor MakeWeight(const char* name, at::IntArrayRef shape) {
  at::Tensor weight = FormulaTensor(name, shape);
  weight.requires_grad_(true);
  return weight;
}

TEST(MuonTest, MakesSingularValuesAlmostEqual) {
  for (const auto& shape : {std::vector<int64_t>{6, 6}, {4, 9}, {9, 4}}) {
    const at::Tensor matrix = FormulaTensor("m", shape);
    const auto [u, s, vt] = at::linalg_svd(matrix, /*full_matrices=*/false);
    const at::Tensor made = Orthogonalized(matrix);
    const at::Tensor values = at::linalg_svdvals(made);
    EXPECT_GT(values.min().item<float>(), 0.3) << "small ones are not there yet";
    EXPECT_LT(values.max().item<float>(), 1.3);
    // the singular vectors are the same
    const at::Tensor rotated = u.t().matmul(made).matmul(vt.t());
    EXPECT_TRUE(at::allclose(rotated, at::diag(at::diag(rotated)), 0, 1e-4));
  }
  EXPECT_TRUE(at::equal(Orthogonalized(at::zeros({3, 5})), at::zeros({3, 5})));
}

TEST(MuonTest, TakesMatricesBetweenHiddenStates) {
  at::Tensor matrix = at::zeros({4, 3});
  at::Tensor vector = at::zeros({4});
  at::Tensor kernel = at::zeros({4, 3, 2, 2});
  EXPECT_TRUE(Muon::Takes({"blocks.0.attn.qkv.weight", &matrix}));
  EXPECT_TRUE(Muon::Takes({"projector.fc1.weight", &matrix}));
  EXPECT_FALSE(Muon::Takes({"blocks.0.norm1.weight", &vector}));
  EXPECT_FALSE(Muon::Takes({"patch_embed.proj.weight", &kernel}));
  for (const char* name :
       {"language_model.model.embed_tokens.weight", "language_model.lm_head.weight",
        "vq.codebook.weight", "lam_head.out.weight", "action_decoder.proj.0.weight",
        "q_proj.lora_A.weight", "position"}) {
    EXPECT_FALSE(Muon::Takes({name, &matrix})) << name;
  }
}

TEST(MuonTest, FollowsTheFormula) {
  constexpr double kRate = 0.1;
  constexpr double kDecay = 0.2;
  at::Tensor weight = MakeWeight("w", {8, 2});
  at::Tensor expected = weight.detach().clone();
  at::Tensor momentum = at::zeros_like(expected);
  Muon muon({{"fc.weight", &weight}}, kDecay);
  for (const char* name : {"g1", "g2", "g3"}) {
    const at::Tensor gradient = FormulaTensor(name, {8, 2});
    weight.mutable_grad() = gradient.clone();
    muon.Step(kRate, kInOrder);
    EXPECT_FALSE(weight.grad().defined()) << "gradients are dropped";
    momentum = 0.95 * momentum + 0.05 * gradient;
    const at::Tensor update = Orthogonalized(0.05 * gradient + 0.95 * momentum);
    expected = expected * (1 - kRate * kDecay) - kRate * 2 * update;  // 2: sqrt(8 / 2)
    EXPECT_TRUE(at::allclose(weight.detach(), expected, 0, 1e-5));
  }
}

TEST(MuonTest, TakesFusedLayersApart) {
  at::Tensor fused = MakeWeight("w", {9, 3});
  Muon whole({{"attn.qkv.weight", &fused}}, 0);
  const at::Tensor gradient = FormulaTensor("g", {9, 3});
  const at::Tensor before = fused.detach().clone();
  fused.mutable_grad() = gradient.clone();
  whole.Step(0.1, kInOrder);
  for (int64_t part = 0; part < 3; ++part) {
    at::Tensor alone = before.narrow(0, 3 * part, 3).clone().requires_grad_(true);
    Muon muon({{"q.weight", &alone}}, 0);
    alone.mutable_grad() = gradient.narrow(0, 3 * part, 3).clone();
    muon.Step(0.1, kInOrder);
    EXPECT_TRUE(at::allclose(fused.detach().narrow(0, 3 * part, 3), alone.detach(), 0, 1e-6));
  }
}

// Whatever the order; a parameter without a gradient stays as it is; and what is remembered, put
// into another one, is all there is.
TEST(MuonTest, ContinuesFromItsState) {
  at::Tensor a = MakeWeight("a", {4, 4});
  at::Tensor b = MakeWeight("b", {3, 5});
  at::Tensor unused = MakeWeight("c", {3, 5});
  Muon muon({{"a.weight", &a}, {"b.weight", &b}, {"c.weight", &unused}}, 0.1);
  at::Tensor other_a = a.detach().clone().requires_grad_(true);
  at::Tensor other_b = b.detach().clone().requires_grad_(true);
  at::Tensor other_unused = unused.detach().clone().requires_grad_(true);
  Muon other({{"a.weight", &other_a}, {"b.weight", &other_b}, {"c.weight", &other_unused}}, 0.1);
  const auto step = [](Muon& of, at::Tensor& first, at::Tensor& second, const char* name,
                       const Muon::ForEach& for_each) {
    first.mutable_grad() = FormulaTensor(name, {4, 4});
    second.mutable_grad() = FormulaTensor(name, {3, 5});
    of.Step(0.1, for_each);
  };
  step(muon, a, b, "g1", kInOrder);
  step(other, other_a, other_b, "g1", kBackwards);
  EXPECT_TRUE(at::equal(a, other_a) && at::equal(b, other_b));
  EXPECT_TRUE(at::equal(unused, MakeWeight("c", {3, 5})));

  Muon continued({{"a.weight", &other_a}, {"b.weight", &other_b}, {"c.weight", &other_unused}},
                 0.1);
  ASSERT_EQ(continued.state().size(), 3U);
  EXPECT_EQ(continued.state()[0].name, "a.weight.momentum");
  for (size_t i = 0; i < 3; ++i) continued.state()[i].tensor->copy_(*muon.state()[i].tensor);
  step(muon, a, b, "g2", kInOrder);
  step(continued, other_a, other_b, "g2", kInOrder);
  EXPECT_TRUE(at::equal(a, other_a) && at::equal(b, other_b));
}

}  // namespace
}  // namespace libero
