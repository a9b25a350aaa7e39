#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/arena.h"
#include "sim/object_model.h"
#include "sim/panda.h"

namespace libero {

// A thing to put into a scene.
struct ObjectSpec {
  std::string name;  // e.g. "akita_black_bowl_1"
  std::string mjcf;  // file, relative to the data root
  bool is_fixture = false;
};

// Everything that decides what a scene is made of. Where its objects stand is not part of it.
struct SceneSpec {
  ArenaSpec arena;
  PandaBase robot_base = PandaBase::kPedestal;
  std::array<double, 3> p_WB{};     // bottom of the robot's base, m
  std::vector<ObjectSpec> objects;  // in the order of their bodies in the model
};

// A scene as one MJCF text, ready to compile, and the objects in it.
struct SceneMjcf {
  std::string text;                      // assets are named relative to the data root
  std::vector<std::string> asset_files;  // meshes and textures, sorted
  std::vector<std::string> mjcf_files;   // that the text is made of
  std::vector<ObjectModel> objects;      // in the order of the specification
};

// Arena, robot and objects merged as robosuite merges them: bodies, assets and actuators in the
// same order, so that the compiled model has the same ids. source:
// robosuite@1.4.0:models/tasks/task.py:27
SceneMjcf ComposeScene(const std::filesystem::path& data_root, const SceneSpec& spec);

}  // namespace libero
