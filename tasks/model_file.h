#pragma once

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/world.h"
#include "tasks/bddl/problem.h"
#include "tasks/suites.h"

#include <pugixml.hpp>

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

// The bodies of a task's things that have no joints: no state says where they stand, a reset writes
// it into the model.
[[nodiscard]] std::vector<std::string> FixtureBodies(const Problem& problem);

// The MJCF text of a task's scene, as demonstrations carry it.
//
// differs: the Python stack has MuJoCo save the compiled model, with 6 digits; this is the text
// that the model was compiled from, with the fixtures' poses in full precision.
class ModelText {
 public:
  // Composes the scene from its files below the data root; some 50 ms.
  ModelText(const std::filesystem::path& data_root, const Problem& problem);

  [[nodiscard]] const std::vector<std::string>& cameras() const { return cameras_; }

  // The text for a world of the task, with the fixtures where they stand in it. Assets are named as
  // the Python stack's packages hold them: "robosuite/…", "libero/libero/assets/…".
  [[nodiscard]] std::string Write(const World& world);

 private:
  pugi::xml_document document_;
  std::vector<std::string> fixtures_;
  std::vector<std::string> cameras_;
};

// The cameras that the scenes of all these tasks have, in MuJoCo's names. Composes a scene of each
// problem class: tasks of one have the same cameras.
[[nodiscard]] std::vector<std::string> CommonCameras(const std::filesystem::path& data_root,
                                                     std::span<const Task> tasks);

}  // namespace libero
