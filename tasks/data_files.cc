#include "tasks/data_files.h"

#include "sim/base/check.h"
#include "sim/scene.h"
#include "tasks/workspace.h"

namespace libero {

std::set<std::string> SceneFiles(const std::filesystem::path& data_root, const Suite& suite) {
  std::set<std::string> files;
  for (const Task& task : suite.tasks) {
    const SceneMjcf scene = ComposeScene(data_root, MakeSceneSpec(LoadProblem(task.bddl_path)));
    files.insert(scene.mjcf_files.begin(), scene.mjcf_files.end());
    files.insert(scene.asset_files.begin(), scene.asset_files.end());
  }
  return files;
}

void AddExpectedFiles(DoctorOptions& options) {
  std::set<std::string> files;
  try {
    for (const Suite& suite : LoadSuites(options.data_root)) {
      if (!std::filesystem::exists(suite.tasks.front().bddl_path.parent_path())) continue;
      files.merge(SceneFiles(options.data_root, suite));
      for (const Task& task : suite.tasks) {
        for (const auto& path : {task.bddl_path, task.init_states_path}) {
          files.insert(path.lexically_relative(options.data_root).generic_string());
        }
      }
    }
  } catch (const Error& error) {
    options.expected_assets_error = error.what();
  }
  options.expected_assets.assign(files.begin(), files.end());
}

}  // namespace libero
