#include "results/bench_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "results/option_checks.h"
#include "sim/base/check.h"

namespace libero {
namespace {

constexpr double kFullMinutes = 30;  // that the presets' recipes are made for

// A stage of training, and what it takes on two cores with the recipe of "tiny".
struct StageCost {
  const char* name;
  const char* title;
  double seconds;
};
constexpr std::array<StageCost, 5> kStages = {{
    {"features", "image features", 260},
    {"lam1", "latent action model, stage 1", 85},
    {"lam2", "latent action model, stage 2", 85},
    {"vla", "vision-language-action model on latent actions", 20},
    {"finetune", "fine-tuning on actions", 470},
}};

class Planner {
 public:
  explicit Planner(const BenchOptions& options) : options_(options) {}

  std::vector<BenchPhase> Make() {
    std::filesystem::path data = options_.data;
    if (data.empty()) {
      data = options_.out / "demos";
      AddCollect(data);
    }
    std::filesystem::path from = options_.from;
    for (const StageCost& stage : kStages) {
      const bool is_features = stage.name == std::string("features");
      const bool is_needed = options_.from.empty() || stage.name == std::string("finetune");
      if (!is_needed || (is_features && options_.preset == "univla-7b")) continue;
      if (is_features) {
        AddArrange(data);
        from = AddTraining(stage, options_.out / "scenes", from);
        continue;
      }
      from = AddTraining(stage, data, from);
    }
    AddEval(from / "checkpoint");
    std::vector<std::string> report = {"report", Path("eval")};
    report.insert(report.end(), trained_.begin(), trained_.end());
    report.insert(report.end(), {"--out", Path("report")});
    Add("report", std::move(report), 5);
    return std::move(phases_);
  }

 private:
  [[nodiscard]] std::string Path(const std::string& name) const {
    return (options_.out / name).string();
  }

  void Add(std::string title, std::vector<std::string> command, double seconds) {
    phases_.push_back({std::move(title), std::move(command), seconds});
  }

  void AddCollect(const std::filesystem::path& data) {
    std::vector<std::string> command = {"collect", "--suite", options_.suite, "--demos",
                                        std::to_string(options_.num_demos)};
    command.insert(command.end(), {"--cameras", "agentview", "--size", "128", "--mode", "fast"});
    command.insert(command.end(), {"--noise", "0", "--push", "0.6", "--drop", "0.15"});
    command.insert(command.end(),
                   {"--seed", std::to_string(options_.seed), "--out", data.string()});
    AddCommon(&command);
    constexpr double kSecondsPerDemo = 0.42;
    constexpr int kTasks = 10;
    Add("demonstrations by the scripted expert", std::move(command),
        kSecondsPerDemo * options_.num_demos * kTasks);
  }

  void AddArrange(const std::filesystem::path& data) {
    constexpr double kPictures = 3200;  // of a task
    constexpr double kSecondsPerPicture = 0.0024;
    constexpr int kTasks = 10;
    const double scale = options_.minutes / kFullMinutes;
    const auto num_pictures = static_cast<int>(std::ceil(kPictures * scale));
    std::vector<std::string> command = {"arrange",    data.string(),
                                        "--pictures", std::to_string(num_pictures),
                                        "--out",      Path("scenes")};
    if (options_.num_threads) {
      command.insert(command.end(), {"--threads", std::to_string(*options_.num_threads)});
    }
    Add("pictures of scenes in other arrangements", std::move(command),
        kSecondsPerPicture * num_pictures * kTasks);
  }

  std::filesystem::path AddTraining(const StageCost& stage, const std::filesystem::path& data,
                                    const std::filesystem::path& from) {
    const double scale = options_.minutes / kFullMinutes;
    std::vector<std::string> command = {"train", stage.name, "--data", data.string()};
    if (!from.empty()) command.insert(command.end(), {"--from", from.string()});
    command.insert(command.end(),
                   {"--preset", options_.preset, "--steps-scale", fmt::format("{}", scale),
                    "--seed", std::to_string(options_.seed), "--device", options_.device});
    if (options_.num_threads) {
      command.insert(command.end(), {"--threads", std::to_string(*options_.num_threads)});
    }
    command.insert(command.end(), {"--out", Path(stage.name)});
    Add(stage.title, std::move(command), stage.seconds * scale);
    trained_.push_back(Path(stage.name));
    return options_.out / stage.name;
  }

  void AddEval(const std::filesystem::path& policy) {
    std::vector<std::string> command = {"eval",
                                        "--suite",
                                        options_.suite,
                                        "--policy",
                                        policy.string(),
                                        "--episodes",
                                        std::to_string(options_.num_episodes),
                                        "--act",
                                        "chunked:12",
                                        "--device",
                                        options_.device,
                                        "--out",
                                        Path("eval")};
    AddCommon(&command);
    constexpr double kSecondsPerEpisode = 0.8;
    constexpr int kTasks = 10;
    Add("evaluation in parallel rollouts", std::move(command),
        kSecondsPerEpisode * options_.num_episodes * kTasks);
  }

  // The tasks and the threads.
  void AddCommon(std::vector<std::string>* command) const {
    if (!options_.tasks.empty()) command->insert(command->end(), {"--tasks", options_.tasks});
    if (options_.num_threads) {
      command->insert(command->end(), {"--threads", std::to_string(*options_.num_threads)});
    }
  }

  const BenchOptions& options_;
  std::vector<BenchPhase> phases_;
  std::vector<std::string> trained_;  // folders
};

}  // namespace

std::vector<BenchPhase> MakeBenchPlan(const BenchOptions& options) {
  CheckRange("--demos", options.num_demos, 1, 1000);
  CheckRange("--episodes", options.num_episodes, 1, 50);
  if (!(options.minutes > 0)) {
    throw Error(fmt::format("--minutes: expected a positive number, got {}", options.minutes));
  }
  return Planner(options).Make();
}

std::string CommandText(const BenchPhase& phase) {
  std::string text = "libero";
  for (const std::string& word : phase.command) text += " " + word;
  return text;
}

}  // namespace libero
