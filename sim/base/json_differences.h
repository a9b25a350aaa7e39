#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace libero {

// "field.inner: old → new" for each place where two values differ, in the order of the fields; null
// for a field that one of them lacks.
[[nodiscard]] std::vector<std::string> JsonDifferences(const nlohmann::ordered_json& old_value,
                                                       const nlohmann::ordered_json& new_value);

}  // namespace libero
