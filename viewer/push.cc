#include "viewer/push.h"

#include <algorithm>

namespace libero {

void ApplyPush(const mjModel& model, mjData& data, const Push& push) {
  constexpr double kRate = 20;  // 1/s: of the spring, critically damped
  const ptrdiff_t body = push.body;
  const mjtNum* rotation = data.xmat + 9 * body;
  mjtNum point[3];
  mju_mulMatVec3(point, rotation, push.local.data());
  mju_addTo3(point, data.xpos + 3 * body);

  // the point's velocity, from that of the body's centre of mass
  mjtNum velocity[6];  // rotation, translation
  mj_objectVelocity(&model, &data, mjOBJ_XBODY, push.body, velocity, 0);
  mjtNum arm[3];
  mju_sub3(arm, point, data.xpos + 3 * body);
  mjtNum spin[3];
  mju_cross(spin, velocity, arm);

  // links of the robot carry those behind them
  const double mass = std::max(model.body_mass[body], std::min(1.0, model.body_subtreemass[body]));
  mjtNum force[3];
  for (int i = 0; i < 3; ++i) {
    const double speed = velocity[3 + i] + spin[i];
    force[i] = mass * (kRate * kRate * (push.target[static_cast<size_t>(i)] - point[i]) -
                       2 * kRate * speed);
  }

  // at the centre of mass, with the torque that the distance makes
  mju_sub3(arm, point, data.xipos + 3 * body);
  mjtNum torque[3];
  mju_cross(torque, arm, force);
  mju_copy3(data.xfrc_applied + 6 * body, force);
  mju_copy3(data.xfrc_applied + 6 * body + 3, torque);
}

void ClearPushes(const mjModel& model, mjData& data) {
  std::fill_n(data.xfrc_applied, 6 * static_cast<ptrdiff_t>(model.nbody), 0.0);
}

}  // namespace libero
