#include "results/arrange_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "results/option_checks.h"
#include "results/parallelism.h"
#include "sim/base/check.h"
#include "sim/base/interrupt.h"
#include "sim/base/log.h"
#include "sim/base/progress.h"
#include "sim/base/run_folder.h"
#include "sim/base/thread_pool.h"
#include "tasks/demo_file.h"
#include "tasks/demo_recorder.h"
#include "tasks/demo_writer.h"
#include "tasks/model_file.h"
#include "tasks/scene_arranger.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr int kInterrupted = 130;  // what shells report for SIGINT
constexpr int kPicturesPerReset = 20;

struct Input {
  fs::path path;
  Task task;
  std::vector<Demo> demos;
};

std::vector<Input> ReadInputs(const std::vector<fs::path>& paths,
                              const std::vector<Suite>& suites) {
  std::vector<Input> inputs;
  for (const fs::path& path : FindDemoFiles(paths)) {
    const DemoFile file(path);
    Input input = {.path = path, .task = FindDemoTask(file, suites), .demos = {}};
    for (const int number : file.demo_numbers()) {
      input.demos.push_back(file.Read(number));
      if (input.demos.back().states.empty()) {
        throw Error(input.demos.back().where + "expected a dataset states",
                    "without it nobody knows how the arm stood");
      }
    }
    inputs.push_back(std::move(input));
  }
  return inputs;
}

// Draws a task's pictures, one reset after another.
class Photographer {
 public:
  Photographer(const TaskSetup& setup, const Input& input, uint32_t seed,
               const std::vector<RecordedCamera>& cameras, RendererSource& renderers)
      : arranger_(setup, input.demos, seed),
        recorder_(cameras, ObservationTime::kBeforeAction),
        renderer_(renderers.Make(*setup.scene->model)) {
    for (const RecordedCamera& camera : cameras) {
      camera_ids_.push_back(FindCamera(*setup.scene->model, camera.frame.camera));
      frames_.push_back({camera.frame.width, camera.frame.height, {}});
    }
  }

  RecordedDemo Draw(int reset, int num_pictures) {
    // a recording has a state more than rows
    const std::vector<std::vector<double>> states = arranger_.Arrange(reset, num_pictures + 1);
    Env& env = arranger_.env();
    recorder_.Begin(env);
    for (size_t i = 0; i < states.size(); ++i) {
      env.SetState(states[i]);
      for (size_t k = 0; k < frames_.size(); ++k) {
        renderer_->Render(env.snapshot(), camera_ids_[k], frames_[k]);
      }
      if (i == 0) {
        recorder_.Start(env, frames_);
      } else {
        recorder_.AfterStep(Action{}, env, frames_);
      }
    }
    RecordedDemo demo = recorder_.Take();
    demo.reset_index = reset + 1;
    return demo;
  }

 private:
  SceneArranger arranger_;
  DemoRecorder recorder_;
  std::unique_ptr<Renderer> renderer_;
  std::vector<int> camera_ids_;
  std::vector<Image> frames_;
};

// One call of `libero arrange`, from the point on where everything is known to be good.
class Arrangement {
 public:
  Arrangement(const ArrangeOptions& options, std::vector<RecordedCamera> cameras, size_t num_inputs,
              std::ostream& log)
      : options_(&options),
        cameras_(std::move(cameras)),
        store_(options.data_root, options.cache_folder),
        renderers_(options.renderer, TextureFolder(options.cache_folder)),
        workers_(ChooseParallelism(std::nullopt, options.num_threads).num_threads),
        progress_("pictures", static_cast<int>(num_inputs) * options.num_pictures,
                  options.log_is_terminal, log) {}

  // Whether it was interrupted.
  bool Run(const std::vector<Input>& inputs, const InterruptListener& interrupt) {
    for (const Input& input : inputs) {
      if (!fs::exists(Output(input)) && !Draw(input, interrupt)) return true;
      num_done_ = (1 + static_cast<int>(&input - inputs.data())) * options_->num_pictures;
    }
    progress_.Finish(num_done_, ElapsedS(), "");
    return false;
  }

 private:
  [[nodiscard]] fs::path Output(const Input& input) const {
    return options_->out / input.path.filename();
  }

  // Returns false if interrupted: then there is no file.
  bool Draw(const Input& input, const InterruptListener& interrupt) {
    const TaskSetup setup = LoadTaskSetup(input.task, store_);
    const auto num_threads = static_cast<size_t>(workers_.num_threads());
    std::vector<std::unique_ptr<Photographer>> photographers(num_threads);
    Hdf5Output output(Output(input));
    output.AddGroup("data");

    // as many resets at a time as there are threads; HDF5 is left to this one
    const int num_resets = (options_->num_pictures + kPicturesPerReset - 1) / kPicturesPerReset;
    for (int first = 0; first < num_resets; first += static_cast<int>(num_threads)) {
      if (interrupt.finish().stop_requested()) return false;
      const int count = std::min(static_cast<int>(num_threads), num_resets - first);
      for (const RecordedDemo& demo : DrawInParallel(setup, input, first, count, photographers)) {
        WriteDemo(output, fmt::format("data/demo_{}", *demo.reset_index - 1), demo);
      }
      progress_.Update(
          num_done_ + std::min(options_->num_pictures, (first + count) * kPicturesPerReset),
          ElapsedS(), "");
    }
    WriteDemoFileInfo(output,
                      {.task = input.task,
                       .problem = setup.problem,
                       .seed = options_->seed,
                       .observations = ObservationTime::kBeforeAction,
                       .cameras = cameras_,
                       .policy = "nobody: states that do not follow one another"},
                      num_resets, options_->num_pictures);
    output.Finish();
    return true;
  }

  std::vector<RecordedDemo> DrawInParallel(
      const TaskSetup& setup, const Input& input, int first, int count,
      std::vector<std::unique_ptr<Photographer>>& photographers) {
    std::vector<RecordedDemo> demos(static_cast<size_t>(count));
    const auto draw = [&](size_t i) {
      if (photographers[i] == nullptr) {
        photographers[i] =
            std::make_unique<Photographer>(setup, input, options_->seed, cameras_, renderers_);
      }
      const int reset = first + static_cast<int>(i);
      const int num_left = options_->num_pictures - reset * kPicturesPerReset;
      demos[i] = photographers[i]->Draw(reset, std::min(kPicturesPerReset, num_left));
    };
    for (const std::string& error : RunAll(workers_, demos.size(), draw)) {
      if (!error.empty()) throw Error(fmt::format("{}: {}", input.path.string(), error));
    }
    return demos;
  }

  [[nodiscard]] double ElapsedS() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  const ArrangeOptions* options_;
  std::vector<RecordedCamera> cameras_;
  SceneStore store_;
  RendererSource renderers_;
  ThreadPool workers_;
  Progress progress_;
  int num_done_ = 0;  // pictures, of the files before
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Json Config(const ArrangeOptions& options, const std::vector<Input>& inputs) {
  Json files = Json::array();
  for (const Input& input : inputs) files.push_back(fs::absolute(input.path).string());
  return {{"inputs", files},
          {"pictures", options.num_pictures},
          {"cameras", options.cameras},
          {"size", options.size},
          {"seed", options.seed},
          {"renderer", options.renderer.name},
          {"device", options.renderer.device ? Json(*options.renderer.device) : Json()}};
}

}  // namespace

int RunArrangeCommand(const ArrangeOptions& given, std::ostream& log) {
  // all that can be wrong
  ArrangeOptions options = given;
  constexpr int kMostPictures = 10'000'000;
  CheckRange("--pictures", options.num_pictures, 1, kMostPictures);
  CheckRendererName(options.renderer.name);
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  const std::vector<Input> inputs = ReadInputs(options.inputs, suites);
  std::vector<Task> tasks;
  tasks.reserve(inputs.size());
  for (const Input& input : inputs) tasks.push_back(input.task);
  std::vector<RecordedCamera> cameras =
      ParseCameras(options.cameras, options.size, CommonCameras(options.data_root, tasks));
  if (cameras.empty()) throw Error("--cameras: expected at least one");
  const InterruptListener interrupt;  // before there are threads
  options.renderer = ResolveRenderer(options.renderer);

  // the files that are not there yet
  const RunFolder folder(options.out, Config(options, inputs), {});
  if (folder.is_done()) return 0;
  folder.WriteManifest(
      {{"calls",
        WithCall(folder.ReadManifest(), ProvenanceJson(options.program, options.renderer, ""))}});
  Arrangement arrangement(options, std::move(cameras), inputs.size(), log);
  if (arrangement.Run(inputs, interrupt)) {
    LogInfo("results", "interrupted; the same command continues");
    return kInterrupted;
  }
  folder.WriteDone("");
  return 0;
}

}  // namespace libero
