#include "training/mixed_precision.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

at::Tensor Product() {
  return at::linear(at::ones({2, 3}), at::ones({4, 3}));
}

TEST(MixedPrecisionTest, ProductsAreInBfloat16WhileItIsOn) {
  {
    const Bf16Autocast off(at::kCPU, false);
    EXPECT_EQ(Product().scalar_type(), at::kFloat);
  }
  {
    const Bf16Autocast on(at::kCPU, true);
    EXPECT_EQ(Product().scalar_type(), at::kBFloat16);
  }
  EXPECT_EQ(Product().scalar_type(), at::kFloat);
}

TEST(MixedPrecisionTest, GradientsOfWeightsStayInFloat32) {
  const at::Tensor weight = at::full({4, 3}, 0.1).requires_grad_();
  {
    const Bf16Autocast on(at::kCPU, true);
    at::linear(at::ones({2, 3}), weight).to(at::kFloat).sum().backward();
  }
  EXPECT_TRUE(at::equal(weight.grad(), at::full({4, 3}, 2.0)));
}

}  // namespace
}  // namespace libero
