#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <mujoco/mujoco.h>

#include "sim/scene.h"

namespace libero {

struct MjModelDeleter {
  void operator()(mjModel* model) const { mj_deleteModel(model); }
};
struct MjDataDeleter {
  void operator()(mjData* data) const { mj_deleteData(data); }
};
using MjModelPtr = std::unique_ptr<mjModel, MjModelDeleter>;
using MjDataPtr = std::unique_ptr<mjData, MjDataDeleter>;

// Throws Error unless the MuJoCo library that was loaded is the pinned one (3.3.2): other versions
// give other physics and other pixels. `version` is mj_version()'s number.
void RequireMujocoVersion(int version = mj_version());

// Sends MuJoCo's warnings to the log. Without it they also go to a file MUJOCO_LOG.TXT in the
// working directory. Acts on the whole process.
void LogMujocoWarnings();

// Compiles a scene. Throws Error with MuJoCo's message if it cannot, or if an asset is missing.
// Takes 1–3 s; the assets are read from `data_root`.
MjModelPtr CompileModel(const std::filesystem::path& data_root, const SceneMjcf& scene);

// Names the scene's content: 32 hexadecimal digits of XXH3-128 over the MJCF text, every asset's
// bytes and MuJoCo's version. Equal keys mean equal models. Throws Error for an unreadable asset.
std::string SceneKey(const std::filesystem::path& data_root, const SceneMjcf& scene);

// One array of a model, as raw bytes.
struct ModelArray {
  enum class Type { kByte, kInt, kFloat, kDouble };

  const char* name;
  const void* data;
  size_t num_values;
  size_t value_size;  // bytes
  Type type;
};

// All arrays of a model in the order of mjxmacro.h, which is the order in MJB files.
std::vector<ModelArray> ModelArrays(const mjModel& model);

// All size fields of a model (nq, nv, nbody, …) by name, in the order of mjxmacro.h.
std::vector<std::pair<const char*, int64_t>> ModelSizes(const mjModel& model);

}  // namespace libero
