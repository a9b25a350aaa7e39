#pragma once

#include <cstdint>

#include "policy/nn/module.h"

namespace libero {

// Low-rank adapters, as PEFT configures them.
struct LoraConfig {
  int64_t rank = 32;
  double alpha = 16;

  [[nodiscard]] double scale() const { return alpha / static_cast<double>(rank); }
};

// Adds an adapter to every linear layer and patch convolution, with unset values; returns how many.
// PEFT's "all-linear" chooses the same: it goes by the last name of a layer, so that
// patch_embed.proj is among them, and the output head too.
int AddLora(Module* module, const LoraConfig& config);

// A of all adapters from a normal distribution of deviation 1/rank, B zero, so that nothing changes
// at first. Each layer draws from a stream of its own, by its name and the seed.
void InitializeLora(Module* module, const LoraConfig& config, uint64_t seed);

// Adds what the adapters do to their layers' weights and makes it nothing: B zero. The module
// computes the same as before, and without adapters, too.
void MergeLora(Module* module, const LoraConfig& config);

}  // namespace libero
