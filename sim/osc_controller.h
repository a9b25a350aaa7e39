#pragma once

#include <array>

#include <mujoco/mujoco.h>

#include "sim/observation.h"
#include "sim/panda_ids.h"
#include "sim/rotation.h"

namespace libero {

// What of an action the controller follows.
enum class OscKind {
  kPose,      // displacement and rotation of the hand: OSC_POSE, LIBERO's own
  kPosition,  // displacement only; the hand points down: OSC_POSITION
};

// How Λ is inverted: as robosuite does, which counts singular values below 1e-15 of the largest as
// zero; or by LU decomposition, in a fifth of the time, with other last bits.
enum class OscInverse { kPseudo, kLu };

// Operational-space control of the Panda's arm (Khatib 1987): torques that pull the grip site
// towards a goal as a critically damped spring of equal stiffness in all directions, position and
// orientation decoupled, gravity and Coriolis forces compensated, with the redundant joint drawn
// towards the posture of the last reset. With M the arm's mass matrix (7, 7), J = [Jp; Jr] the
// site's Jacobian (6, 7), Λ(J) = (J M⁻¹ Jᵀ)⁺ and errors e between goal and site:
//   F = Λ(Jp) (kp e_p − kd v)      τ_r = Λ(Jr) (kp e_r − kd ω)      kp = 150, kd = 2 √kp
//   e_r = ½ Σ columns of (R × R_goal)
//   N = 1 − M⁻¹ Jᵀ Λ(J) J          τ = Jᵀ [F; τ_r] + bias + Nᵀ M (10 (q₀ − q) − 2 √10 q̇)
// Bit by bit as robosuite computes it: the same order of operations through the same library, see
// blas.h. Its quirk is kept: the first torques after a reset are those for the arm's state at the
// reset (bias forces apart), even if a state has been set since.
// A value; not thread-safe. source: robosuite@1.4.0:controllers/osc.py
class OscController {
 public:
  OscController(const PandaIds& ids, OscKind kind, OscInverse inverse = OscInverse::kPseudo)
      : ids_(ids), kind_(kind), inverse_(inverse) {}

  // Takes joints and orientation of the hand as they are in `d` for the posture to keep and the
  // orientation to hold. Requires everything that mj_step1 computes for the current state.
  void Reset(const mjModel& m, const mjData& d);

  // Moves the goal to `action` away from where the hand is now (not from the last goal). An action
  // without rotation leaves the goal's orientation as it is. Numbers beyond [-1, 1] are clipped.
  // Requires as Reset.
  void SetGoal(const mjModel& m, const mjData& d, const Action& action);

  // The torques (N·m), clipped to the motors' limits. Requires as Reset. Throws Error if the mass
  // matrix cannot be inverted.
  [[nodiscard]] std::array<double, 7> Torques(const mjModel& m, const mjData& d);

  // Whether the next torques will be for the state at the last Reset or SetGoal.
  [[nodiscard]] bool is_current() const { return is_current_; }

 private:
  // What torques depend on, bias forces apart. Matrices are column-major.
  struct ArmState {
    std::array<double, 7> qpos{};
    std::array<double, 7> qvel{};
    std::array<double, 49> mass{};  // (7, 7)
    Vector3 position{};             // of the site, world frame, m
    Matrix3 rotation{};
    Vector3 velocity{};
    Vector3 angular_velocity{};
    std::array<double, 21> j_pos{};  // (3, 7)
    std::array<double, 21> j_rot{};  // (3, 7)
    std::array<double, 42> j{};      // (6, 7)
  };

  // Reads the arm's state unless that has been done since the last torques.
  void Update(const mjModel& m, const mjData& d);
  [[nodiscard]] Vector3 PositionForce() const;
  [[nodiscard]] Vector3 RotationTorque() const;

  PandaIds ids_;
  OscKind kind_;
  OscInverse inverse_;
  ArmState arm_;
  bool is_current_ = false;            // arm_ has not been used for torques
  std::array<double, 7> rest_qpos_{};  // q₀
  Vector3 goal_pos_{};                 // world frame, m
  Matrix3 goal_rotation_{};            // world frame
};

}  // namespace libero
