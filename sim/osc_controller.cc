#include "sim/osc_controller.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/base/check.h"
#include "sim/blas.h"

namespace libero {
namespace {

using blas::Op;

constexpr int kJoints = 7;
constexpr double kStiffness = 150;         // kp
constexpr double kNullStiffness = 10;      // of the posture
constexpr double kMaxDisplacement = 0.05;  // m an action of 1 asks for
constexpr double kMaxRotation = 0.5;       // rad

// The hand pointing down: the goal of OSC_POSITION.
constexpr Matrix3 kDown = {{{0, 1, 0}, {1, 0, 0}, {0, 0, -1}}};

using Joints = std::array<double, kJoints>;
using JointMatrix = std::array<double, kJoints * kJoints>;

// A Jacobian's rows, column by column: (rows, 7).
template <int kRows>
using Jacobian = std::array<double, kRows * kJoints>;

Vector3 SitePosition(const mjData& d, int site) {
  const double* p = d.site_xpos + 3 * site;
  return {p[0], p[1], p[2]};
}

Matrix3 SiteRotation(const mjData& d, int site) {
  const double* r = d.site_xmat + 9 * site;
  return {{{r[0], r[1], r[2]}, {r[3], r[4], r[5]}, {r[6], r[7], r[8]}}};
}

Matrix3 Multiply(const Matrix3& a, const Matrix3& b) {
  Matrix3 c{};
  // rows to the library are columns: c' = b' a'
  blas::Gemm(Op::kNone, Op::kNone, 3, 3, 3, b[0].data(), 3, a[0].data(), 3, c[0].data(), 3);
  return c;
}

Vector3 Cross(const Vector3& a, const Vector3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

// source: robosuite@1.4.0:utils/control_utils.py:81
Vector3 OrientationError(const Matrix3& desired, const Matrix3& current) {
  const auto column = [](const Matrix3& m, size_t i) {
    return Vector3{m[0][i], m[1][i], m[2][i]};
  };
  const Vector3 x = Cross(column(current, 0), column(desired, 0));
  const Vector3 y = Cross(column(current, 1), column(desired, 1));
  const Vector3 z = Cross(column(current, 2), column(desired, 2));
  return {0.5 * (x[0] + y[0] + z[0]), 0.5 * (x[1] + y[1] + z[1]), 0.5 * (x[2] + y[2] + z[2])};
}

// kp e − kd v
Vector3 SpringForce(const Vector3& error, const Vector3& velocity) {
  static const double kDamping = 2 * std::sqrt(kStiffness);
  Vector3 force{};
  for (size_t i = 0; i < 3; ++i) force[i] = error[i] * kStiffness + -velocity[i] * kDamping;
  return force;
}

void CheckInvertible(bool ok) {
  if (!ok) throw Error("the arm's mass matrix cannot be inverted: the simulation is unstable");
}

// Λ⁻¹ = J M⁻¹ Jᵀ, then its inverse, (kRows, kRows).
template <int kRows>
std::array<double, kRows * kRows> OperationalMass(const Jacobian<kRows>& j,
                                                  const JointMatrix& mass_inverse,
                                                  OscInverse inverse) {
  // products are stored row by row: each call computes the transposed product
  std::array<double, kRows * kJoints> product;
  blas::Gemm(Op::kTranspose, Op::kTranspose, kJoints, kRows, kJoints, mass_inverse.data(), kJoints,
             j.data(), kRows, product.data(), kJoints);
  std::array<double, kRows * kRows> rows;
  blas::Gemm(Op::kNone, Op::kNone, kRows, kRows, kJoints, j.data(), kRows, product.data(), kJoints,
             rows.data(), kRows);
  std::array<double, kRows * kRows> lambda;
  for (int i = 0; i < kRows; ++i) {
    for (int k = 0; k < kRows; ++k) lambda[i + kRows * k] = rows[kRows * i + k];
  }
  const bool is_lu = inverse == OscInverse::kLu;
  CheckInvertible(is_lu ? blas::Invert(kRows, lambda.data())
                        : blas::PseudoInvert(kRows, lambda.data()));
  return lambda;
}

// N = 1 − M⁻¹ Jᵀ Λ J, row by row.
JointMatrix NullSpace(const Jacobian<6>& j, const JointMatrix& mass_inverse,
                      const std::array<double, 36>& lambda) {
  Jacobian<6> product;
  blas::Gemm(Op::kNone, Op::kTranspose, 6, kJoints, kJoints, j.data(), 6, mass_inverse.data(),
             kJoints, product.data(), 6);
  Jacobian<6> j_bar;  // row by row
  blas::Gemm(Op::kTranspose, Op::kNone, 6, kJoints, 6, lambda.data(), 6, product.data(), 6,
             j_bar.data(), 6);
  JointMatrix result;
  blas::Gemm(Op::kTranspose, Op::kNone, kJoints, kJoints, 6, j.data(), 6, j_bar.data(), 6,
             result.data(), kJoints);
  for (int i = 0; i < kJoints; ++i) {
    for (int k = 0; k < kJoints; ++k) {
      double& x = result[kJoints * i + k];
      x = (i == k ? 1.0 : 0.0) - x;
    }
  }
  return result;
}

// The arm's block of the mass matrix.
JointMatrix ArmMass(const mjModel& m, const mjData& d, const std::array<int, kJoints>& dofs) {
  JointMatrix mass{};
  for (int i = 0; i < kJoints; ++i) {
    // a dof's row of qM starts at its diagonal and goes on with its ancestors
    int address = m.dof_Madr[dofs[i]];
    for (int dof = dofs[i]; dof >= 0; dof = m.dof_parentid[dof], ++address) {
      const int k = dof - dofs[0];
      if (k >= 0) mass[i + kJoints * k] = mass[k + kJoints * i] = d.qM[address];
    }
  }
  return mass;
}

Joints At(const double* values, const std::array<int, kJoints>& addresses) {
  Joints result{};
  std::ranges::transform(addresses, result.begin(), [&](int address) { return values[address]; });
  return result;
}

}  // namespace

void OscController::Update(const mjModel& m, const mjData& d) {
  if (is_current_) return;
  is_current_ = true;
  arm_.qpos = At(d.qpos, ids_.qpos);
  arm_.qvel = At(d.qvel, ids_.dofs);
  arm_.mass = ArmMass(m, d, ids_.dofs);
  arm_.position = SitePosition(d, ids_.grip_site);
  arm_.rotation = SiteRotation(d, ids_.grip_site);

  thread_local std::vector<double> jacobian;  // (6, nv), row by row
  jacobian.resize(6 * static_cast<size_t>(m.nv));
  double* j_pos = jacobian.data();
  double* j_rot = j_pos + 3 * static_cast<ptrdiff_t>(m.nv);
  mj_jacSite(&m, &d, j_pos, j_rot, ids_.grip_site);
  blas::Gemv(Op::kTranspose, m.nv, 3, j_pos, m.nv, d.qvel, arm_.velocity.data());
  blas::Gemv(Op::kTranspose, m.nv, 3, j_rot, m.nv, d.qvel, arm_.angular_velocity.data());
  for (int i = 0; i < kJoints; ++i) {
    for (int row = 0; row < 3; ++row) {
      const double p = j_pos[m.nv * row + ids_.dofs[i]];
      const double r = j_rot[m.nv * row + ids_.dofs[i]];
      arm_.j_pos[row + 3 * i] = arm_.j[row + 6 * i] = p;
      arm_.j_rot[row + 3 * i] = arm_.j[row + 3 + 6 * i] = r;
    }
  }
}

void OscController::Reset(const mjModel& m, const mjData& d) {
  is_current_ = false;
  Update(m, d);
  rest_qpos_ = arm_.qpos;
  goal_pos_ = arm_.position;
  goal_rotation_ = arm_.rotation;
}

void OscController::SetGoal(const mjModel& m, const mjData& d, const Action& action) {
  Update(m, d);
  const auto scaled = [&](size_t i, double scale) {
    return std::clamp(action[i], -1.0, 1.0) * scale;
  };
  const Vector3 rotation = {scaled(3, kMaxRotation), scaled(4, kMaxRotation),
                            scaled(5, kMaxRotation)};
  if (kind_ == OscKind::kPosition) {
    goal_rotation_ = kDown;
  } else if (rotation != Vector3{}) {
    goal_rotation_ = Multiply(RotationMatrix(AxisAngleQuaternion(rotation)), arm_.rotation);
  }
  for (size_t i = 0; i < 3; ++i) goal_pos_[i] = arm_.position[i] + scaled(i, kMaxDisplacement);
}

Vector3 OscController::PositionForce() const {
  Vector3 error{};
  for (size_t i = 0; i < 3; ++i) error[i] = goal_pos_[i] - arm_.position[i];
  return SpringForce(error, arm_.velocity);
}

Vector3 OscController::RotationTorque() const {
  return SpringForce(OrientationError(goal_rotation_, arm_.rotation), arm_.angular_velocity);
}

std::array<double, 7> OscController::Torques(const mjModel& m, const mjData& d) {
  Update(m, d);
  is_current_ = false;

  // decoupled wrench
  JointMatrix mass_inverse = arm_.mass;
  CheckInvertible(blas::Invert(kJoints, mass_inverse.data()));
  const auto lambda = OperationalMass<6>(arm_.j, mass_inverse, inverse_);
  const auto lambda_pos = OperationalMass<3>(arm_.j_pos, mass_inverse, inverse_);
  const auto lambda_rot = OperationalMass<3>(arm_.j_rot, mass_inverse, inverse_);
  std::array<double, 6> wrench;
  blas::Gemv(Op::kNone, 3, 3, lambda_pos.data(), 3, PositionForce().data(), wrench.data());
  blas::Gemv(Op::kNone, 3, 3, lambda_rot.data(), 3, RotationTorque().data(), wrench.data() + 3);
  Joints torques;
  blas::Gemv(Op::kTranspose, 6, kJoints, arm_.j.data(), 6, wrench.data(), torques.data());

  // posture, in the null space
  static const double kNullDamping = std::sqrt(kNullStiffness) * 2;
  Joints pull;
  for (size_t i = 0; i < kJoints; ++i) {
    pull[i] = kNullStiffness * (rest_qpos_[i] - arm_.qpos[i]) - kNullDamping * arm_.qvel[i];
  }
  Joints posture;
  blas::Gemv(Op::kNone, kJoints, kJoints, arm_.mass.data(), kJoints, pull.data(), posture.data());
  const JointMatrix null_space = NullSpace(arm_.j, mass_inverse, lambda);
  Joints null_torques;
  blas::Gemv(Op::kNone, kJoints, kJoints, null_space.data(), kJoints, posture.data(),
             null_torques.data());

  const Joints bias = At(d.qfrc_bias, ids_.dofs);
  for (size_t i = 0; i < kJoints; ++i) {
    const double* range = m.actuator_ctrlrange + 2 * static_cast<ptrdiff_t>(ids_.actuators[i]);
    torques[i] = std::clamp(torques[i] + bias[i] + null_torques[i], range[0], range[1]);
  }
  return torques;
}

}  // namespace libero
