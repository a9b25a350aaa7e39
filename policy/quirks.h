#pragma once

#include <string_view>

namespace libero {

// Where the published code does something else than it seems to mean. Each is a switch, so that
// what it does to success rates can be measured; released checkpoints need `compat`. Numbers in
// brackets are of UniVLA's issue tracker.
struct Quirks {
  // Acting and training.

  // The visual states that the action decoder pools. compat: the first 256 of the sequence, that is
  // <s> and all patches but the last. fixed: the 256 patches.
  bool visual_states_begin_at_start = false;

  // Training.

  // The hidden states that stand for the latent action. compat: those of the four <ACT> tokens
  // themselves in training, but when acting those that predict them: "▁" and the first three [54].
  // fixed: the ones that predict them, always. Acting is the same in both.
  bool trains_on_states_of_acts = false;

  // compat: gradients are clipped before `backward`, so only what earlier micro-batches have summed
  // up is clipped. fixed: once, right before the optimiser's step.
  bool clips_before_backward = false;

  // The window of actions that an example is cut from. compat: it ends at a step, and what would
  // lie before the episode is its first step over again; so the last images are never seen, and the
  // first windows teach to repeat the first action. fixed: it begins at a step, and behind the
  // episode's end the hand stands still with the gripper as it was.
  bool window_ends_at_step = false;

  // How many of a dataset's episodes are trained on. compat: the first 95 %, though there is no
  // other split. fixed: all.
  double fraction_of_episodes = 1;

  // Random crops. compat: both offsets come from one draw, so that crops lie on the diagonal.
  // fixed: two draws.
  bool crops_on_diagonal = false;

  // Stage 1 of the latent-action model, in a batch of more than one. compat: which text tokens
  // count is taken from another example's mask (repeated along time, while states lie by example).
  // fixed: from its own.
  bool masks_text_of_other_example = false;

  bool operator==(const Quirks&) const = default;
};

// There is one more difference that no set has: the reference draws tokens from the whole
// vocabulary (see token_sampler.h).

// "compat" (all of them as published) or "fixed" (none). Throws Error for other names.
[[nodiscard]] Quirks ParseQuirks(std::string_view name);

}  // namespace libero
