#include "tasks/playthrough_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>
#include <vector>

#include "sim/base/check.h"
#include "sim/png_file.h"
#include "tasks/experts/expert_policy.h"
#include "tasks/rollout.h"

namespace libero {
namespace {

// The expert, with a reporter who writes down what it begins and what that changes.
class ReportedExpert : public Policy {
 public:
  ReportedExpert(const ExpertOptions& expert, const PlaythroughOptions& options, std::ostream& out)
      : expert_(expert, [this](int, int step, const std::string& what) { Write(step, what); }),
        options_(&options),
        out_(&out) {}

  void Write(int step, const std::string& what) { *out_ << fmt::format("{:>4}  {}\n", step, what); }

  // Predicates that hold at the end are all of the goal; none was looked at after the last action.
  void WriteEnd(const EpisodeResult& result) {
    for (size_t i = 0; i < values_.size() && result.success(); ++i) {
      if (!values_[i]) Write(result.steps, "+ " + names_[i]);
    }
    Write(result.steps, Name(result.end));
  }

  [[nodiscard]] std::vector<FrameSpec> frames() const override {
    if (!options_->pictures) return {};
    return {{options_->camera, 512, 512}};
  }
  [[nodiscard]] bool NeedsFrames(int) const override {
    return num_steps_ % options_->picture_steps == 0;
  }
  void BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) override {
    expert_.BeginEpisode(slot, episode, env);
  }

  void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) override {
    const PolicyInput& input = inputs[0];
    num_steps_ = input.step;
    if (input.step == 0) Begin(*input.env);
    ReportChanges(input.step, *input.env);
    if (options_->pictures && NeedsFrames(0)) {
      WritePng(*options_->pictures / fmt::format("{:04}.png", input.step), input.frames[0]);
    }
    expert_.Act(inputs, actions);
    ++num_steps_;
  }
  [[nodiscard]] std::string description() const override { return expert_.description(); }

 private:
  void Begin(const Env& env) {
    names_.clear();
    for (const Predicate& predicate : env.setup().problem.goal)
      names_.push_back(ToString(predicate));
    values_.assign(names_.size(), false);
    *out_ << fmt::format("goal: {}\n", fmt::join(names_, " "));
  }

  void ReportChanges(int step, const Env& env) {
    const std::vector<bool> now = env.goal().Values(env.world());
    for (size_t i = 0; i < now.size(); ++i) {
      if (now[i] != values_[i]) Write(step, (now[i] ? "+ " : "− ") + names_[i]);
    }
    values_ = now;
  }

  ExpertPolicy expert_;
  const PlaythroughOptions* options_;
  std::ostream* out_;
  std::vector<std::string> names_;  // of the goal's predicates
  std::vector<bool> values_;
  int num_steps_ = 0;
};

void CheckOptions(const PlaythroughOptions& options) {
  if (options.picture_steps < 1) {
    throw Error(fmt::format("--every: expected 1 or more, got {}", options.picture_steps));
  }
  if (options.pictures && !std::filesystem::is_directory(*options.pictures)) {
    throw Error(fmt::format("there is no folder {}", options.pictures->string()),
                fmt::format("mkdir -p {}", options.pictures->string()));
  }
}

}  // namespace

int RunPlaythroughCommand(const PlaythroughOptions& options, std::ostream& out) {
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  const Task& task = FindTask(FindSuite(suites, options.suite), options.task);
  const Protocol& protocol = FindProtocol(options.protocol);
  const ExpertOptions expert = ParseExpertOptions(options.expert);
  CheckOptions(options);
  if (options.pictures) CheckRenderer(options.renderer);

  const EpisodeSpec episode = {.suite = task.suite,
                               .task_index = task.index,
                               .init_index = options.init,
                               .reset_index = options.init + 1,
                               .seed = options.seed};
  out << fmt::format("{} {}: {}\n", task.suite, task.index, task.name)
      << fmt::format("init state {}, reset {}, seed {}, protocol {}\n", episode.init_index,
                     episode.reset_index, episode.seed, protocol.name);
  SceneStore store(options.data_root, options.cache_folder);
  RendererSource renderers(options.renderer, TextureFolder(options.cache_folder));
  const RolloutOptions rollout = {.protocol = protocol, .make_renderer = [&](const mjModel& model) {
                                    return renderers.Make(model);
                                  }};
  ReportedExpert policy(expert, options, out);
  EpisodeResult result;
  RunEpisodes({&episode, 1}, suites, store, policy, rollout,
              [&](const EpisodeResult& ended) { result = ended; });
  if (!result.error.empty()) throw Error(result.error);
  policy.WriteEnd(result);
  return result.success() ? 0 : 1;
}

}  // namespace libero
