#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "policy/action_model.h"

// Networks as action models. These declarations need no LibTorch; what they do is in the plug-in,
// see policy/networks.h.
namespace libero {

struct NetworkOptions {
  std::string device = "auto";  // see ChooseDevice
  std::string quirks;           // "compat" or "fixed"; "": as the model's config says
  int num_threads = 0;          // that LibTorch computes with on the CPU; 0: its own choice
};

// The networks of a checkpoint folder, ours or a published one; float32 on a CPU, bfloat16 on a
// GPU. Throws Error if there is no such device, the folder is no checkpoint or its parts do not
// fit.
[[nodiscard]] std::unique_ptr<ActionModel> LoadActionModel(const std::filesystem::path& folder,
                                                           const NetworkOptions& options);

// Networks of a preset's sizes with random weights, the same for the same seed: to measure speed.
// Throws Error for an unknown preset or device.
[[nodiscard]] std::unique_ptr<ActionModel> MakeRandomActionModel(const std::string& preset,
                                                                 uint64_t seed,
                                                                 const NetworkOptions& options);

}  // namespace libero
