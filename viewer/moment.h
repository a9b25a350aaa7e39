#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/policy_plan.h"
#include "sim/observation.h"
#include "sim/scene_store.h"
#include "tasks/env.h"
#include "tasks/episode.h"
#include "tasks/protocol.h"
#include "tasks/suites.h"

namespace libero {

// A contact that pushes.
struct ContactPoint {
  std::array<double, 3> pos{};     // world frame, m
  std::array<double, 3> normal{};  // world frame, from the first geom to the second
  double force = 0;                // along the normal, N
  int geom_1 = 0;
  int geom_2 = 0;
};

// An episode as it stands after a number of the policy's actions.
struct Moment {
  uint64_t id = 0;               // that no other moment of the simulation has
  int step = 0;                  // actions taken
  Action action{};               // that led here; zeros at step 0
  EnvState state;                // to go on from
  std::vector<bool> predicates;  // of the goal
  Observation observation;
  std::vector<ContactPoint> contacts;  // the strongest come first
  std::optional<PolicyPlan> plan;      // that the action came from, if the policy tells
  std::optional<double> state_error;   // of a demonstration: from the recorded state
  std::optional<EpisodeEnd> end;       // what the step here ended the episode as
  uint64_t final_state_hash = 0;       // if it did; see EpisodeResult
  double policy_ms = 0;                // what the step here took
  double frames_ms = 0;                // pictures for the policy
  double physics_ms = 0;
  bool saw_frames = false;         // the policy looked at pictures before it
  bool was_pushed = false;         // a body was dragged by hand
  std::vector<Snapshot> substeps;  // (26) on the way here; empty for moments long ago
};

// Which episode is shown, and what is known of its task.
struct EpisodeInfo {
  EpisodeSpec episode;
  Task task;
  std::string instruction;        // what the policy is told
  std::vector<std::string> goal;  // predicates
  std::string workspace;          // "main_table", "floor", ...
  int num_init_states = 0;
  std::string policy;             // as it was asked for
  std::string description;        // as it describes itself
  std::vector<FrameSpec> frames;  // that it looks at
  Protocol protocol;
  int max_steps = 0;
  StepMode mode = StepMode::kReference;
  std::string demo;               // name of the demonstration that is played, or ""
  std::vector<int> demo_numbers;  // of those in its file
  std::shared_ptr<const Scene> scene;
};

// An episode and its history: everything that the viewer shows.
struct Recording {
  EpisodeInfo info;
  std::deque<Moment> moments;  // by step, from 0
  uint64_t generation = 0;     // changes when another episode begins
  std::string doing;           // for people: what takes long, or ""
  std::string error;           // what keeps it from going on, or ""

  [[nodiscard]] int num_steps() const { return static_cast<int>(moments.size()) - 1; }
};

}  // namespace libero
