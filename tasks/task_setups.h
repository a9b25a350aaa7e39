#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tasks/env.h"

namespace libero {

// The setups of the tasks that a run is at: each is loaded when it is first asked for, shared by
// all that ask, and kept until it is dropped. Thread-safe; who asks for one that is being loaded
// waits.
class TaskSetups {
 public:
  // Both must outlive this object.
  TaskSetups(const std::vector<Suite>& suites, SceneStore& store);
  ~TaskSetups();

  // The setup of the task with this index in the suite of this full name. Throws Error if there is
  // no such task, or if it cannot be loaded; the next call tries again then. Takes 0.2–3 s where
  // the task's scene is not in use yet.
  const TaskSetup& Get(const std::string& suite, int task_index);

  // Destroys the setup, which nobody uses any more, and returns its scene, so that the caller can
  // hold it for the next task, which often shares it; null if it was not loaded.
  std::shared_ptr<const Scene> Drop(const std::string& suite, int task_index);

  // Whether a setup that is loaded has this scene.
  [[nodiscard]] bool Uses(const Scene& scene) const;

 private:
  struct Entry;
  using Key = std::pair<std::string, int>;

  [[nodiscard]] const Task& FindTask(const std::string& suite, int task_index) const;

  const std::vector<Suite>* suites_;
  SceneStore* store_;
  mutable std::mutex mutex_;  // of the map
  std::map<Key, std::unique_ptr<Entry>> entries_;
};

}  // namespace libero
