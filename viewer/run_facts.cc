#include "viewer/run_facts.h"

#include <fmt/format.h>

#include <fstream>

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::json;

// A text or number as it is written; "" for what is not there.
std::string TextOf(const Json& call, const char* pointer) {
  const Json::json_pointer where(pointer);
  if (!call.contains(where)) return "";
  const Json& value = call.at(where);
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

}  // namespace

RunFacts ReadRunFacts(const std::filesystem::path& run_folder) {
  std::ifstream file(run_folder / "manifest.json");
  const Json manifest = Json::parse(file, nullptr, false);
  const Json::json_pointer calls("/calls");
  if (!manifest.is_object() || !manifest.contains(calls) || !manifest.at(calls).is_array() ||
      manifest.at(calls).empty()) {
    return {};
  }
  const Json& call = manifest.at(calls).back();
  constexpr std::pair<const char*, const char*> kRows[] = {{"begun", "/time"},
                                                           {"command", "/command_line"},
                                                           {"policy", "/policy/description"},
                                                           {"program", "/version"},
                                                           {"commit", "/git_commit"},
                                                           {"MuJoCo", "/mujoco"},
                                                           {"renderer", "/renderer/description"},
                                                           {"processor", "/cpu"},
                                                           {"cores", "/cores"},
                                                           {"environments", "/envs"},
                                                           {"threads", "/threads"}};
  RunFacts facts;
  for (const auto& [name, pointer] : kRows) {
    const std::string text = TextOf(call, pointer);
    if (!text.empty()) facts.emplace_back(name, text);
  }
  return facts;
}

}  // namespace libero
