#include "sim/rotation.h"

#include <algorithm>
#include <cmath>

#include "sim/base/check.h"
#include "sim/blas.h"

namespace libero {

Matrix3 RotationMatrix(const std::array<double, 4>& q_wxyz) {
  std::array<float, 4> q{};
  std::ranges::transform(q_wxyz, q.begin(), [](double x) { return static_cast<float>(x); });
  double norm = 0;
  for (const float x : q) norm += static_cast<double>(x * x);
  const double scale = std::sqrt(2.0 / static_cast<double>(static_cast<float>(norm)));
  for (float& x : q) x = static_cast<float>(static_cast<double>(x) * scale);
  const auto outer = [&](size_t i, size_t j) {
    return q[i] * q[j];
  };
  const auto diagonal = [&](size_t i, size_t j) {
    return 1.0 - static_cast<double>(outer(i, i)) - static_cast<double>(outer(j, j));
  };
  return {{
      {diagonal(2, 3), outer(1, 2) - outer(3, 0), outer(1, 3) + outer(2, 0)},
      {outer(1, 2) + outer(3, 0), diagonal(1, 3), outer(2, 3) - outer(1, 0)},
      {outer(1, 3) - outer(2, 0), outer(2, 3) + outer(1, 0), diagonal(1, 2)},
  }};
}

std::array<double, 4> AxisAngleQuaternion(const Vector3& axis_angle) {
  const double angle = std::sqrt(blas::Dot(3, axis_angle.data(), axis_angle.data()));
  if (angle == 0) return {1, 0, 0, 0};
  const double sine = std::sin(angle / 2);
  return {std::cos(angle / 2), axis_angle[0] / angle * sine, axis_angle[1] / angle * sine,
          axis_angle[2] / angle * sine};
}

Vector3 AxisAngle(const std::array<double, 4>& q_xyzw) {
  const double w = std::clamp(q_xyzw[3], -1.0, 1.0);
  const double sine = std::sqrt(1.0 - w * w);
  if (sine == 0) return {};
  Vector3 result{};
  for (size_t i = 0; i < 3; ++i) result[i] = q_xyzw[i] * 2.0 * std::acos(w) / sine;
  return result;
}

std::array<float, 4> QuaternionXyzw(const Matrix3& rotation) {
  std::array<std::array<float, 3>, 3> m{};
  for (size_t row = 0; row < 3; ++row) {
    std::ranges::transform(rotation[row], m[row].begin(),
                           [](double x) { return static_cast<float>(x); });
  }
  // column by column; only the lower triangle is read
  std::array<float, 16> k = {m[0][0] - m[1][1] - m[2][2],
                             m[0][1] + m[1][0],
                             m[0][2] + m[2][0],
                             m[2][1] - m[1][2],  //
                             0,
                             m[1][1] - m[0][0] - m[2][2],
                             m[1][2] + m[2][1],
                             m[0][2] - m[2][0],  //
                             0,
                             0,
                             m[2][2] - m[0][0] - m[1][1],
                             m[1][0] - m[0][1],  //
                             0,
                             0,
                             0,
                             m[0][0] + m[1][1] + m[2][2]};
  for (float& x : k) x /= 3.0F;
  std::array<float, 4> eigenvalues{};
  if (!blas::SymmetricEigen(4, k.data(), eigenvalues.data())) {
    throw Error("a rotation matrix has no quaternion: its numbers are not finite");
  }
  // the last, largest eigenvalue's vector
  std::array<float, 4> q_xyzw = {k[12], k[13], k[14], k[15]};
  if (q_xyzw[3] < 0) {
    for (float& x : q_xyzw) x = -x;
  }
  return q_xyzw;
}

}  // namespace libero
