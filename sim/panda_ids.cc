#include "sim/panda_ids.h"

#include <fmt/format.h>

#include <string>

#include "sim/base/check.h"

namespace libero {
namespace {

int Id(const mjModel& model, mjtObj type, const std::string& name) {
  const int id = mj_name2id(&model, type, name.c_str());
  if (id < 0) {
    throw Error(fmt::format("the model has no {} '{}'", mju_type2Str(type), name),
                "scenes need the Panda with its gripper");
  }
  return id;
}

}  // namespace

PandaIds FindPanda(const mjModel& model) {
  PandaIds ids;
  for (size_t i = 0; i < 7; ++i) {
    const int joint = Id(model, mjOBJ_JOINT, fmt::format("robot0_joint{}", i + 1));
    ids.qpos[i] = model.jnt_qposadr[joint];
    ids.dofs[i] = model.jnt_dofadr[joint];
    ids.actuators[i] = Id(model, mjOBJ_ACTUATOR, fmt::format("robot0_torq_j{}", i + 1));
    LIBERO_CHECK(ids.dofs[i] == ids.dofs[0] + static_cast<int>(i));
  }
  for (size_t i = 0; i < 2; ++i) {
    const int joint = Id(model, mjOBJ_JOINT, fmt::format("gripper0_finger_joint{}", i + 1));
    ids.finger_qpos[i] = model.jnt_qposadr[joint];
    ids.finger_dofs[i] = model.jnt_dofadr[joint];
    ids.finger_actuators[i] =
        Id(model, mjOBJ_ACTUATOR, fmt::format("gripper0_gripper_finger_joint{}", i + 1));
  }
  ids.grip_site = Id(model, mjOBJ_SITE, "gripper0_grip_site");
  ids.hand_body = Id(model, mjOBJ_BODY, "robot0_right_hand");
  return ids;
}

}  // namespace libero
