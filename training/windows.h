#pragma once

#include <optional>
#include <span>
#include <vector>

#include "policy/quirks.h"
#include "sim/observation.h"

namespace libero {

// Two rows of an episode whose pictures the latent-action model compares: what happened from
// `first` to `second`. first ≤ second; equal at an episode's end, where nothing happens.
struct RowPair {
  int first = 0;
  int second = 0;

  bool operator==(const RowPair&) const = default;
};

// Which rows of its episode an example is made of. Row t is the picture before action t.
struct WindowRows {
  int image = 0;                   // what the network sees
  RowPair pair;                    // whose latent action it is to predict
  std::optional<RowPair> history;  // the latent action one plan earlier, if the prompt tells it
  std::vector<int> actions;        // (N) what it is to do; rows behind the end are padding

  bool operator==(const WindowRows&) const = default;
};

// How examples are cut out of episodes.
struct WindowOptions {
  // Actions of an example, N ≥ 1; see univla's table of windows. 12 in the published fine-tuning.
  int num_actions = 12;

  // Rows from one picture of a pair to the other; 0: N - 1, as published. For `fixed` only.
  int pair_steps = 0;

  // See Quirks::window_ends_at_step.
  bool ends_at_step = false;
};

[[nodiscard]] WindowOptions MakeWindowOptions(int num_actions, const Quirks& quirks);

// The rows of the example at step t, of an episode of T steps. Each step has an example without and
// one with history; training takes either with probability 1/2.
//
// fixed: the image is row t, the pair t and t + pair_steps (the last row if there are fewer),
// actions are t, ..., t + N - 1. The history is the pair of step t - 1, as when every step is
// planned anew; there is none at t = 0, whatever is asked for.
//
// compat: of the rows t - N, ..., t, with row 0 for those before it, the first N without history,
// and the last N with it, whose history is then the pair of the first N.
// source: UniVLA@0ab9e9d:prismatic/vla/datasets/datasets.py (RLDSBatchTransformLIBERO_withHis)
//
// Requires 0 ≤ t < T (CHECK).
[[nodiscard]] WindowRows RowsOfWindow(int step, int num_steps, bool with_history,
                                      const WindowOptions& options);

// The actions of these rows, (N). `episode` has all T of the environment's. Behind the end the hand
// stands still, (0, ..., 0, the last gripper command), which is to be scaled after this: the zero
// of a network is another.
[[nodiscard]] std::vector<Action> ActionsOfWindow(const WindowRows& rows,
                                                  std::span<const Action> episode);

// Which of these actions can be foretold from the picture, (N): those before which, since the
// picture, no noise moved the hand. `disturbed` has the episode's T flags.
[[nodiscard]] std::vector<uint8_t> ForeseeableActions(const WindowRows& rows,
                                                      std::span<const uint8_t> disturbed);

// Whether the hand stands still in step t as in the step before, while the gripper does what it
// did: a picture there looks like many others, and does not tell how long to wait.
[[nodiscard]] bool IsWithinPause(std::span<const Action> episode, int step);

// The next keyframe after a step: the row from which on the gripper is told something else, or the
// last row. Where the hand is then is where something is taken or left.
[[nodiscard]] int NextKeyframe(std::span<const Action> episode, int step);

// Which of n episodes are trained on: round(fraction n) of them, at least one, ascending.
// differs: the published data are in a random order, of which it takes the first ones; here the
// ones left out lie evenly among the others, so that every task loses the same share.
// source: openvla@c8f03f4:prismatic/vla/datasets/rlds/dataset.py (make_dataset_from_rlds)
[[nodiscard]] std::vector<int> EpisodesToTrain(int num_episodes, double fraction);

}  // namespace libero
