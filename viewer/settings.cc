#include "viewer/settings.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "sim/base/log.h"

#include <nlohmann/json.hpp>

namespace libero {

std::optional<std::filesystem::path> SettingsFile() {
  const auto folder = [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  const std::filesystem::path own = "libero-native/viewer.json";
  if (const auto config = folder("XDG_CONFIG_HOME"); config.is_absolute()) return config / own;
  if (const auto home = folder("HOME"); !home.empty()) return home / ".config" / own;
  return std::nullopt;
}

Settings ReadSettings(const std::filesystem::path& file) {
  Settings settings;
  std::ifstream in(file);
  const nlohmann::json json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_object()) return settings;
  const auto read = [&](const char* key, auto& value, auto low, auto high) {
    if (json.contains(key) && json[key].is_number()) {
      value = std::clamp(json[key].get<std::decay_t<decltype(value)>>(), low, high);
    }
  };
  read("zoom", settings.zoom, kSmallestZoom, kLargestZoom);
  read("sidebar_width", settings.sidebar_width, 200.0F, 2000.0F);
  read("window_width", settings.window_width, 640, 16384);
  read("window_height", settings.window_height, 400, 16384);
  if (json.contains("dark") && json["dark"].is_boolean()) settings.is_dark = json["dark"];
  if (json.contains("camera") && json["camera"].is_string()) settings.camera = json["camera"];
  if (!json.contains("panels") || !json["panels"].is_object()) return settings;
  for (const auto& [name, is_open] : json["panels"].items()) {
    if (is_open.is_boolean()) settings.panels[name] = is_open;
  }
  return settings;
}

void WriteSettings(const std::filesystem::path& file, const Settings& settings) {
  const nlohmann::ordered_json json = {{"dark", settings.is_dark},
                                       {"zoom", settings.zoom},
                                       {"sidebar_width", settings.sidebar_width},
                                       {"window_width", settings.window_width},
                                       {"window_height", settings.window_height},
                                       {"camera", settings.camera},
                                       {"panels", settings.panels}};
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  std::ofstream out(file);
  out << json.dump(2) << "\n";
  if (!out) LogWarning("viewer", "cannot write " + file.string());
}

}  // namespace libero
