#include "tasks/observer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/base/check.h"
#include "sim/blas.h"
#include "sim/rotation.h"

namespace libero {
namespace {

// Homogeneous transforms, row by row.
using Pose = std::array<double, 16>;
using SinglePose = std::array<float, 16>;
using Quaternion = std::array<double, 4>;

// source: robosuite@1.4.0:utils/transform_utils.py:443
SinglePose MakePose(const Vector3& position, const Quaternion& q_wxyz) {
  const Matrix3 rotation = RotationMatrix(q_wxyz);
  SinglePose pose{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t k = 0; k < 3; ++k) pose[4 * row + k] = static_cast<float>(rotation[row][k]);
    pose[4 * row + 3] = static_cast<float>(position[row]);
  }
  pose[15] = 1;
  return pose;
}

// source: robosuite@1.4.0:utils/transform_utils.py:562
Pose Inverse(const SinglePose& pose) {
  Pose inverse{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t k = 0; k < 3; ++k) inverse[4 * row + k] = pose[4 * k + row];
  }
  const Vector3 position = {pose[3], pose[7], pose[11]};
  Vector3 moved{};
  blas::Gemv(blas::Op::kTranspose, 3, 3, inverse.data(), 4, position.data(), moved.data());
  for (size_t row = 0; row < 3; ++row) inverse[4 * row + 3] = -moved[row];
  inverse[15] = 1;
  return inverse;
}

Pose Multiply(const Pose& a, const SinglePose& single_b) {
  Pose b{};
  std::ranges::copy(single_b, b.begin());
  Pose c{};
  // rows to the library are columns: c' = b' a'
  blas::Gemm(blas::Op::kNone, blas::Op::kNone, 4, 4, 4, b.data(), 4, a.data(), 4, c.data(), 4);
  return c;
}

template <size_t kCount>
std::array<double, kCount> Row(const std::vector<double>& values, int row) {
  std::array<double, kCount> result{};
  std::copy_n(values.begin() + static_cast<ptrdiff_t>(kCount) * row, kCount, result.begin());
  return result;
}

template <size_t kCount>
std::array<double, kCount> At(const std::vector<double>& values,
                              const std::array<int, kCount>& addresses) {
  std::array<double, kCount> result{};
  std::ranges::transform(addresses, result.begin(),
                         [&](int address) { return values[static_cast<size_t>(address)]; });
  return result;
}

Quaternion ToXyzw(const Quaternion& q_wxyz) {
  return {q_wxyz[1], q_wxyz[2], q_wxyz[3], q_wxyz[0]};
}

}  // namespace

Observer::Observer(const std::vector<ObjectModel>& objects, const mjModel& model)
    : panda_(FindPanda(model)) {
  for (const ObjectModel& object : objects) {
    if (object.is_fixture) continue;
    const int body_id = mj_name2id(&model, mjOBJ_BODY, object.root_body.c_str());
    LIBERO_CHECK(body_id >= 0);
    objects_.push_back({object.name, body_id});
  }
}

Observation Observer::Observe(const Snapshot& snapshot) const {
  Observation result;
  result.joint_pos = At(snapshot.qpos, panda_.qpos);
  result.joint_vel = At(snapshot.qvel, panda_.dofs);
  result.gripper_qpos = At(snapshot.qpos, panda_.finger_qpos);
  result.gripper_qvel = At(snapshot.qvel, panda_.finger_dofs);
  result.eef_pos = Row<3>(snapshot.site_xpos, panda_.grip_site);
  const Quaternion hand = Row<4>(snapshot.xquat, panda_.hand_body);
  result.eef_quat_xyzw = ToXyzw(hand);

  const Pose world_in_gripper = Inverse(MakePose(result.eef_pos, hand));
  for (const Object& object : objects_) {
    const Vector3 position = Row<3>(snapshot.xpos, object.body_id);
    const Quaternion q_wxyz = Row<4>(snapshot.xquat, object.body_id);
    const Pose relative = Multiply(world_in_gripper, MakePose(position, q_wxyz));
    const Matrix3 rotation = {{{relative[0], relative[1], relative[2]},
                               {relative[4], relative[5], relative[6]},
                               {relative[8], relative[9], relative[10]}}};
    result.objects.push_back({.name = object.name,
                              .pos = position,
                              .quat_xyzw = ToXyzw(q_wxyz),
                              .to_eef_pos = {relative[3], relative[7], relative[11]},
                              .to_eef_quat_xyzw = QuaternionXyzw(rotation)});
  }
  return result;
}

std::vector<std::pair<std::string, std::vector<double>>> NamedValues(
    const Observation& observation) {
  std::vector<std::pair<std::string, std::vector<double>>> named;
  const auto add = [&](const std::string& name, const auto& values) {
    named.emplace_back(name, std::vector<double>(values.begin(), values.end()));
  };
  std::array<double, 7> cosines{};
  std::array<double, 7> sines{};
  std::ranges::transform(observation.joint_pos, cosines.begin(),
                         [](double q) { return std::cos(q); });
  std::ranges::transform(observation.joint_pos, sines.begin(),
                         [](double q) { return std::sin(q); });
  add("robot0_joint_pos", observation.joint_pos);
  add("robot0_joint_pos_cos", cosines);
  add("robot0_joint_pos_sin", sines);
  add("robot0_joint_vel", observation.joint_vel);
  add("robot0_eef_pos", observation.eef_pos);
  add("robot0_eef_quat", observation.eef_quat_xyzw);
  add("robot0_gripper_qpos", observation.gripper_qpos);
  add("robot0_gripper_qvel", observation.gripper_qvel);
  const size_t num_proprio = named.size();
  for (const ObjectObservation& object : observation.objects) {
    add(object.name + "_pos", object.pos);
    add(object.name + "_quat", object.quat_xyzw);
    add(object.name + "_to_robot0_eef_pos", object.to_eef_pos);
    add(object.name + "_to_robot0_eef_quat", object.to_eef_quat_xyzw);
  }

  // the joined vectors
  std::vector<double> proprio;
  std::vector<double> objects;
  for (size_t i = 0; i < named.size(); ++i) {
    std::vector<double>& joined = i < num_proprio ? proprio : objects;
    joined.insert(joined.end(), named[i].second.begin(), named[i].second.end());
  }
  add("robot0_proprio-state", proprio);
  add("object-state", objects);
  return named;
}

}  // namespace libero
