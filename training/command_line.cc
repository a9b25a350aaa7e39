#include "training/command_line.h"

#include <unistd.h>

#include <iostream>
#include <memory>

#include "sim/base/paths.h"
#include "training/recipe.h"
#include "training/training.h"

namespace libero {
namespace {

// A flag that is "on", "off" or not given. CLI11 takes an optional for a number to count in, and
// sets it to 0.
void AddSwitch(CLI::App& command, const std::string& names, std::optional<bool>* value,
               const std::string& description) {
  command.add_flag_function(
      names, [value](int64_t count) { *value = count > 0; }, description);
}

void AddRecipe(CLI::App& command, RecipeChanges& changes) {
  command.add_option("--steps", changes.steps, "Steps of the optimiser");
  command.add_option("--steps-scale", changes.steps_scale, "Share of the preset's steps instead");
  command.add_option("--batch", changes.batch_size,
                     "Examples of a step, of all processes together");
  command.add_option("--accumulation", changes.accumulation,
                     "Parts that a batch is computed in, to save memory");
  command.add_option("--lr", changes.learning_rate, "Learning rate");
  command.add_option("--matrix-rate", changes.matrix_rate,
                     "Weight matrices learn by Muon at this many times the rate; 0: by AdamW, too");
  command
      .add_option("--lr-scale", changes.lr_scale, "auto: the rate grows with the root of the batch")
      ->capture_default_str();
  command.add_option("--schedule", changes.schedule,
                     "constant, step (a tenth from --decay-from on) or cosine");
  command.add_option("--decay-from", changes.decay_from, "Share of the steps");
  command.add_option("--warmup", changes.warmup_steps, "Steps until the full rate");
  command.add_option("--weight-decay", changes.weight_decay, "AdamW's");
  command.add_option("--clip", changes.clip_norm, "Norm of gradients at most; 0: any");
  command.add_option("--ema", changes.ema_decay, "Save the weights' running mean of this decay");
  command.add_option("--restart-codes", changes.restart_codes_every,
                     "Steps from one look for unused codes to the next");
  command.add_option("--history", changes.history_share,
                     "Share of examples whose prompt tells the last latent action");
  command.add_option("--action-loss", changes.action_loss, "l1 or mse");
  command.add_option("--action-weight", changes.action_weight,
                     "Of the actions' loss beside the tokens' cross-entropy");
  command.add_option("--keyframe-weight", changes.keyframe_weight,
                     "vla, finetune: of telling where the gripper will next open or close");
  command.add_option("--lora-rank", changes.lora_rank, "Rank of LoRA adapters; 0: all weights");
  command.add_option(
      "--precision", changes.precision,
      "fp32, bf16 (products in bfloat16, weights in float32), or auto: bf16 on a GPU");
  command.add_flag("--checkpoint-activations", changes.checkpoint_activations,
                   "Compute layers once more in the backward pass, to save memory");
  AddSwitch(command, "--own-answers,!--no-own-answers", &changes.own_answers,
            "finetune: actions are learnt behind the network's own answers, not the labels");
  AddSwitch(command, "--skip-pauses,!--no-skip-pauses", &changes.skip_pauses,
            "Whether examples do not begin where the hand has stood still");
  AddSwitch(command, "--proprio,!--no-proprio", &changes.use_proprio,
            "finetune: the action decoder is told where hand and fingers are");
  command.add_flag("--freeze-vla", changes.freeze_vla, "Train the action decoder only");
  AddSwitch(command, "--freeze-towers,!--no-freeze-towers", &changes.freeze_towers,
            "vla, finetune: image features stay as they are");
  command.add_flag("--no-augmentation", changes.no_augmentation,
                   "Pictures as a policy sees them, none changed");
  command.add_flag("--no-visual-states", changes.no_visual_states,
                   "The action decoder sees latent actions only");
}

}  // namespace

void AddTrain(CLI::App& app, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "train", "Train a stage: features, lam1, lam2, vla or finetune; continues when interrupted");
  const auto options = std::make_shared<TrainOptions>();
  const auto stage = std::make_shared<std::string>();
  command->add_option("stage", *stage, "features, lam1, lam2, vla or finetune")->required();
  command->add_option("--data", options->data, "Demonstrations: HDF5 files, or folders of them")
      ->required();
  command->add_option("--preset", options->preset, "Sizes and recipe: tiny, small or univla-7b")
      ->capture_default_str();
  command->add_option("--from", options->from, "Folder of the stage before, or a checkpoint");
  command->add_option("--out", options->out, "Folder for the results")->required();
  AddRecipe(*command, options->changes);
  command->add_option("--quirks", options->quirks, "fixed, or compat: as the published code does")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of weights, order and augmentation")
      ->capture_default_str();
  command->add_option("--save-every", options->save_every,
                      "Steps from one saved state to the next (default: 20 in all)");
  command->add_option(
      "--eval-every", options->eval_every,
      "finetune: steps from one evaluation by rollouts to the next (default: none)");
  command
      ->add_option("--eval-episodes", options->eval_episodes,
                   "Episodes of each of the data's tasks in such an evaluation")
      ->capture_default_str();
  command->add_option("--threads", options->num_threads, "Threads (default: one a core)");
  command->add_option("--device", options->device, "auto, cpu or cuda:N")->capture_default_str();
  command->footer(
      "What is not given is the preset's, see training/README.md. Ctrl-C saves and stops.\n\n"
      "  libero train features --data demos --out runs/features\n"
      "  libero train lam1 --data demos --from runs/features --out runs/lam1");
  command->callback([&action, options, stage] {
    action = [options, stage] {
      options->stage = FindStage(*stage);
      options->data_root = FindDataRoot();
      options->cache_folder = SceneCacheFolder();
      options->log_is_terminal = isatty(STDERR_FILENO) != 0;
      return Training().train(*options, std::cerr);
    };
  });
}

}  // namespace libero
