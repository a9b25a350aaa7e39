#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "sim/panda_ids.h"
#include "tasks/env.h"
#include "tasks/experts/arm.h"
#include "tasks/experts/box.h"

namespace libero {

// Solid things that are in the way, and whose they are.
struct Obstacles {
  std::vector<Box> boxes;
  std::vector<int> objects;  // of each box; Workcell::kArena for table, floor and walls
  std::vector<bool> swings;  // whether it is on a hinge, so that it gives way
};

// What an expert looks at: where everything is in an environment right now, as boxes and poses in
// the world frame. Objects are named by their index in the scene. Reads the simulator's state,
// changes nothing; `env` must outlive it.
class Workcell {
 public:
  static constexpr int kArena = -1;

  explicit Workcell(const Env& env);

  [[nodiscard]] const Env& env() const { return *env_; }
  [[nodiscard]] const std::vector<ObjectModel>& objects() const {
    return env_->setup().scene->objects;
  }

  // -1 if there is no such object.
  [[nodiscard]] int FindObject(std::string_view name) const;
  // E.g. "plate"; the catalogue's name.
  [[nodiscard]] std::string_view category(int object) const;

  // The hand is the frame of the site between the finger tips: its x axis is the direction in which
  // the fingers open, its z axis points out of the hand, along the fingers.
  [[nodiscard]] Pose hand() const;
  // Between the pads' faces, m: 0 closed on nothing, 0.078 wide open.
  [[nodiscard]] double finger_gap() const;

  [[nodiscard]] const Arm& arm() const { return arm_; }
  [[nodiscard]] ArmJoints arm_joints() const;
  [[nodiscard]] Eigen::Vector3d robot_base() const;

  [[nodiscard]] Pose body(int body_id) const;
  [[nodiscard]] Pose site(int site_id) const;
  [[nodiscard]] Pose object(int object) const;
  [[nodiscard]] double speed(int object) const;    // of its free joint, m/s; 0 for fixtures
  [[nodiscard]] double joint(int joint_id) const;  // rad or m

  // What can be touched of an object, of one body with all that is fixed to it, of anything.
  [[nodiscard]] std::vector<Box> ObjectBoxes(int object) const;
  [[nodiscard]] std::vector<Box> BodyBoxes(int body_id) const;
  [[nodiscard]] Obstacles AllBoxes() const;
  // All but those of one object.
  [[nodiscard]] Obstacles BoxesExcept(int object) const;

 private:
  struct Solid {
    int geom = 0;
    int object = kArena;
  };
  [[nodiscard]] Box GeomBox(int geom) const;

  const Env* env_;
  PandaIds panda_;
  Arm arm_;
  int base_body_ = 0;
  std::vector<int> root_bodies_;  // of objects
  std::vector<Solid> solids_;     // all but the robot's
};

}  // namespace libero
