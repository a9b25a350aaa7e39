#include "sim/cpu_renderer/view.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

using testing::ElementsAre;
using Vec3 = std::array<double, 3>;

constexpr double kSingle = 2e-6;  // cameras and items are floats around 1
constexpr double kPixels = 1e-3;  // the same, for pixels in the hundreds
constexpr int kWidth = 320;
constexpr int kHeight = 200;

// At (1, 2, 3), looking along y; 2 m ahead of it, 1 m fills half of the picture's height.
DrawCamera Camera() {
  return {.position = {1, 2, 3},
          .forward = {0, 1, 0},
          .up = {0, 0, 1},
          .bottom = -0.05F,
          .top = 0.05F,
          .near_z = 0.1F,
          .far_z = 50};
}

// Somewhere, looking somewhere, with a frustum that is not symmetric.
DrawCamera RandomCamera(RandomNumbers& random) {
  DrawCamera camera{.position = random.Vector(-3, 3), .near_z = 0.05F, .far_z = 50};
  const float yaw = random.Uniform(-3, 3);
  const float pitch = random.Uniform(-1, 1);
  camera.forward = {std::cos(yaw) * std::cos(pitch), std::sin(yaw) * std::cos(pitch),
                    std::sin(pitch)};
  camera.up = {-std::cos(yaw) * std::sin(pitch), -std::sin(yaw) * std::sin(pitch), std::cos(pitch)};
  camera.center = random.Uniform(-0.01F, 0.01F);
  camera.width = random.Uniform(0.02F, 0.1F);
  camera.bottom = random.Uniform(-0.05F, -0.01F);
  camera.top = random.Uniform(0.01F, 0.05F);
  return camera;
}

Reflector RandomReflector(RandomNumbers& random) {
  const float angle = random.Uniform(-3, 3);
  return {.position = random.Vector(-2, 2),
          .normal = {0.6F, 0.8F * std::cos(angle), 0.8F * std::sin(angle)}};
}

// A turned and scaled frame.
DrawItem RandomItem(RandomNumbers& random) {
  DrawItem item;
  for (float& value : item.object_to_world) value = random.Uniform(-1, 1);
  for (size_t i = 0; i < 3; ++i) item.object_to_world[5 * i] += 2;
  return item;
}

double Distance(const HalfSpace& space, const Vec3& p) {
  return space.normal[0] * p[0] + space.normal[1] * p[1] + space.normal[2] * p[2] + space.offset;
}

void ExpectNear(const Vec3& value, const Vec3& expected, double tolerance) {
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(value[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << i;
  }
}

// (X/W, Y/W, W) of a world point.
Vec3 Pixel(const View& view, const Vec3& p) {
  const Vec3 xyw = Transform(view.world_to_pixel, p);
  return {xyw[0] / xyw[2], xyw[1] / xyw[2], xyw[2]};
}

TEST(ViewTest, SeesPointsAtTheirPixels) {
  const View view = MakeView(Camera(), kWidth, kHeight);
  ExpectNear(Pixel(view, {1, 4, 3}), {160, 100, 2}, kSingle);
  ExpectNear(Pixel(view, {1, 4, 4}), {160, 200, 2}, kSingle);
  ExpectNear(Pixel(view, {1, 4, 2}), {160, 0, 2}, kSingle);
  ExpectNear(Pixel(view, {2, 4, 3}), {260, 100, 2}, kSingle);  // pixels are square
  ExpectNear(Pixel(view, {2, 6, 3}), {210, 100, 4}, kSingle);
  EXPECT_THAT(view.eye, ElementsAre(1, 2, 3));
  EXPECT_FLOAT_EQ(static_cast<float>(view.near_w), 0.1F);
  EXPECT_FALSE(view.is_mirrored);
  EXPECT_FALSE(view.clip.has_value());
}

TEST(ViewTest, PicturesEndWhereTheFrustumDoes) {
  DrawCamera camera = Camera();
  camera.center = 0.01F;
  camera.width = 0.04F;  // from -0.01 to 0.03, 0.1 m away
  camera.bottom = -0.02F;
  const View view = MakeView(camera, kWidth, kHeight);
  ExpectNear(Pixel(view, {1 - 0.1, 3, 3 - 0.2}), {0, 0, 1}, kPixels);
  ExpectNear(Pixel(view, {1 + 0.3, 3, 3 + 0.5}), {kWidth, kHeight, 1}, kPixels);
}

TEST(ViewTest, DirectionsLeadToPixelsCentres) {
  RandomNumbers random(1);
  for (int i = 0; i < 20; ++i) {
    const View view = MakeView(RandomCamera(random), kWidth, kHeight);
    for (const auto& [x, y] : {std::pair(0, 0), {319, 0}, {0, 199}, {160, 100}}) {
      Vec3 p = view.eye;
      for (size_t k = 0; k < 3; ++k) {
        p[k] += 2 * (view.direction[k] + x * static_cast<double>(view.direction_dx[k]) +
                     y * static_cast<double>(view.direction_dy[k]));
      }
      ExpectNear(Pixel(view, p), {x + 0.5, y + 0.5, 2}, kPixels);
    }
  }
}

TEST(ViewTest, MirrorsShowThingsWhereTheirImagesAre) {
  RandomNumbers random(2);
  for (int i = 0; i < 100; ++i) {
    const View view = MakeView(RandomCamera(random), kWidth, kHeight);
    const Reflector reflector = RandomReflector(random);
    const View mirrored = MakeMirroredView(view, reflector);
    const std::array<float, 3> p = random.Vector(-3, 3);
    double along = 0;
    for (size_t k = 0; k < 3; ++k) {
      along += reflector.normal[k] * (static_cast<double>(p[k]) - reflector.position[k]);
    }
    Vec3 image{};
    for (size_t k = 0; k < 3; ++k) image[k] = p[k] - 2 * along * reflector.normal[k];
    ExpectNear(Transform(mirrored.world_to_pixel, p), Transform(view.world_to_pixel, image),
               kPixels);
    ASSERT_TRUE(mirrored.clip.has_value());
    EXPECT_NEAR(Distance(*mirrored.clip, {p[0], p[1], p[2]}), along, kSingle);
    EXPECT_TRUE(mirrored.is_mirrored);
    ExpectNear(Transform(mirrored.world_to_pixel, mirrored.eye), {0, 0, 0}, kPixels);
  }
}

TEST(ViewTest, MirrorsTwiceIsTheSameView) {
  RandomNumbers random(3);
  const View view = MakeView(RandomCamera(random), kWidth, kHeight);
  const Reflector reflector = RandomReflector(random);
  const View twice = MakeMirroredView(MakeMirroredView(view, reflector), reflector);
  for (size_t i = 0; i < 12; ++i) {
    EXPECT_NEAR(twice.world_to_pixel[i], view.world_to_pixel[i], kPixels);
  }
  ExpectNear(twice.eye, view.eye, kSingle);
  EXPECT_FALSE(twice.is_mirrored);
}

TEST(ViewTest, ItemsSeeTheSameFromTheirFrame) {
  RandomNumbers random(4);
  for (int i = 0; i < 100; ++i) {
    const View view =
        MakeMirroredView(MakeView(RandomCamera(random), kWidth, kHeight), RandomReflector(random));
    const DrawItem item = RandomItem(random);
    const ItemView item_view = MakeItemView(view, item);
    const std::array<float, 3> p = random.Vector(-1, 1);
    const Vec3 world = Transform(item.object_to_world, p);
    ExpectNear(Transform(item_view.to_pixel, p), Transform(view.world_to_pixel, world), kPixels);
    ExpectNear(Transform(item.object_to_world, item_view.eye), view.eye, 1e-5);
    ASSERT_TRUE(item_view.has_clip);
    const auto& c = item_view.clip;
    EXPECT_NEAR(c[0] * p[0] + c[1] * p[1] + c[2] * p[2] + c[3], Distance(*view.clip, world),
                10 * kSingle);
  }
}

TEST(ViewTest, FacesTurnInMirrorsAndWhereBacksAreShown) {
  const View view = MakeView(Camera(), kWidth, kHeight);
  const View mirrored = MakeMirroredView(view, {.normal = {0, 0, 1}});
  DrawItem item = ItemOf({});
  EXPECT_FALSE(MakeItemView(view, item).has_clip);
  EXPECT_FALSE(MakeItemView(view, item).flips_faces);
  EXPECT_FALSE(MakeItemView(view, item).shows_back);
  EXPECT_TRUE(MakeItemView(mirrored, item).flips_faces);
  item.culls_front = true;
  EXPECT_TRUE(MakeItemView(view, item).flips_faces);
  EXPECT_TRUE(MakeItemView(view, item).shows_back);
  EXPECT_FALSE(MakeItemView(mirrored, item).flips_faces);
}

}  // namespace
}  // namespace libero
