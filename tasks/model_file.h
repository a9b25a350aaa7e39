#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace libero {

// A body's pose in its parent's frame.
struct BodyPose {
  std::array<double, 3> pos{};        // m
  std::array<double, 4> quat_wxyz{};  // as written, which MuJoCo does with 6 digits
};

// The poses that a model has for these bodies, in their order. `mjcf` is the text that MuJoCo saves
// of a live model (mj_saveLastXML), which demonstrations carry as `model_file`: it holds the poses
// that a reset wrote into the model, unlike the file that the model was made from. What is left out
// is MuJoCo's default: no displacement, no rotation. Assets, defaults and all else are not looked
// at. `where` starts messages. Throws Error if the text is not XML, is no MJCF, lacks one of the
// bodies, or gives a pose in another way than MuJoCo saves it (euler, axisangle, ... or in a
// <frame>).
[[nodiscard]] std::vector<BodyPose> ReadBodyPoses(std::string_view mjcf,
                                                  std::span<const std::string> bodies,
                                                  const std::string& where);

}  // namespace libero
