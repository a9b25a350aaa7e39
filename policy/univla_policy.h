#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/action_model.h"
#include "policy/action_statistics.h"
#include "policy/chunk_ensembler.h"
#include "policy/frame_pipeline.h"
#include "policy/policy_plan.h"
#include "policy/tokenizer.h"
#include "tasks/policy.h"

namespace libero {

struct UniVlaPolicyOptions {
  DecodeOptions decode;
  ActMode act_mode;
  std::string camera = "agentview";
  std::string statistics_key;     // of dataset_statistics.json; "": by the episode's suite
  int image_threads = 1;          // that bring frames to the network's form; 1: the caller's
  bool check_orientation = true;  // of the first frame, if the camera is LIBERO's "agentview"
};

// UniVLA in the loop: frame and instruction, and in ensemble mode the latent action of the step
// before, go to the model; its plan becomes an action. In chunked mode there is no history, as in
// the reference. Frames are asked for only where a plan is made. Actions depend on the episode
// alone as far as the model's answers do: random numbers are those of the episode and step.
// source: UniVLA@0ab9e9d:experiments/robot/libero/run_libero_eval{,_blocking}.py
class UniVlaPolicy : public Policy, public PlanTeller {
 public:
  // Throws Error if the tokenizer's vocabulary is not the model's, or options are out of range.
  UniVlaPolicy(std::unique_ptr<ActionModel> model, Tokenizer tokenizer,
               DatasetStatistics statistics, const UniVlaPolicyOptions& options);

  // Throws Error if there are no action statistics for a suite that is to be played: better before
  // a run than at its first episode.
  void CheckSuite(std::string_view suite) const { (void)StatisticsFor(suite); }

  [[nodiscard]] std::vector<FrameSpec> frames() const override;
  void BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) override;

  // The same with an instruction instead of an environment to ask for it. Throws Error as
  // CheckSuite does.
  void BeginEpisode(int slot, const EpisodeSpec& episode, std::string_view instruction);

  [[nodiscard]] bool NeedsFrames(int slot) const override;

  // Throws Error if the model fails or its answer cannot be: codes or numbers out of range, a plan
  // of another length; or if the first frame of all stands on its head.
  void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) override;

  [[nodiscard]] std::string description() const override;

  // In ensemble mode the plan made at this step, which is only a part of what was done.
  [[nodiscard]] const PolicyPlan* plan(int slot) const override;
  void TellReasons(bool are_wanted) override { tells_reasons_ = are_wanted; }

 private:
  // What is remembered of an episode.
  struct Memory {
    EpisodeSpec episode;
    std::string instruction;
    const ActionStatistics* statistics = nullptr;
    std::vector<int> history;  // codes of the last plan; empty: none
    ChunkEnsembler ensembler;
    ActionChunk plan;                // chunked mode: what is being played
    size_t num_played = 0;           // actions of plan
    size_t next = 0;                 // action of plan
    std::optional<PolicyPlan> told;  // of the last action
  };

  [[nodiscard]] const ActionStatistics& StatisticsFor(std::string_view suite) const;
  [[nodiscard]] bool NeedsPlan(const Memory& memory) const;
  [[nodiscard]] std::vector<ActionAnswer> MakePlans(const std::vector<const PolicyInput*>& inputs);
  [[nodiscard]] std::vector<Image> TransformFrames(const std::vector<const PolicyInput*>& inputs);
  void CheckFirstFrame(const Image& frame);
  void CheckAnswer(const ActionAnswer& answer, const Memory& memory) const;
  [[nodiscard]] Action TakeAction(Memory& memory, ActionAnswer* answer) const;
  [[nodiscard]] PolicyPlan Tell(const Memory& memory, const ActionAnswer& answer) const;

  std::unique_ptr<ActionModel> model_;
  Tokenizer tokenizer_;
  DatasetStatistics statistics_;
  UniVlaPolicyOptions options_;
  FramePipeline frame_pipeline_;
  std::map<int, Memory> memories_;  // by slot
  bool has_checked_frame_ = false;
  bool tells_reasons_ = false;
};

// The policy of a checkpoint's folder, whose network is `model`: with its tokenizer and action
// statistics. Throws Error as LoadTokenizer, DatasetStatistics::ReadFolder and the constructor do.
[[nodiscard]] std::unique_ptr<UniVlaPolicy> LoadUniVlaPolicy(const std::filesystem::path& folder,
                                                             std::unique_ptr<ActionModel> model,
                                                             const UniVlaPolicyOptions& options);

}  // namespace libero
