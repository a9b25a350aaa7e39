#include "sim/scene_store.h"

#include <fmt/format.h>

#include <utility>

#include "sim/base/check.h"
#include "sim/base/log.h"

namespace libero {

SceneStore::SceneStore(std::filesystem::path data_root,
                       std::optional<std::filesystem::path> cache_folder)
    : data_root_(std::move(data_root)) {
  RequireMujocoVersion();
  if (cache_folder) cache_.emplace(std::move(*cache_folder));
}

std::shared_ptr<const Scene> SceneStore::Get(const SceneSpec& spec) {
  SceneMjcf mjcf = ComposeScene(data_root_, spec);
  Slot* slot = nullptr;
  {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Slot>& entry = slots_[mjcf.text];
    if (!entry) entry = std::make_unique<Slot>();
    slot = entry.get();
  }
  const std::lock_guard lock(slot->mutex);
  std::shared_ptr<const Scene> scene = slot->scene.lock();
  if (!scene) slot->scene = scene = Make(std::move(mjcf));
  return scene;
}

std::shared_ptr<const Scene> SceneStore::Make(SceneMjcf mjcf) const {
  auto scene = std::make_shared<Scene>();
  scene->key = SceneKey(data_root_, mjcf);
  if (cache_) {
    std::string problem;
    scene->model = cache_->Load(scene->key, problem);
    if (!problem.empty()) {
      LogWarning("sim", fmt::format("cached scene {}.scene in {}: {}; compiling it again",
                                    scene->key, cache_->folder().string(), problem));
    }
    if (scene->model) scene->origin = Scene::Origin::kCached;
  }
  if (!scene->model) {
    scene->model = CompileModel(data_root_, mjcf);
    if (cache_) {
      try {
        cache_->Store(scene->key, *scene->model);
      } catch (const Error& error) {
        LogWarning("sim", fmt::format("scene not cached: {}", error.what()));
      }
    }
  }
  scene->objects = std::move(mjcf.objects);
  return scene;
}

}  // namespace libero
