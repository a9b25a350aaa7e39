#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace libero {

inline constexpr double kSmallestZoom = 0.5;
inline constexpr double kLargestZoom = 4;

// What the viewer remembers from one use to the next.
struct Settings {
  bool is_dark = true;
  double zoom = 1;            // of text and widgets, beside the screen's own scale
  float sidebar_width = 380;  // at scale 1
  int window_width = 1440;
  int window_height = 900;
  std::string camera;                  // of the main view; "" for the free one
  std::map<std::string, bool> panels;  // which are open, by name; absent: as they are at first
};

// "libero-native/viewer.json" in XDG_CONFIG_HOME or ~/.config; none if there is no home folder.
[[nodiscard]] std::optional<std::filesystem::path> SettingsFile();

// What the file holds; where it is missing or makes no sense, the defaults.
[[nodiscard]] Settings ReadSettings(const std::filesystem::path& file);

// Writes the file and its folder; a warning if that fails, for nothing depends on it.
void WriteSettings(const std::filesystem::path& file, const Settings& settings);

}  // namespace libero
