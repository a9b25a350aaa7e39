#include "tasks/experts/workcell.h"

#include <algorithm>
#include <string>

#include "sim/base/check.h"

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;
using RowMajorMatrix3d = Eigen::Matrix<double, 3, 3, Eigen::RowMajor>;

// Between the pads' faces when both fingers are at 0.
// source: robosuite@1.4.0:models/assets/grippers/panda_gripper.xml:33
constexpr double kClosedGap = -0.001;

Pose MakePose(const double* pos, const double* mat) {
  return {Eigen::Map<const Vector3d>(pos), Eigen::Map<const RowMajorMatrix3d>(mat)};
}

bool IsOnHinge(const mjModel& m, int geom) {
  const int body = m.geom_bodyid[geom];
  return m.body_jntnum[body] == 1 && m.jnt_type[m.body_jntadr[body]] == mjJNT_HINGE;
}

}  // namespace

Workcell::Workcell(const Env& env)
    : env_(&env), panda_(FindPanda(env.world().model())), arm_(env.world().model()) {
  const mjModel& m = env.world().model();
  base_body_ = mj_name2id(&m, mjOBJ_BODY, "robot0_base");
  LIBERO_CHECK(base_body_ >= 0);
  std::vector<int> object_of_body(static_cast<size_t>(m.nbody), kArena);
  for (const ObjectModel& object : objects()) {
    const int root = mj_name2id(&m, mjOBJ_BODY, object.root_body.c_str());
    LIBERO_CHECK(root >= 0);
    object_of_body[static_cast<size_t>(root)] = static_cast<int>(root_bodies_.size());
    root_bodies_.push_back(root);
  }
  for (int body = 1; body < m.nbody; ++body) {  // parents come first
    int& object = object_of_body[static_cast<size_t>(body)];
    if (object == kArena) object = object_of_body[static_cast<size_t>(m.body_parentid[body])];
  }
  for (int geom = 0; geom < m.ngeom; ++geom) {
    const int body = m.geom_bodyid[geom];
    const bool collides = m.geom_contype[geom] != 0 || m.geom_conaffinity[geom] != 0;
    const bool is_robot = m.body_rootid[body] == m.body_rootid[base_body_];
    if (!collides || m.geom_type[geom] == mjGEOM_PLANE || is_robot) continue;
    solids_.push_back({geom, object_of_body[static_cast<size_t>(body)]});
  }
}

int Workcell::FindObject(std::string_view name) const {
  const auto found = std::ranges::find(objects(), name, &ObjectModel::name);
  return found == objects().end() ? -1 : static_cast<int>(found - objects().begin());
}

std::string_view Workcell::category(int object) const {
  const InstanceGroup* group =
      FindCategory(env_->setup().problem, objects()[static_cast<size_t>(object)].name);
  LIBERO_CHECK(group != nullptr);
  return group->category;
}

Pose Workcell::hand() const {
  return site(panda_.grip_site);
}

double Workcell::finger_gap() const {
  const double* qpos = env_->world().data().qpos;
  return qpos[panda_.finger_qpos[0]] - qpos[panda_.finger_qpos[1]] + kClosedGap;
}

ArmJoints Workcell::arm_joints() const {
  ArmJoints joints;
  for (int i = 0; i < joints.size(); ++i) {
    joints[i] = env_->world().data().qpos[panda_.qpos[static_cast<size_t>(i)]];
  }
  return joints;
}

Vector3d Workcell::robot_base() const {
  return body(base_body_).p;
}

Pose Workcell::body(int body_id) const {
  const mjData& d = env_->world().data();
  return MakePose(d.xpos + 3 * static_cast<ptrdiff_t>(body_id),
                  d.xmat + 9 * static_cast<ptrdiff_t>(body_id));
}

Pose Workcell::site(int site_id) const {
  const mjData& d = env_->world().data();
  return MakePose(d.site_xpos + 3 * static_cast<ptrdiff_t>(site_id),
                  d.site_xmat + 9 * static_cast<ptrdiff_t>(site_id));
}

Pose Workcell::object(int object) const {
  return body(root_bodies_[static_cast<size_t>(object)]);
}

double Workcell::speed(int object) const {
  const mjModel& m = env_->world().model();
  const int body = root_bodies_[static_cast<size_t>(object)];
  if (m.body_dofnum[body] != 6) return 0;
  return Eigen::Map<const Vector3d>(env_->world().data().qvel + m.body_dofadr[body]).norm();
}

double Workcell::joint(int joint_id) const {
  return env_->world().data().qpos[env_->world().model().jnt_qposadr[joint_id]];
}

std::vector<Box> Workcell::ObjectBoxes(int object) const {
  std::vector<Box> boxes;
  for (const Solid& solid : solids_) {
    if (solid.object == object) boxes.push_back(GeomBox(solid.geom));
  }
  return boxes;
}

std::vector<Box> Workcell::BodyBoxes(int body_id) const {
  const mjModel& m = env_->world().model();
  std::vector<Box> boxes;
  for (const Solid& solid : solids_) {
    if (m.body_weldid[m.geom_bodyid[solid.geom]] == m.body_weldid[body_id]) {
      boxes.push_back(GeomBox(solid.geom));
    }
  }
  return boxes;
}

Obstacles Workcell::AllBoxes() const {
  return BoxesExcept(kArena - 1);
}

Obstacles Workcell::BoxesExcept(int object) const {
  Obstacles obstacles;
  for (const Solid& solid : solids_) {
    if (solid.object == object) continue;
    obstacles.boxes.push_back(GeomBox(solid.geom));
    obstacles.objects.push_back(solid.object);
    obstacles.swings.push_back(IsOnHinge(env_->world().model(), solid.geom));
  }
  return obstacles;
}

// A mesh's bounding box stands for the mesh.
Box Workcell::GeomBox(int geom) const {
  const mjModel& m = env_->world().model();
  const mjData& d = env_->world().data();
  const double* aabb = m.geom_aabb + 6 * static_cast<ptrdiff_t>(geom);
  Box box;
  box.pose = MakePose(d.geom_xpos + 3 * static_cast<ptrdiff_t>(geom),
                      d.geom_xmat + 9 * static_cast<ptrdiff_t>(geom));
  box.pose.p = box.pose * Vector3d(aabb[0], aabb[1], aabb[2]);
  box.half = Vector3d(aabb[3], aabb[4], aabb[5]);
  return box;
}

}  // namespace libero
