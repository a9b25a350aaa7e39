#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "sim/renderer_source.h"

namespace libero {

// The options of `libero render`.
struct RenderOptions {
  std::filesystem::path data_root;
  std::optional<std::filesystem::path> cache_folder;  // see SceneStore
  std::string suite;
  std::string task;  // see FindTask
  uint32_t seed = 0;
  int reset = 1;            // see ResetSampler::Sample
  std::optional<int> init;  // init state; without: the state that the reset leaves
  std::string camera = "agentview";
  std::string size = "256";  // see ParseFrameSize
  RendererOptions renderer;
  std::filesystem::path out;  // .png

  // what else is written of the same view, if anything: .png or .npy, see geometry_files.h
  std::optional<std::filesystem::path> depth;
  std::optional<std::filesystem::path> segmentation;
};

// Writes what the camera sees as a PNG, right side up, and prints a line that says what was drawn
// and what drew it. Throws Error for unknown suites, tasks, cameras, renderers and devices, for
// states that are not there, and if the file cannot be written; then nothing is written. What can
// be checked without the scene is checked first.
int RunRenderCommand(const RenderOptions& options, std::ostream& out);

// "256" → 256×256, "640x480" → 640×480, into the frame. Throws Error for other texts and for sizes
// that CheckFrameSize refuses.
void ParseFrameSize(const std::string& text, FrameSpec& frame);

}  // namespace libero
