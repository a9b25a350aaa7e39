#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/hdf5_output.h"
#include "sim/control_loop.h"
#include "sim/osc_controller.h"
#include "tasks/bddl/problem.h"
#include "tasks/demo_recorder.h"
#include "tasks/protocol.h"
#include "tasks/suites.h"

namespace libero {

// Files of demonstrations in the schema that LIBERO's scripts write and its loader, robomimic's and
// h5py read. Of T steps, states of D numbers, pictures of S × S pixels:
//
//   data                   attributes of LIBERO: env_name, problem_info (JSON),
//                          macros_image_convention ("opengl": row 0 is the bottom), bddl_file_name,
//                          bddl_file_content, env_args (JSON), num_demos, total (steps)
//                          and ours: seed, settle_steps, settle_action (7), step_mode,
//                          observations (see ObservationTime), policy
//   data/demo_<n>          attributes of LIBERO: num_samples, model_file (see ModelText),
//                          init_state (D); and ours: reset_index, init_index if there is one
//     actions              (T, 7)       f64
//     states               (T, D)       f64, before each action: time, qpos, qvel
//     robot_states         (T, 9)       f64: gripper_qpos (2), eef_pos (3), eef_quat (4, xyzw)
//     rewards, dones       (T)          u8, 1 at the last step
//     obs/agentview_rgb    (T, S, S, 3) u8, a chunk a picture
//     obs/eye_in_hand_rgb  (T, S, S, 3) u8
//     obs/ee_states        (T, 6)       f64: ee_pos (3, m), ee_ori (3, axis-angle, rad)
//     obs/ee_pos, ee_ori   (T, 3)       f64
//     obs/gripper_states   (T, 2)       f64
//     obs/joint_states     (T, 7)       f64
//     success              (T)          u8, the goal after each action    \ ours
//     final_state          (D)          f64, after the last action        |
//     chosen_actions       (T, 7)       f64, where noise was added to it  /
//
// All datasets but final_state are in chunks compressed by gzip.
//
// differs: LIBERO's files leave out the first five steps of what a person did; these, the
// protocol's settle steps, so that init_state, where the episode began, is not states[0].

// What all demonstrations of a file have in common.
struct DemoFileInfo {
  Task task;
  Problem problem;
  uint32_t seed = 0;  // of the resets
  int settle_steps = 0;
  Action settle_action{};
  StepMode mode = StepMode::kReference;
  OscKind controller = OscKind::kPose;
  ObservationTime observations = ObservationTime::kAfterAction;
  std::vector<RecordedCamera> cameras;
  std::string policy;  // who acted, for records
};

// Sets the attributes of "data", which must be there.
void WriteDemoFileInfo(Hdf5Output& file, const DemoFileInfo& info, int num_demos,
                       int64_t num_samples);

// Adds the group `path` ("data/demo_0") with a demonstration. T ≥ 1 (CHECK).
void WriteDemo(Hdf5Output& file, const std::string& path, const RecordedDemo& demo);

// The name that LIBERO gives a task's file: "<task>_demo.hdf5".
[[nodiscard]] std::string DemoFileName(const Task& task);

}  // namespace libero
