#include "policy/nn/layers.h"

#include <vector>

#include <ATen/ATen.h>

#include "sim/base/check.h"

namespace libero {

at::Tensor MergedWeight(const at::Tensor& weight, const at::Tensor& lora_a,
                        const at::Tensor& lora_b, double scale) {
  const at::Tensor delta =
      at::matmul(lora_b.to(at::kFloat).flatten(1), lora_a.to(at::kFloat).flatten(1));
  return (weight.to(at::kFloat) + scale * delta.view_as(weight)).to(weight.scalar_type());
}

void AdaptableLayer::Adapter::Make(at::IntArrayRef shape, const at::TensorOptions& options) {
  Register("weight", &weight, shape, options);
}

AdaptableLayer::AdaptableLayer(at::IntArrayRef weight_shape, bool bias,
                               const at::TensorOptions& options) {
  Register("weight", &weight_, weight_shape, options);
  if (bias) Register("bias", &bias_, {weight_shape[0]}, options);
}

void AdaptableLayer::AddLora(int64_t rank, double scale) {
  LIBERO_CHECK(!has_lora());
  const at::TensorOptions options = weight_.options().dtype(at::kFloat).requires_grad(false);
  std::vector<int64_t> shape_a = weight_.sizes().vec();
  shape_a[0] = rank;
  std::vector<int64_t> shape_b(weight_.sizes().size(), 1);
  shape_b[0] = weight_.size(0);
  shape_b[1] = rank;
  lora_a_.Make(shape_a, options);
  lora_b_.Make(shape_b, options);
  Register("lora_A", &lora_a_);
  Register("lora_B", &lora_b_);
  lora_scale_ = scale;
}

Linear::Linear(int64_t inputs, int64_t outputs, bool bias, const at::TensorOptions& options)
    : AdaptableLayer({outputs, inputs}, bias, options) {}

at::Tensor Linear::forward(const at::Tensor& x) const {
  at::Tensor y = at::linear(x, weight_, bias_);
  if (!has_lora()) return y;
  const at::Tensor low = at::linear(x.to(lora_a_.weight.scalar_type()), lora_a_.weight);
  return y + (at::linear(low, lora_b_.weight) * lora_scale_).to(y.scalar_type());
}

PatchConv::PatchConv(int64_t patch_size, int64_t dim, const at::TensorOptions& options)
    : AdaptableLayer({dim, 3, patch_size, patch_size}, /*bias=*/true, options) {}

at::Tensor PatchConv::forward(const at::Tensor& pixels) const {
  const int64_t patch_size = weight_.size(2);
  at::Tensor y = at::conv2d(pixels, weight_, bias_, patch_size);
  if (has_lora()) {
    const at::Tensor low =
        at::conv2d(pixels.to(lora_a_.weight.scalar_type()), lora_a_.weight, {}, patch_size);
    y = y + (at::conv2d(low, lora_b_.weight) * lora_scale_).to(y.scalar_type());
  }
  return y.flatten(2).transpose(1, 2);
}

LayerNorm::LayerNorm(int64_t dim, double eps, const at::TensorOptions& options)
    : dim_(dim), eps_(eps) {
  Register("weight", &weight_, {dim}, options);
  Register("bias", &bias_, {dim}, options);
}

at::Tensor LayerNorm::forward(const at::Tensor& x) const {
  return at::layer_norm(x, {dim_}, weight_, bias_, eps_);
}

RmsNorm::RmsNorm(int64_t dim, double eps, const at::TensorOptions& options) : eps_(eps) {
  Register("weight", &weight_, {dim}, options);
}

at::Tensor RmsNorm::forward(const at::Tensor& x) const {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor scale = at::rsqrt(wide.square().mean(-1, /*keepdim=*/true) + eps_);
  return weight_ * (wide * scale).to(x.scalar_type());
}

Embedding::Embedding(int64_t rows, int64_t dim, const at::TensorOptions& options) {
  Register("weight", &weight_, {rows, dim}, options);
}

at::Tensor Embedding::forward(const at::Tensor& ids) const {
  return at::embedding(weight_, ids);
}

Mlp::Mlp(int64_t dim, int64_t hidden, const at::TensorOptions& options, Names names)
    : first_(dim, hidden, /*bias=*/true, options), second_(hidden, dim, /*bias=*/true, options) {
  Register(names.first, &first_);
  Register(names.second, &second_);
}

at::Tensor Mlp::forward(const at::Tensor& x) const {
  return second_.forward(at::gelu(first_.forward(x)));
}

at::Tensor SplitHeads(const at::Tensor& x, int64_t num_heads) {
  return x.unflatten(-1, {num_heads, x.size(-1) / num_heads}).transpose(1, 2);
}

at::Tensor MergeHeads(const at::Tensor& x) {
  return x.transpose(1, 2).flatten(2);
}

}  // namespace libero
