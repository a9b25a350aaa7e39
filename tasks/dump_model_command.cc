#include "tasks/dump_model_command.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <ostream>
#include <vector>

#include "sim/base/atomic_file.h"
#include "tasks/env.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

Json FixturePoses(const Env& env, const mjModel& model) {
  Json poses = Json::object();
  for (const FixturePose& fixture : env.reset_state().fixtures) {
    poses[mj_id2name(&model, mjOBJ_BODY, fixture.body_id)] = {{"pos", fixture.pos},
                                                              {"quat_wxyz", fixture.quat}};
  }
  return poses;
}

Json ArrayHashes(const mjModel& model) {
  Json hashes = Json::object();
  for (const ModelArray& array : ModelArrays(model)) {
    if (array.num_values == 0) continue;
    const XXH64_hash_t hash = XXH3_64bits(array.data, array.num_values * array.value_size);
    hashes[array.name] = fmt::format("{:016x}", hash);
  }
  return hashes;
}

void SaveModel(const mjModel& model, const std::filesystem::path& path) {
  std::vector<char> image(static_cast<size_t>(mj_sizeModel(&model)));
  mj_saveModel(&model, nullptr, image.data(), static_cast<int>(image.size()));
  WriteFileAtomically(
      path, {{image.data(), image.size()}},
      fmt::format("check that the folder exists and has {} MB free", image.size() >> 20));
}

}  // namespace

int RunDumpModelCommand(const DumpModelOptions& options, std::ostream& out) {
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  const Task& task = FindTask(FindSuite(suites, options.suite), options.task);
  SceneStore store(options.data_root, options.cache_folder);
  const TaskSetup setup = LoadTaskSetup(task, store);
  Env env(setup, {.seed = options.seed});
  env.Reset(options.reset);
  const mjModel model = env.world().CompiledModel();
  SaveModel(model, options.out);

  Json sizes = Json::object();
  for (const auto& [name, size] : ModelSizes(model)) sizes[name] = size;
  const Json document = {{"suite", task.suite},
                         {"task", task.index},
                         {"name", task.name},
                         {"seed", options.seed},
                         {"reset", options.reset},
                         {"mujoco", mj_versionString()},
                         {"file", options.out.string()},
                         {"scene_key", setup.scene->key},
                         {"sizes", sizes},
                         {"qpos", env.reset_state().qpos},
                         {"fixtures", FixturePoses(env, model)},
                         {"hashes", ArrayHashes(model)}};
  out << document.dump(2) << "\n";
  return 0;
}

}  // namespace libero
