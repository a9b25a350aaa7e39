#pragma once

namespace libero {

// Two ways to say what the gripper is to do. Environments: -1 opens, 1 closes, 0 holds. Networks: 1
// opens, 0 closes, and the action is trained towards these two.

// For training: 1 - clip(command, 0, 1), so that 0 (hold) becomes 1 (open) too.
// source: openvla@c8f03f4:prismatic/vla/datasets/rlds/oxe/transforms.py (libero_dataset_transform)
[[nodiscard]] double GripperToNetwork(double command);

// For acting: opens above 0.5, closes below; holds at exactly 0.5, as sign(0) does.
// source: openvla@c8f03f4:experiments/robot/robot_utils.py (normalize_gripper_action, invert_...)
[[nodiscard]] double GripperToEnv(double network);

}  // namespace libero
