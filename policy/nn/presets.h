#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/nn/config.h"

namespace libero {

// A named set of sizes, compiled in from policy/presets/.
struct Preset {
  std::string name;
  std::string text;  // JSON, see ParseModelConfig
};

// "tiny" (trains on a CPU), "small" (on one GPU in minutes), "univla-7b" (the published sizes).
[[nodiscard]] const std::vector<Preset>& Presets();

// The sizes of one. Throws Error with the nearest name if there is none.
[[nodiscard]] ModelConfig FindPreset(std::string_view name);

}  // namespace libero
