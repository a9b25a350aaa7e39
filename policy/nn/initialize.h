#pragma once

#include <cstdint>
#include <string>

#include "policy/nn/module.h"

namespace libero {

// Sets all parameters of a network that is to be trained from scratch, or only to be timed:
// scales 1, biases 0, codebooks uniform in ±1/codes, queries uniform in ±1, embeddings, positions
// and tokens normal with deviation 0.02, other weights normal with deviation 1/sqrt(inputs).
// Each parameter draws from a stream of its own, by its name and the seed; the same on a device of
// the same kind.
void InitializeWeights(Module* module, uint64_t seed);

// Fills a tensor from the stream of a name.
void FillNormal(at::Tensor* tensor, double deviation, const std::string& name, uint64_t seed);
void FillUniform(at::Tensor* tensor, double limit, const std::string& name, uint64_t seed);

}  // namespace libero
