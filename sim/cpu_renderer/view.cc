#include "sim/cpu_renderer/view.h"

#include <cmath>

namespace libero {
namespace {

using Vec3 = std::array<double, 3>;

Vec3 ToDouble(const std::array<float, 3>& v) {
  return {v[0], v[1], v[2]};
}

Vec3 Cross(const Vec3& a, const Vec3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double Dot(const Vec3& a, const Vec3& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Vec3 Normalized(const Vec3& v) {
  const double norm = std::sqrt(Dot(v, v));
  return {v[0] / norm, v[1] / norm, v[2] / norm};
}

// rows·(p, 1) for a row-major 3×4.
template <typename Rows>
Vec3 Apply(const Rows& rows, const Vec3& p) {
  Vec3 result{};
  for (size_t i = 0; i < 3; ++i) {
    result[i] =
        rows[4 * i] * p[0] + rows[4 * i + 1] * p[1] + rows[4 * i + 2] * p[2] + rows[4 * i + 3];
  }
  return result;
}

// outer after inner, both row-major 3×4.
template <typename Inner>
std::array<double, 12> Compose(const std::array<double, 12>& outer, const Inner& inner) {
  std::array<double, 12> result{};
  for (size_t i = 0; i < 3; ++i) {
    for (size_t j = 0; j < 4; ++j) {
      double sum = j == 3 ? outer[4 * i + 3] : 0;
      for (size_t k = 0; k < 3; ++k) sum += outer[4 * i + k] * inner[4 * k + j];
      result[4 * i + j] = sum;
    }
  }
  return result;
}

// The p with rows·(p, 1) = q.
Vec3 Solve(const Affine& rows, const Vec3& q) {
  const Vec3 a = {rows[0], rows[4], rows[8]};
  const Vec3 b = {rows[1], rows[5], rows[9]};
  const Vec3 c = {rows[2], rows[6], rows[10]};
  const Vec3 d = {q[0] - rows[3], q[1] - rows[7], q[2] - rows[11]};
  const Vec3 b_c = Cross(b, c);
  const double det = Dot(a, b_c);
  return {Dot(d, b_c) / det, Dot(a, Cross(d, c)) / det, Dot(a, Cross(b, d)) / det};
}

}  // namespace

View MakeView(const DrawCamera& camera, int width, int height) {
  const Vec3 eye = ToDouble(camera.position);
  const Vec3 forward = Normalized(ToDouble(camera.forward));
  const Vec3 right = Normalized(Cross(forward, ToDouble(camera.up)));
  const Vec3 up = Cross(right, forward);

  // the frustum at distance 1
  const double near_z = camera.near_z;
  const double half_width =
      camera.width != 0 ? 0.5 * camera.width : 0.5 * width / height * (camera.top - camera.bottom);
  const double left = (camera.center - half_width) / near_z;
  const double bottom = camera.bottom / near_z;
  const double pixel_width = 2 * half_width / near_z / width;
  const double pixel_height = (camera.top - camera.bottom) / near_z / height;

  View view{.width = width, .height = height, .eye = eye, .near_w = near_z};
  for (size_t j = 0; j < 3; ++j) {
    view.world_to_pixel[j] = (right[j] - left * forward[j]) / pixel_width;
    view.world_to_pixel[4 + j] = (up[j] - bottom * forward[j]) / pixel_height;
    view.world_to_pixel[8 + j] = forward[j];
    view.direction[j] = static_cast<float>(forward[j] + (left + 0.5 * pixel_width) * right[j] +
                                           (bottom + 0.5 * pixel_height) * up[j]);
    view.direction_dx[j] = static_cast<float>(pixel_width * right[j]);
    view.direction_dy[j] = static_cast<float>(pixel_height * up[j]);
  }
  for (size_t i = 0; i < 3; ++i) {
    view.world_to_pixel[4 * i + 3] =
        -(view.world_to_pixel[4 * i] * eye[0] + view.world_to_pixel[4 * i + 1] * eye[1] +
          view.world_to_pixel[4 * i + 2] * eye[2]);
  }
  return view;
}

View MakeMirroredView(const View& view, const Reflector& reflector) {
  const Vec3 n = ToDouble(reflector.normal);
  const double offset = -Dot(n, ToDouble(reflector.position));

  // p - 2 (n·p + offset) n
  std::array<double, 12> mirror{};
  for (size_t i = 0; i < 3; ++i) {
    for (size_t j = 0; j < 3; ++j) mirror[4 * i + j] = (i == j ? 1 : 0) - 2 * n[i] * n[j];
    mirror[4 * i + 3] = -2 * offset * n[i];
  }
  View mirrored = view;
  mirrored.world_to_pixel = Compose(view.world_to_pixel, mirror);
  mirrored.eye = Apply(mirror, view.eye);
  mirrored.is_mirrored = !view.is_mirrored;
  // what is in front of the plane
  mirrored.clip = HalfSpace{n, offset};
  return mirrored;
}

ItemView MakeItemView(const View& view, const DrawItem& item) {
  ItemView result;
  const std::array<double, 12> to_pixel = Compose(view.world_to_pixel, item.object_to_world);
  for (size_t i = 0; i < 12; ++i) result.to_pixel[i] = static_cast<float>(to_pixel[i]);
  const Vec3 eye = Solve(item.object_to_world, view.eye);
  for (size_t i = 0; i < 3; ++i) result.eye[i] = static_cast<float>(eye[i]);
  result.shows_back = item.culls_front;
  result.flips_faces = view.is_mirrored != item.culls_front;
  if (view.clip) {
    result.has_clip = true;
    const Affine& m = item.object_to_world;
    for (size_t j = 0; j < 4; ++j) {
      double sum = j == 3 ? view.clip->offset : 0;
      for (size_t k = 0; k < 3; ++k) sum += view.clip->normal[k] * m[4 * k + j];
      result.clip[j] = static_cast<float>(sum);
    }
  }
  return result;
}

}  // namespace libero
