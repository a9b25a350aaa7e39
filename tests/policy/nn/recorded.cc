#include "tests/policy/nn/recorded.h"

#include <algorithm>
#include <vector>

#include <ATen/ATen.h>

#include "sim/base/check.h"
#include "sim/base/npy.h"
#include "sim/base/zip_reader.h"
#include "tests/policy/nn/formula_weights.h"

namespace libero {

at::Tensor Recorded(const std::string& file, std::string_view key) {
  const ZipReader npz(std::string(LIBERO_GOLDEN_DIR) + "/networks/" + file + ".npz");
  NdArray array = ReadNpzArray(npz, key);
  at::ScalarType type = at::kFloat;
  if (array.dtype == DType::kF64) type = at::kDouble;
  if (array.dtype == DType::kI64) type = at::kLong;
  const at::Tensor view = at::from_blob(array.data.data(), array.shape, type);
  return type == at::kLong ? view.clone() : view.to(at::kFloat, /*non_blocking=*/false, true);
}

double RelativeError(const at::Tensor& a, const at::Tensor& b) {
  LIBERO_CHECK(a.sizes() == b.sizes());
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

at::Tensor SummarizeGradients(Module* module) {
  std::vector<NamedTensor> parameters = module->parameters();
  std::ranges::sort(parameters, {}, &NamedTensor::name);
  std::vector<at::Tensor> rows;
  for (const auto& [name, tensor] : parameters) {
    if (!tensor->requires_grad()) continue;
    at::Tensor gradient = at::zeros(tensor->sizes(), at::kDouble);
    if (tensor->grad().defined()) gradient = tensor->grad().to(at::kDouble);
    const at::Tensor probe = FormulaTensor("probe." + name, tensor->sizes());
    rows.push_back(at::stack({gradient.norm(), (gradient * probe).sum()}));
  }
  return at::stack(rows).to(at::kFloat);
}

double GradientError(const at::Tensor& summary, const at::Tensor& recorded) {
  LIBERO_CHECK(summary.sizes() == recorded.sizes());
  const at::Tensor norms = recorded.select(1, 0).unsqueeze(1);
  const at::Tensor scale = at::where(norms > 0, norms, at::ones_like(norms));
  return ((summary - recorded).abs() / scale).max().item<double>();
}

}  // namespace libero
