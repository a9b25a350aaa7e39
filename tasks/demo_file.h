#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/base/hdf5_file.h"
#include "sim/control_loop.h"
#include "sim/observation.h"
#include "sim/osc_controller.h"
#include "tasks/suites.h"

namespace libero {

// One demonstration, T steps. States are [time (s), qpos, qvel], D = 1 + nq + nv numbers; all of a
// demonstration's have the same D, and all numbers are finite.
struct Demo {
  int number = 0;                         // n of its name "demo_<n>"
  std::string where;                      // "FILE: /data/demo_<n>: ", for messages
  std::vector<Action> actions;            // (T), T ≥ 1
  int state_size = 0;                     // D; 0 if the file has no state of it
  std::vector<double> states;             // (T, D), before each action; or empty
  std::vector<double> final_state;        // (D), after the last action; or empty
  std::vector<double> init_state;         // (D), before the settle steps if any; or empty
  std::vector<uint8_t> success;           // (T), 0 or 1: the goal after each action; or empty
  std::optional<int> init_index;          // of the task's published init states
  std::optional<int> reset_index;         // since the seed, from 1
  std::optional<int> settle_steps;        // taken between init_state and states[0], if it tells
  Action settle_action{};                 // in each of them
  std::optional<std::string> model_file;  // MJCF that MuJoCo saved of the live model

  [[nodiscard]] std::string name() const { return "demo_" + std::to_string(number); }

  // The state it starts from: states[0], or else init_state; empty if there is neither.
  [[nodiscard]] std::span<const double> first_state() const;
};

// A file of demonstrations as LIBERO publishes them, open for reading:
//
//   data                 attributes bddl_file_name, env_args, seed (of the resets), settle_steps,
//                        settle_action, step_mode
//   data/demo_<n>        attributes model_file, init_state, init_index, reset_index, num_samples
//     actions            (T, 7)
//     states             (T, D)
//     success            (T)     \ not in LIBERO's own files, whose `dones` and `rewards` mark the
//     final_state        (D)     / last step, whatever the goal predicate says
//
// Only `actions` must be there: copies without no-ops have no attributes at all, and gaps in their
// numbering. Everything else in the file is left alone, pictures above all.
//
// What LIBERO's own files leave out: their first 5 steps were cut off, so that `states` starts, and
// `init_state` is, at original step 5, where the controller's goal and the gripper's are unknown.
//
// Not thread-safe: see Hdf5File.
class DemoFile {
 public:
  // Throws Error if the file cannot be opened, has no group `data`, no demonstration in it, or
  // attributes of the wrong type or size.
  explicit DemoFile(const std::filesystem::path& path);

  [[nodiscard]] const std::string& name() const { return file_.name(); }

  // The n of all groups "demo_<n>", ascending; other groups are left alone.
  [[nodiscard]] const std::vector<int>& demo_numbers() const { return demo_numbers_; }

  // Of the generator behind the resets, if the file tells.
  [[nodiscard]] const std::optional<uint32_t>& seed() const { return seed_; }

  // A path on the author's machine, if the file tells.
  [[nodiscard]] const std::optional<std::string>& bddl_file_name() const { return bddl_file_name_; }

  // The controller that the actions are for, by the attribute env_args; OSC_POSE without it.
  [[nodiscard]] OscKind controller() const { return controller_; }

  // How the physics was stepped, by the attribute step_mode; kReference without it.
  [[nodiscard]] StepMode mode() const { return mode_; }

  // Reads one demonstration. Throws Error if there is none of that number, something of it has the
  // wrong shape or type or is not finite, or sizes contradict each other.
  [[nodiscard]] Demo Read(int number) const;

 private:
  Hdf5File file_;
  std::vector<int> demo_numbers_;
  std::optional<uint32_t> seed_;
  std::optional<std::string> bddl_file_name_;
  OscKind controller_ = OscKind::kPose;
  StepMode mode_ = StepMode::kReference;
  std::optional<int> settle_steps_;
  Action settle_action_{};
};

// The files themselves and those named *.hdf5 in the folders, sorted; of a folder that has none,
// those in its folders, as of several suites. Throws Error if there is none either, and for what is
// not there.
[[nodiscard]] std::vector<std::filesystem::path> FindDemoFiles(
    const std::vector<std::filesystem::path>& inputs);

// The task of a file: that of the file name in `bddl_file_name`; or, without that attribute, of its
// own name, "<task>_demo.hdf5". Several suites have files of one name: the folder in front of it
// decides if it has a suite's name, else the first suite, LIBERO's own before LIBERO-PRO's. Throws
// Error that names the nearest task if there is none. The result refers into `suites`.
[[nodiscard]] const Task& FindDemoTask(const DemoFile& file, const std::vector<Suite>& suites);

}  // namespace libero
