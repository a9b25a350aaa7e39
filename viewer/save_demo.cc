#include "viewer/save_demo.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "sim/base/check.h"
#include "sim/base/hdf5_output.h"
#include "tasks/demo_file.h"
#include "tasks/demo_watcher.h"
#include "tasks/demo_writer.h"
#include "viewer/demo_source.h"

namespace libero {
namespace {

constexpr const char* kCameras = "agentview,eye_in_hand";

RecordedDemo Record(const DemoRequest& request, const std::vector<RecordedCamera>& cameras,
                    const std::vector<Suite>& suites, SceneStore& store,
                    const RendererFactory& make_renderer) {
  std::optional<RecordedDemo> demo;
  RolloutOptions options = {
      .protocol = request.protocol, .env = {.mode = request.mode}, .make_renderer = make_renderer};
  SetMaxSteps(options.protocol, static_cast<int>(request.actions.size()));
  options.make_watcher = [&] {
    return std::make_unique<DemoWatcher>(
        store.data_root(), cameras, ObservationTime::kAfterAction,
        [&](const EpisodeSpec&, const RecordedDemo& recorded) { demo = recorded; });
  };
  ActionsPolicy policy(request.actions, request.policy);
  EpisodeResult result;
  RunEpisodes({&request.episode, 1}, suites, store, policy, options,
              [&](const EpisodeResult& ended) { result = ended; });
  if (!result.error.empty()) throw Error(result.error);
  if (!demo) {
    throw Error("the actions do not solve the task: there is no demonstration to save",
                "bodies that were pulled at by hand are where the policy's actions alone do not "
                "bring them");
  }
  return *demo;
}

// How many demonstrations and steps a file has; it must be like those that are to be added.
std::pair<int, int64_t> CheckOld(const std::filesystem::path& path, const DemoFileInfo& info,
                                 const std::vector<Suite>& suites) {
  const DemoFile old(path);
  const Task& task = FindDemoTask(old, suites);
  if (task.name != info.task.name || task.suite != info.task.suite || old.seed() != info.seed ||
      old.mode() != info.mode) {
    throw Error(fmt::format("{} has demonstrations of {} {} with another task, seed or mode than "
                            "{} {}",
                            path.string(), task.suite, task.name, info.task.suite, info.task.name),
                "give another file");
  }
  int64_t num_steps = 0;
  for (const int number : old.demo_numbers()) {
    num_steps += static_cast<int64_t>(old.Read(number).actions.size());
  }
  return {old.demo_numbers().back() + 1, num_steps};
}

}  // namespace

std::string SaveDemo(const DemoRequest& request, const std::filesystem::path& file,
                     const std::vector<Suite>& suites, SceneStore& store,
                     const RendererFactory& make_renderer) {
  const Suite& suite = FindSuite(suites, request.episode.suite);
  const Task& task = suite.tasks.at(static_cast<size_t>(request.episode.task_index));
  const std::vector<RecordedCamera> cameras =
      ParseCameras(kCameras, request.picture_size, {"agentview", "robot0_eye_in_hand"});
  const DemoFileInfo info = {.task = task,
                             .problem = LoadProblem(task.bddl_path),
                             .seed = request.episode.seed,
                             .settle_steps = request.protocol.settle_steps,
                             .settle_action = request.protocol.settle_action,
                             .mode = request.mode,
                             .cameras = cameras,
                             .policy = request.policy};
  const bool exists = std::filesystem::exists(file);
  const auto [number, num_steps] =
      exists ? CheckOld(file, info, suites) : std::pair<int, int64_t>(0, 0);
  const RecordedDemo demo = Record(request, cameras, suites, store, make_renderer);

  // a new file in place of the old one, so that there is a whole one at any time
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  Hdf5Output output(file);
  output.AddGroup("data");
  int count = 0;
  if (exists) {
    const DemoFile old_file(file);
    for (const int old : old_file.demo_numbers()) {
      const std::string group = fmt::format("data/demo_{}", old);
      output.CopyGroup(file, group, group);
      ++count;
    }
  }
  std::string name = fmt::format("demo_{}", number);
  WriteDemo(output, "data/" + name, demo);
  WriteDemoFileInfo(output, info, count + 1, num_steps + static_cast<int64_t>(demo.num_steps()));
  output.Finish();
  return name;
}

}  // namespace libero
