#include "viewer/camera.h"

#include <cmath>

#include <gtest/gtest.h>

namespace libero {
namespace {

constexpr double kTolerance = 1e-9;  // rounding of some dozen operations on numbers near 1

TEST(CameraTest, LooksAtItsPointInTheMiddleOfThePicture) {
  FreeCamera camera;
  camera.look_at = {0.3, -0.2, 1.1};
  camera.Turn(0.13, -0.2);
  camera.Zoom(3);
  const auto point = Project(camera.pose(45), 1.5, camera.look_at);
  ASSERT_TRUE(point);
  EXPECT_NEAR(point->x, 0.5, kTolerance);
  EXPECT_NEAR(point->y, 0.5, kTolerance);
}

TEST(CameraTest, RaysLeadBackToWhatWasProjected) {
  FreeCamera camera;
  const CameraPose pose = camera.pose(60);
  const PicturePoint point = {0.8, 0.3};
  const std::array<double, 3> ray = Ray(pose, 1.3, point);
  EXPECT_NEAR(std::hypot(ray[0], ray[1], ray[2]), 1, kTolerance);
  std::array<double, 3> far{};
  for (size_t i = 0; i < 3; ++i) far[i] = pose.pos[i] + 2.5 * ray[i];
  const auto again = Project(pose, 1.3, far);
  ASSERT_TRUE(again);
  EXPECT_NEAR(again->x, point.x, kTolerance);
  EXPECT_NEAR(again->y, point.y, kTolerance);
  for (size_t i = 0; i < 3; ++i) far[i] = pose.pos[i] - 2.5 * ray[i];
  EXPECT_FALSE(Project(pose, 1.3, far)) << "behind the camera";
}

TEST(CameraTest, MovesWithTheMouse) {
  FreeCamera camera;
  const std::array<double, 3> seen = camera.look_at;
  camera.Move(0.25, -0.1);  // of the picture's height
  const auto point = Project(camera.pose(45), 1, seen);
  ASSERT_TRUE(point);
  EXPECT_NEAR(point->x, 0.75, kTolerance);
  EXPECT_NEAR(point->y, 0.4, kTolerance);
}

TEST(CameraTest, AxesArePerpendicularAndUpIsUp) {
  FreeCamera camera;
  camera.Turn(2.3, 0.7);
  const CameraPose pose = camera.pose(45);
  for (size_t i = 0; i < 3; ++i) {
    for (size_t j = 0; j < 3; ++j) {
      double dot = 0;
      for (size_t k = 0; k < 3; ++k) dot += pose.mat[3 * k + i] * pose.mat[3 * k + j];
      EXPECT_NEAR(dot, i == j ? 1 : 0, kTolerance);
    }
  }
  EXPECT_NEAR(pose.mat[6], 0, kTolerance) << "the horizon is level";
  EXPECT_GT(pose.mat[7], 0);
}

}  // namespace
}  // namespace libero
