#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "policy/action_model.h"

// Networks as action models.
//
// On a GPU queries are answered in batches. On a CPU each is computed by itself, in one thread, and
// several side by side: so answers do not depend on what else is asked, to the last bit, and
// threads need not wait for each other some hundred times a query, as LibTorch's own would. These
// declarations need no LibTorch; what they do is in the plug-in, see policy/networks.h.
namespace libero {

struct NetworkOptions {
  std::string device = "auto";  // see ChooseDevice
  std::string quirks;           // "compat" or "fixed"; "": as the model's config says
  int num_threads = 1;          // that answer queries side by side on a CPU, ≥ 1
  bool in_batches = false;      // on a CPU, too
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
