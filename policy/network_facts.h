#pragma once

#include <vector>

#include "policy/checkpoint/torch_facts.h"
#include "sim/doctor.h"

namespace libero {

// What `libero doctor` says of neural networks: LibTorch and its part for GPUs. Loads both, which
// may start threads. Never throws for what it finds.
[[nodiscard]] std::vector<ReportEntry> ReportNetworks(const Machine& machine);

// The same for facts that are known.
[[nodiscard]] std::vector<ReportEntry> ReportNetworks(const Machine& machine,
                                                      const TorchFacts& facts);

}  // namespace libero
