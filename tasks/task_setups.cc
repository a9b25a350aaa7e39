#include "tasks/task_setups.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/base/check.h"

namespace libero {

struct TaskSetups::Entry {
  std::mutex mutex;  // of setup, held while it is loaded
  std::optional<TaskSetup> setup;
  std::shared_ptr<const Scene>
      scene;  // the setup's, under the map's mutex; null until it is loaded
};

TaskSetups::TaskSetups(const std::vector<Suite>& suites, SceneStore& store)
    : suites_(&suites), store_(&store) {}

TaskSetups::~TaskSetups() = default;

const TaskSetup& TaskSetups::Get(const std::string& suite, int task_index) {
  Entry* entry = nullptr;
  {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Entry>& place = entries_[{suite, task_index}];
    if (place == nullptr) place = std::make_unique<Entry>();
    entry = place.get();
  }
  const std::lock_guard lock(entry->mutex);
  if (!entry->setup) {
    entry->setup = LoadTaskSetup(FindTask(suite, task_index), *store_);
    const std::lock_guard map_lock(mutex_);
    entry->scene = entry->setup->scene;
  }
  return *entry->setup;
}

std::shared_ptr<const Scene> TaskSetups::Drop(const std::string& suite, int task_index) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find({suite, task_index});
  if (entry == entries_.end()) return nullptr;
  std::shared_ptr<const Scene> scene = std::move(entry->second->scene);
  entries_.erase(entry);
  return scene;
}

bool TaskSetups::Uses(const Scene& scene) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(
      entries_, [&](const auto& entry) { return entry.second->scene.get() == &scene; });
}

const Task& TaskSetups::FindTask(const std::string& suite, int task_index) const {
  const auto found = std::ranges::find(*suites_, suite, &Suite::name);
  if (found == suites_->end()) {
    throw Error(fmt::format("unknown suite '{}'", suite), "'libero tasks' lists the suites");
  }
  const int num_tasks = static_cast<int>(found->tasks.size());
  if (task_index < 0 || task_index >= num_tasks) {
    throw Error(fmt::format("{} has no task {}", suite, task_index),
                fmt::format("its tasks are 0 to {}", num_tasks - 1));
  }
  return found->tasks[static_cast<size_t>(task_index)];
}

}  // namespace libero
