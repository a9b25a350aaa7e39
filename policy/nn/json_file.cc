#include "policy/nn/json_file.h"

#include <fmt/format.h>

#include <fstream>

#include "sim/base/check.h"
#include "sim/base/pickle_value.h"

#include <nlohmann/json.hpp>

namespace libero {

nlohmann::json ReadJsonFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw Error(fmt::format("cannot read {}", path.string()));
  try {
    return nlohmann::json::parse(file);
  } catch (const nlohmann::json::exception& error) {
    throw Error(fmt::format("{}: {}", path.string(), PrintableText(error.what())));
  }
}

}  // namespace libero
