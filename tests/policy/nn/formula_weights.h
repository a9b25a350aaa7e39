#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>

#include "policy/nn/module.h"

// Tensors from a formula, which tests/golden/record_networks.py has too; so recordings need not
// hold the weights of the networks that they are of.
namespace libero {

// Values in [−1, 1), in steps of 2⁻²³, from the name and each element's place.
[[nodiscard]] at::Tensor FormulaTensor(std::string_view name, at::IntArrayRef shape);

// Whole numbers in [0, end), likewise.
[[nodiscard]] at::Tensor FormulaIds(std::string_view name, at::IntArrayRef shape, int64_t end);

// Fills every parameter: 1 + v/4 for scales (one dimension, a name that says so), v/4 for other
// vectors, v · sqrt(3 / inputs) for what has more dimensions; v of "<prefix><name>".
void FillByFormula(Module* module, const std::string& prefix = "");

}  // namespace libero
