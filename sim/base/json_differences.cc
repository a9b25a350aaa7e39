#include "sim/base/json_differences.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

void ListDifferences(const std::string& field, const Json& old_value, const Json& new_value,
                     std::vector<std::string>& differences) {
  if (old_value == new_value) return;
  if (!old_value.is_object() || !new_value.is_object()) {
    differences.push_back(fmt::format("{}: {} → {}", field, old_value.dump(), new_value.dump()));
    return;
  }
  const std::string prefix = field.empty() ? "" : field + ".";
  for (const auto& [key, value] : old_value.items()) {
    ListDifferences(prefix + key, value, new_value.value(key, Json()), differences);
  }
  for (const auto& [key, value] : new_value.items()) {
    if (!old_value.contains(key)) ListDifferences(prefix + key, Json(), value, differences);
  }
}

}  // namespace

std::vector<std::string> JsonDifferences(const Json& old_value, const Json& new_value) {
  std::vector<std::string> differences;
  ListDifferences("", old_value, new_value, differences);
  return differences;
}

}  // namespace libero
