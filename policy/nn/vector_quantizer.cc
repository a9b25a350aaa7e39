#include "policy/nn/vector_quantizer.h"

#include <ATen/ATen.h>

namespace libero {

VectorQuantizer::VectorQuantizer(int64_t num_codes, int64_t dim, const at::TensorOptions& options)
    : codebook_(num_codes, dim, options) {
  Register("codebook", &codebook_);
}

Quantized VectorQuantizer::forward(const at::Tensor& encoded) const {
  const at::Tensor flat = encoded.detach().flatten(0, -2);
  const at::Tensor distances = at::cdist(flat, codebook().detach());
  const at::Tensor indices = distances.argmin(-1).view(encoded.sizes().slice(0, encoded.dim() - 1));
  const at::Tensor codes = codebook_.forward(indices);
  return {.encoded = encoded,
          .codes = codes,
          .quantized = encoded + (codes - encoded).detach(),
          .indices = indices};
}

at::Tensor QuantizationLoss(const Quantized& quantized) {
  constexpr double kCommitment = 0.25;
  const at::Tensor learn = (quantized.encoded.detach() - quantized.codes).square().mean();
  const at::Tensor commit = (quantized.encoded - quantized.codes.detach()).square().mean();
  return learn + kCommitment * commit;
}

}  // namespace libero
