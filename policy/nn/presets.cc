#include "policy/nn/presets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/base/check.h"
#include "sim/base/suggest.h"

#include <nlohmann/json.hpp>

namespace libero {

ModelConfig FindPreset(std::string_view name) {
  std::vector<std::string> names;
  for (const Preset& preset : Presets()) {
    if (preset.name == name) {
      return ParseModelConfig(nlohmann::json::parse(preset.text), "preset " + preset.name);
    }
    names.push_back(preset.name);
  }
  const std::string nearest = DidYouMean(name, names);
  throw Error(fmt::format("no preset '{}'", name),
              nearest.empty() ? fmt::format("there are {}", fmt::join(names, ", ")) : nearest);
}

}  // namespace libero
