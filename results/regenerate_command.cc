#include "results/regenerate_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <set>
#include <system_error>

#include "results/demo_metainfo.h"
#include "results/option_checks.h"
#include "results/parallelism.h"
#include "sim/base/check.h"
#include "sim/base/interrupt.h"
#include "sim/base/log.h"
#include "sim/base/progress.h"
#include "sim/base/run_folder.h"
#include "sim/base/text_table.h"
#include "sim/base/thread_pool.h"
#include "tasks/demo_file.h"
#include "tasks/demo_regenerator.h"
#include "tasks/demo_writer.h"
#include "tasks/model_file.h"
#include "tasks/replay.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr int kInterrupted = 130;  // what shells report for SIGINT
constexpr Action kSettleAction = {0, 0, 0, 0, 0, 0, -1};

// A file to regenerate, found to be possible.
struct Input {
  fs::path path;
  Task task;
  int num_demos = 0;

  [[nodiscard]] fs::path Output(const fs::path& folder) const { return folder / path.filename(); }
};

// What came of a file.
struct Outcome {
  int num_kept = 0;
  int num_dropped = 0;  // demonstrations that did not succeed
  int64_t num_steps = 0;
  int64_t num_noops = 0;  // of the demonstrations that were kept
};

ReplayScene SceneOf(const RegenerateOptions& options, const DemoFile& file, const Demo& demo) {
  return options.scene.empty() ? DefaultReplayScene(file, demo) : FindReplayScene(options.scene);
}

// Reads and checks the files, so that nothing is found late.
std::vector<Input> CheckInputs(const RegenerateOptions& options, const std::vector<Suite>& suites) {
  std::vector<Input> inputs;
  std::set<fs::path> outputs;
  for (const fs::path& path : FindDemoFiles(options.inputs)) {
    const DemoFile file(path);
    const Task& task = FindDemoTask(file, suites);
    inputs.push_back({path, task, static_cast<int>(file.demo_numbers().size())});
    const fs::path output = inputs.back().Output(options.out);
    if (!outputs.insert(output).second) {
      throw Error(fmt::format("{}: another input has this name too", path.string()),
                  "give them other folders with --out");
    }
    std::error_code ignored;
    if (fs::equivalent(path, output, ignored)) {
      throw Error(fmt::format("{}: it would be replaced by itself", path.string()),
                  "give another folder with --out");
    }
    const Problem problem = LoadProblem(task.bddl_path);
    const InitStates init_states = LoadInitStates(task.init_states_path.string());
    for (const int number : file.demo_numbers()) {
      const Demo demo = file.Read(number);
      CheckReplayable(demo, SceneOf(options, file, demo), problem, init_states);
    }
  }
  return inputs;
}

// One call of `libero regenerate`, from the point on where everything is known to be good.
class Regeneration {
 public:
  Regeneration(const RegenerateOptions& options, std::vector<Input> inputs,
               std::vector<RecordedCamera> cameras, int num_threads, std::ostream& log);

  // Whether it was interrupted.
  bool Run(const InterruptListener& interrupt);
  void PrintTable(std::ostream& out) const;
  [[nodiscard]] bool is_any_empty() const { return is_any_empty_; }

 private:
  // Returns false if interrupted: then there is no file.
  bool Regenerate(const Input& input, const InterruptListener& interrupt);
  [[nodiscard]] DemoFileInfo Info(const Input& input, const DemoFile& file,
                                  const Problem& problem) const;
  [[nodiscard]] std::vector<Demo> ReadDemos(const DemoFile& file, size_t first, size_t count) const;
  [[nodiscard]] std::vector<RegeneratedDemo> PlayInParallel(
      const std::vector<Demo>& demos, const std::function<RegeneratedDemo(size_t)>& play);
  void Count(const RegeneratedDemo& result, Outcome& outcome);
  void NoteOutcome(const Input& input, const Outcome& outcome);
  [[nodiscard]] std::string Summary() const;
  [[nodiscard]] double ElapsedS() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  const RegenerateOptions* options_;
  std::vector<Input> inputs_;
  std::vector<RecordedCamera> cameras_;
  SceneStore store_;
  RendererSource renderers_;
  ThreadPool workers_;
  DemoMetainfo metainfo_;
  Progress progress_;
  TextTable table_;
  int num_done_ = 0;     // demonstrations
  int num_dropped_ = 0;  // of them
  bool is_any_empty_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

int NumDemos(const std::vector<Input>& inputs, const fs::path& out) {
  int num = 0;
  for (const Input& input : inputs) num += fs::exists(input.Output(out)) ? 0 : input.num_demos;
  return num;
}

Regeneration::Regeneration(const RegenerateOptions& options, std::vector<Input> inputs,
                           std::vector<RecordedCamera> cameras, int num_threads, std::ostream& log)
    : options_(&options),
      inputs_(std::move(inputs)),
      cameras_(std::move(cameras)),
      store_(options.data_root, options.cache_folder),
      renderers_(options.renderer, TextureFolder(options.cache_folder)),
      workers_(num_threads),
      metainfo_(options.out),
      progress_("demonstrations", NumDemos(inputs_, options.out), options.log_is_terminal, log),
      table_{{{"file"},
              {"kept", true},
              {"dropped", true},
              {"mean steps", true},
              {"actions left out", true}},
             {}} {}

std::string Regeneration::Summary() const {
  return fmt::format("{} dropped", num_dropped_);
}

bool Regeneration::Run(const InterruptListener& interrupt) {
  for (const Input& input : inputs_) {
    if (fs::exists(input.Output(options_->out))) {
      table_.rows.push_back({input.path.filename().string(), "there already", "", "", ""});
      continue;
    }
    if (!Regenerate(input, interrupt)) return true;
  }
  progress_.Finish(num_done_, ElapsedS(), Summary());
  return false;
}

DemoFileInfo Regeneration::Info(const Input& input, const DemoFile& file,
                                const Problem& problem) const {
  return {.task = input.task,
          .problem = problem,
          .seed = file.seed().value_or(0),
          .settle_steps = options_->settle_steps,
          .settle_action = kSettleAction,
          .mode = file.mode(),
          .controller = file.controller(),
          .observations = FindObservationTime(options_->observations),
          .cameras = cameras_,
          .policy = fmt::format("replay of {}", input.path.filename().string())};
}

// With the settle steps that they are played with.
std::vector<Demo> Regeneration::ReadDemos(const DemoFile& file, size_t first, size_t count) const {
  std::vector<Demo> demos;
  const std::vector<int>& numbers = file.demo_numbers();
  for (size_t i = first; i < std::min(first + count, numbers.size()); ++i) {
    demos.push_back(file.Read(numbers[i]));
    if (demos.back().settle_steps) continue;
    demos.back().settle_steps = options_->settle_steps;
    demos.back().settle_action = kSettleAction;
  }
  return demos;
}

bool Regeneration::Regenerate(const Input& input, const InterruptListener& interrupt) {
  const DemoFile file(input.path);
  const TaskSetup setup = LoadTaskSetup(input.task, store_);
  const EnvOptions env = {
      .seed = file.seed().value_or(0), .mode = file.mode(), .controller = file.controller()};
  const auto num_threads = static_cast<size_t>(workers_.num_threads());
  std::vector<std::unique_ptr<DemoRegenerator>> regenerators(
      std::min(num_threads, file.demo_numbers().size()));
  Hdf5Output output(input.Output(options_->out));
  output.AddGroup("data");
  Outcome outcome;
  DemoFileInfo info = Info(input, file, setup.problem);
  const std::string sentence = PolicyInstruction(input.task, setup.problem);

  // as many at a time as there are threads; HDF5 is left to this one
  for (size_t first = 0; first < file.demo_numbers().size(); first += regenerators.size()) {
    if (interrupt.finish().stop_requested()) return false;
    const std::vector<Demo> demos = ReadDemos(file, first, regenerators.size());
    info.settle_steps = demos.front().settle_steps.value_or(0);
    info.settle_action = demos.front().settle_action;
    const auto play = [&](size_t i) {
      if (regenerators[i] == nullptr) {
        regenerators[i] = std::make_unique<DemoRegenerator>(
            setup, env, options_->data_root, cameras_, info.observations, renderers_);
      }
      return regenerators[i]->Play(demos[i], SceneOf(*options_, file, demos[i]),
                                   options_->drop_noops);
    };
    const std::vector<RegeneratedDemo> results = PlayInParallel(demos, play);
    for (size_t i = 0; i < demos.size(); ++i) {
      Count(results[i], outcome);
      metainfo_.Note(input.task, sentence, demos[i].number, results[i].success,
                     results[i].demo.init_state);
      if (results[i].success) WriteDemo(output, "data/" + demos[i].name(), results[i].demo);
    }
    num_done_ += static_cast<int>(demos.size());
    progress_.Update(num_done_, ElapsedS(), Summary());
  }
  metainfo_.Write();
  if (outcome.num_kept > 0) {
    WriteDemoFileInfo(output, info, outcome.num_kept, outcome.num_steps);
    output.Finish();
  }
  NoteOutcome(input, outcome);
  return true;
}

// What `play` makes of the demonstrations, by their index. Throws the first Error of them.
std::vector<RegeneratedDemo> Regeneration::PlayInParallel(
    const std::vector<Demo>& demos, const std::function<RegeneratedDemo(size_t)>& play) {
  std::vector<RegeneratedDemo> results(demos.size());
  const std::vector<std::string> errors =
      RunAll(workers_, demos.size(), [&](size_t i) { results[i] = play(i); });
  for (size_t i = 0; i < demos.size(); ++i) {
    if (!errors[i].empty()) throw Error(demos[i].where + errors[i]);
  }
  return results;
}

void Regeneration::Count(const RegeneratedDemo& result, Outcome& outcome) {
  if (!result.success) {
    ++outcome.num_dropped;
    ++num_dropped_;
    return;
  }
  ++outcome.num_kept;
  outcome.num_steps += static_cast<int64_t>(result.demo.num_steps());
  outcome.num_noops += result.num_noops;
}

void Regeneration::NoteOutcome(const Input& input, const Outcome& outcome) {
  is_any_empty_ = is_any_empty_ || outcome.num_kept == 0;
  table_.rows.push_back(
      {input.path.filename().string(), std::to_string(outcome.num_kept),
       std::to_string(outcome.num_dropped),
       outcome.num_kept == 0
           ? "-"
           : fmt::format("{:.0f}", static_cast<double>(outcome.num_steps) / outcome.num_kept),
       std::to_string(outcome.num_noops)});
}

void Regeneration::PrintTable(std::ostream& out) const {
  libero::PrintTable(table_, options_->width, out);
}

Json Config(const RegenerateOptions& options, const std::vector<Input>& inputs) {
  Json files = Json::array();
  for (const Input& input : inputs) files.push_back(fs::absolute(input.path).string());
  return {{"inputs", files},
          {"cameras", options.cameras},
          {"size", options.size},
          {"drop_noops", options.drop_noops},
          {"observations", options.observations},
          {"scene", options.scene},
          {"settle_steps", options.settle_steps},
          {"renderer", options.renderer.name},
          {"device", options.renderer.device ? Json(*options.renderer.device) : Json()}};
}

}  // namespace

int RunRegenerateCommand(const RegenerateOptions& given, std::ostream& out, std::ostream& log) {
  // all that can be wrong
  RegenerateOptions options = given;
  constexpr int kMaxSettleSteps = 1'000'000;
  CheckRange("--settle-steps", options.settle_steps, 0, kMaxSettleSteps);
  (void)FindObservationTime(options.observations);
  if (!options.scene.empty()) (void)FindReplayScene(options.scene);
  CheckRendererName(options.renderer.name);
  const int num_threads = ChooseParallelism(std::nullopt, options.num_threads).num_threads;
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  std::vector<Input> inputs = CheckInputs(options, suites);
  std::vector<Task> tasks;
  tasks.reserve(inputs.size());
  for (const Input& input : inputs) tasks.push_back(input.task);
  std::vector<RecordedCamera> cameras =
      ParseCameras(options.cameras, options.size, CommonCameras(options.data_root, tasks));
  const InterruptListener interrupt;  // before there are threads
  if (!cameras.empty()) options.renderer = ResolveRenderer(options.renderer);

  // the files that are not there yet
  const RunFolder folder(options.out, Config(options, inputs), {});
  if (!folder.is_done()) {
    folder.WriteManifest(
        {{"calls",
          WithCall(folder.ReadManifest(), ProvenanceJson(options.program, options.renderer, ""))}});
  }
  Regeneration regeneration(options, std::move(inputs), std::move(cameras), num_threads, log);
  const bool is_interrupted = !folder.is_done() && regeneration.Run(interrupt);
  regeneration.PrintTable(out);
  if (is_interrupted) {
    LogInfo("results", "interrupted; the same command continues");
    return kInterrupted;
  }
  if (regeneration.is_any_empty()) {
    LogWarning("results", "of a file no demonstration succeeded, so that it was not written");
    return 1;
  }
  if (!folder.is_done()) folder.WriteDone("");
  return 0;
}

}  // namespace libero
