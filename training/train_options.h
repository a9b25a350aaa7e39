#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// What a training is asked for, as plain data: no LibTorch here.
namespace libero {

// Which network learns what; see training/README.md. Stages build on each other in this order.
enum class TrainStage {
  kFeatures,  // the small presets' image features, which the published model takes from DINOv2
  kLam1,      // latent action model, stage 1
  kLam2,      // latent action model, stage 2
  kVla,       // vision-language-action model on latent actions
  kFinetune,  // the same with the action decoder, on actions
};

// "features", "lam1", "lam2", "vla" or "finetune".
[[nodiscard]] std::string_view StageName(TrainStage stage);
// Throws Error with the nearest name for other names.
[[nodiscard]] TrainStage FindStage(std::string_view name);

// How a stage learns. Each preset has its own, see DefaultRecipe.
struct Recipe {
  int64_t steps = 0;         // of the optimiser
  int64_t batch_size = 0;    // examples of a step, of all processes and accumulated parts together
  int64_t accumulation = 1;  // parts that a step's batch is computed in, one after another

  double learning_rate = 0;
  double matrix_rate = 0;  // of Muon, for weight matrices, times `learning_rate`; 0: AdamW for all
  std::string schedule = "step";  // constant; step: a tenth from `decay_from` on; cosine: to 0
  double decay_from = 0.8;        // share of the steps, see `schedule`
  int64_t warmup_steps = 0;       // the rate grows linearly
  double weight_decay = 0;
  double clip_norm = 1;  // of all gradients together; 0: none
  double ema_decay = 0;  // of the weights' running mean, which is what is saved then; 0: none

  int64_t restart_codes_every = 0;  // steps; codes that nothing was near to begin anew; 0: never
  bool augment = true;              // pictures
  double history_share = 0.5;       // of examples with the last latent action in the prompt
  bool use_visual_states = true;    // false: the decoder sees latent actions only, to compare
  bool use_proprio = false;         // finetune: the decoder is told the robot's own state
  std::string action_loss = "l1";   // or mse
  double action_weight = 1;         // of this loss beside the tokens' cross-entropy
  double keyframe_weight = 0;       // vla, finetune: of the keyframes' loss, see VlaStage
  int64_t lora_rank = 0;            // 0: all weights are trained
  bool freeze_vla = false;          // finetune: only the decoder learns
  bool freeze_towers = false;       // vla, finetune: image features stay as they are

  // finetune: actions are learnt behind the codes that the network answers itself, as it acts. The
  // labels tell of the future, so that what is learnt behind them is not there when it acts.
  bool own_answers = false;
  bool skip_pauses = false;             // no example begins within a pause: see IsWithinPause
  std::string precision = "auto";       // fp32, bf16 (mixed), auto: bf16 on a GPU
  bool checkpoint_activations = false;  // see ActivationCheckpoints
};

// What is to be otherwise than in the preset's recipe.
struct RecipeChanges {
  std::optional<int64_t> steps, batch_size, accumulation, warmup_steps, restart_codes_every,
      lora_rank;
  std::optional<double> learning_rate, decay_from, weight_decay, clip_norm, ema_decay,
      history_share, action_weight, keyframe_weight, matrix_rate;
  std::optional<std::string> schedule, action_loss, precision;
  double steps_scale = 1;         // of the preset's steps, if `steps` is not given
  std::string lr_scale = "none";  // auto: the rate × sqrt(batch / the preset's batch)
  bool no_augmentation = false;
  bool no_visual_states = false;
  bool freeze_vla = false;
  bool checkpoint_activations = false;
  std::optional<bool> use_proprio, skip_pauses, own_answers, freeze_towers;
};

// The options of `libero train STAGE`.
struct TrainOptions {
  TrainStage stage = TrainStage::kFeatures;
  std::vector<std::filesystem::path> data;  // HDF5 files, or folders of them
  std::string preset = "tiny";              // sizes and recipe
  std::filesystem::path from;               // checkpoint folder of the stages before; "": none
  std::filesystem::path out;                // folder, new, empty or of an interrupted run
  RecipeChanges changes;
  std::string quirks = "fixed";
  uint64_t seed = 7;
  int64_t save_every = 0;  // steps; 0: twenty times in all
  int64_t eval_every = 0;  // steps from one evaluation by rollouts to the next; 0: none
  int eval_episodes = 5;   // of each task, then
  int num_threads = 0;     // 0: one a core
  std::string device = "auto";
  std::filesystem::path data_root;                    // see FindDataRoot
  std::optional<std::filesystem::path> cache_folder;  // of frames, features and scenes
  bool log_is_terminal = false;
};

}  // namespace libero
