#pragma once

#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>

#include "policy/nn/module.h"

// Outputs of the reference implementations, which tests/golden/record_networks.py recorded.
namespace libero {

// An array of tests/golden/networks/<file>.npz; float64 and float32 become float32, int64 stays.
[[nodiscard]] at::Tensor Recorded(const std::string& file, std::string_view key);

// max |a − b| / max |b|; shapes must be equal (CHECK).
[[nodiscard]] double RelativeError(const at::Tensor& a, const at::Tensor& b);

// Of float32 arithmetic in another order than the reference's; what is measured is near 1e-6.
inline constexpr double kTolerance = 1e-5;

// The recorded summary of gradients: for each parameter that wants one, in order of names, its norm
// and its product with a formula's values: (parameters, 2).
[[nodiscard]] at::Tensor SummarizeGradients(Module* module);

// The largest difference of summaries, relative to each parameter's norm; of parameters without a
// gradient, relative to nothing.
[[nodiscard]] double GradientError(const at::Tensor& summary, const at::Tensor& recorded);

}  // namespace libero
