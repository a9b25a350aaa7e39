#pragma once

#include <array>

namespace libero {

using Vector3 = std::array<double, 3>;
using Matrix3 = std::array<Vector3, 3>;  // rows

// The rotation matrix of a quaternion (wxyz, any length). robosuite makes it in single precision,
// and so does this, bit by bit. source: robosuite@1.4.0:utils/transform_utils.py:462
[[nodiscard]] Matrix3 RotationMatrix(const std::array<double, 4>& q_wxyz);

// The unit quaternion (wxyz) of an axis-angle vector, rad; the identity for a zero vector.
// source: robosuite@1.4.0:utils/transform_utils.py:515
[[nodiscard]] std::array<double, 4> AxisAngleQuaternion(const Vector3& axis_angle);

// The axis times the angle, in [0, 2π] rad, of a quaternion (xyzw): its own angle, not the shorter
// way round. source: robosuite@1.4.0:utils/transform_utils.py:490 (quat2axisangle)
[[nodiscard]] Vector3 AxisAngle(const std::array<double, 4>& q_xyzw);

// The quaternion (xyzw, w ≥ 0) of a rotation matrix, in single precision: the eigenvector of a
// symmetric matrix. Throws Error if that does not converge, for numbers that are not finite.
// source: robosuite@1.4.0:utils/transform_utils.py:317
[[nodiscard]] std::array<float, 4> QuaternionXyzw(const Matrix3& rotation);

}  // namespace libero
