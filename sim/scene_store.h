#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sim/model.h"
#include "sim/model_cache.h"
#include "sim/scene.h"

namespace libero {

// A compiled scene: what all its worlds share.
struct Scene {
  std::string key;                   // see SceneKey
  std::vector<ObjectModel> objects;  // in the order of their bodies
  MjModelPtr model;                  // 100–260 MB of meshes and textures

  // How this scene came to be, for messages and measurements.
  enum class Origin { kCompiled, kCached };
  Origin origin = Origin::kCompiled;
};

// Makes scenes, each once, however many tasks and environments use it: specifications with the same
// MJCF text get the same Scene. A scene lives as long as somebody holds it; that is why it is the
// one thing in the program that is shared by reference count. Thread-safe: different scenes are
// made in parallel, callers of one that is being made wait for it.
class SceneStore {
 public:
  // Without a cache folder every scene is compiled. The cache is only a help: what goes wrong with
  // it is logged as a warning, and the scene is compiled.
  SceneStore(std::filesystem::path data_root, std::optional<std::filesystem::path> cache_folder);

  // Takes 1–3 s for a new scene, 0.2–0.5 s for one in the cache, ms for one in use.
  std::shared_ptr<const Scene> Get(const SceneSpec& spec);

  [[nodiscard]] const std::filesystem::path& data_root() const { return data_root_; }

 private:
  struct Slot {
    std::mutex mutex;
    std::weak_ptr<const Scene> scene;
  };

  std::shared_ptr<const Scene> Make(SceneMjcf mjcf) const;

  std::filesystem::path data_root_;
  std::optional<ModelCache> cache_;
  std::mutex mutex_;                                    // of slots_
  std::map<std::string, std::unique_ptr<Slot>> slots_;  // by MJCF text
};

}  // namespace libero
