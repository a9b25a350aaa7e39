#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "policy/checkpoint/tensor_names.h"
#include "policy/checkpoint/tensor_store.h"
#include "policy/nn/module.h"

namespace libero {

// A published tensor that was left out on purpose.
struct IgnoredTensor {
  std::string name;  // as in the file
  std::string_view reason;
};

// How the tensors of a file fit a network.
struct WeightsCheck {
  std::vector<std::string> problems;  // a line each, with what was expected and got
  std::vector<IgnoredTensor> ignored;
};

// Compares names, shapes and types without reading values; the module may be on the device "meta".
// Every parameter must be there, every tensor must be of a parameter or be ignored for a reason,
// and numbers must be floating-point; which width does not matter.
[[nodiscard]] WeightsCheck CheckWeights(Module* module, const TensorStore& store, ModelPart part);

// Fills all parameters, converting to their type and device. Throws Error with the problems that
// CheckWeights finds, if any. Returns what was left out.
std::vector<IgnoredTensor> LoadWeights(Module* module, const TensorStore& store, ModelPart part);

// A view of a stored tensor's values, as long as the store lives.
[[nodiscard]] at::Tensor ViewOf(const StoredTensor& tensor);

// torch's and our names of types.
[[nodiscard]] at::ScalarType ToScalarType(DType dtype);
[[nodiscard]] DType ToDType(at::ScalarType type);

// Writes the parameters into a checkpoint's folder, see WriteShardedSafetensors; without those of
// adapters, which have to be merged before (see MergeLora).
void SaveWeights(Module* module, const std::filesystem::path& folder, const std::string& stem,
                 at::ScalarType dtype, uint64_t max_bytes);

// A tensor as one to write, converted to `dtype`; keeps it alive. The conversion is made when it
// is written.
[[nodiscard]] TensorToWrite ToWrite(std::string name, at::Tensor tensor, at::ScalarType dtype);

}  // namespace libero
