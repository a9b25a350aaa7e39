#include "tasks/experts/box.h"

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "tests/tasks/experts/random_geometry.h"

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kRounding = 1e-9;      // m or rad; numbers here are about 1
constexpr double kTouching = 1e-3;      // m; what Distance is off by at most where boxes touch
constexpr int kManyProjections = 5000;  // for boxes that touch at flat angles
constexpr int kNumPairs = 500;

std::array<Vector3d, 8> Corners(const Box& box) {
  std::array<Vector3d, 8> corners;
  for (int i = 0; i < 8; ++i) {
    const Vector3d signs((i & 1) != 0 ? 1 : -1, (i & 2) != 0 ? 1 : -1, (i & 4) != 0 ? 1 : -1);
    corners[static_cast<size_t>(i)] = box.pose * signs.cwiseProduct(box.half);
  }
  return corners;
}

Vector3d NearestIn(const Box& box, const Vector3d& point) {
  return box.pose * Vector3d((box.pose.Inverse() * point).cwiseMax(-box.half).cwiseMin(box.half));
}

// Between two boxes, by projecting a point on one and the other in turns: never less than the true
// distance, which it comes down to.
double Distance(const Box& a, const Box& b, int num_projections = 100) {
  Vector3d in_a = a.pose.p;
  Vector3d in_b = b.pose.p;
  for (int i = 0; i < num_projections; ++i) {
    in_b = NearestIn(b, in_a);
    in_a = NearestIn(a, in_b);
  }
  return (in_a - in_b).norm();
}

Box Moved(const Box& box, const Vector3d& way) {
  return {{box.pose.p + way, box.pose.R}, box.half};
}

Box Cube(const Vector3d& centre) {
  return {{centre, Matrix3d::Identity()}, Vector3d::Constant(0.5)};
}

TEST(PoseTest, InverseUndoes) {
  CounterRandom random("poses");
  for (int i = 0; i < 20; ++i) {
    const Pose X = {RandomVector(random, 1), RandomRotation(random, 3)};
    const Vector3d point = RandomVector(random, 1);
    EXPECT_LT((X.Inverse() * (X * point) - point).norm(), kRounding);
    EXPECT_LT(((X * X.Inverse()).R - Matrix3d::Identity()).norm(), kRounding);
    EXPECT_LT((X * X.Inverse()).p.norm(), kRounding);
  }
}

TEST(RotationTest, VectorsAreAxisTimesAngle) {
  CounterRandom random("rotations");
  for (int i = 0; i < 50; ++i) {
    const Vector3d axis = RandomVector(random, 1).normalized();
    const double angle = random.Uniform(0.001, std::numbers::pi - 0.001);
    const Matrix3d R = Eigen::AngleAxisd(angle, axis).toRotationMatrix();
    EXPECT_LT((RotationVector(R) - angle * axis).norm(), kRounding);
  }
  EXPECT_EQ(RotationVector(Matrix3d::Identity()).norm(), 0);
}

TEST(RotationTest, YawTurnsAboutTheVertical) {
  for (const double angle : {-3.0, -0.2, 0.0, 1.5}) {
    EXPECT_LT((RotationVector(Yaw(angle)) - Vector3d(0, 0, angle)).norm(), kRounding);
  }
}

TEST(BoxTest, ReachIsThatOfTheFarthestCorner) {
  CounterRandom random("reaches");
  for (int i = 0; i < 50; ++i) {
    const Box box = RandomBox(random, 1);
    const Vector3d direction = RandomVector(random, 1).normalized();
    double farthest = 0;
    double highest = -INFINITY;
    for (const Vector3d& corner : Corners(box)) {
      farthest = std::max(farthest, direction.dot(corner - box.pose.p));
      highest = std::max(highest, corner.z());
    }
    EXPECT_NEAR(box.Reach(direction), farthest, kRounding);
    EXPECT_NEAR(box.top(), highest, kRounding);
    EXPECT_NEAR(box.bottom(), 2 * box.pose.p.z() - highest, kRounding);
  }
}

TEST(BoxTest, GrowsOnAllSides) {
  const Box box = Grown(Cube({1, 2, 3}), 0.25);
  EXPECT_EQ(box.half, Vector3d::Constant(0.75));
  EXPECT_EQ(box.pose.p, Vector3d(1, 2, 3));
}

TEST(BoundingBoxTest, IsTheSmallestThatHoldsAllCorners) {
  CounterRandom random("bounding boxes");
  for (int i = 0; i < 30; ++i) {
    const std::array<Box, 3> boxes = {RandomBox(random, 1), RandomBox(random, 1),
                                      RandomBox(random, 1)};
    const Box hull = BoundingBox(boxes, RandomRotation(random, 3));
    Vector3d low = Vector3d::Constant(INFINITY);
    Vector3d high = -low;
    for (const Box& box : boxes) {
      for (const Vector3d& corner : Corners(box)) {
        const Vector3d inside = hull.pose.Inverse() * corner;
        low = low.cwiseMin(inside);
        high = high.cwiseMax(inside);
      }
    }
    EXPECT_LT((high - hull.half).norm(), kRounding);
    EXPECT_LT((low + hull.half).norm(), kRounding);
  }
}

TEST(BoundingBoxTest, LowestAndHighestPoints) {
  const std::vector<Box> boxes = {Cube({0, 0, 3}), Cube({0, 0, -1}), Cube({0, 0, 1})};
  EXPECT_EQ(Bottom(boxes), -1.5);
  EXPECT_EQ(Top(boxes), 3.5);
}

// Whether boxes are apart on the whole way, but for its end.
bool IsFree(const Box& moving, const Vector3d& way, const Box& fixed) {
  constexpr int kNumSamples = 20;
  for (int i = 0; i < kNumSamples; ++i) {
    if (Distance(Moved(moving, way * i / kNumSamples), fixed) < kRounding) return false;
  }
  return true;
}

TEST(SweepTest, MeetsWhereTheDistanceEnds) {
  CounterRandom random("sweeps");
  int num_met = 0;
  for (int i = 0; i < kNumPairs; ++i) {
    const Box moving = RandomBox(random, 0.3);
    const Box fixed = RandomBox(random, 0.1);
    const Vector3d path = RandomVector(random, 0.3) - 1.5 * moving.pose.p;  // about that way
    const std::optional<double> met = Sweep(moving, path, fixed);
    EXPECT_TRUE(met == 0 || IsFree(moving, met.value_or(1) * path, fixed));
    if (!met) continue;
    EXPECT_LT(Distance(Moved(moving, *met * path), fixed, kManyProjections), kTouching);
    ++num_met;
  }
  EXPECT_GT(num_met, kNumPairs / 5);
  EXPECT_LT(num_met, kNumPairs * 4 / 5);
}

TEST(SweepTest, TellsTheFractionOfTheWay) {
  EXPECT_EQ(Sweep(Cube({0, 0, 0}), {4, 0, 0}, Cube({3, 0.5, 0})), 0.5);
  EXPECT_EQ(Sweep(Cube({0, 0, 0}), {4, 0, 0}, Cube({0.5, 0, 0})), 0) << "overlaps at the start";
  EXPECT_EQ(Sweep(Cube({0, 0, 0}), {1, 0, 0}, Cube({3, 0, 0})), std::nullopt) << "ends before";
  EXPECT_EQ(Sweep(Cube({0, 0, 0}), {-4, 0, 0}, Cube({3, 0, 0})), std::nullopt) << "leads away";
}

TEST(SweepTest, WhatTouchesDoesNotOverlap) {
  const Box cube = Cube({0, 0, 0});
  const Box beside = Cube({1, 0, 0});
  EXPECT_FALSE(Overlap(cube, beside));
  EXPECT_EQ(Sweep(cube, {0, 0, 3}, beside), std::nullopt) << "along it";
  EXPECT_EQ(Sweep(cube, {-3, 0, 0}, beside), std::nullopt) << "away from it";
  EXPECT_EQ(Sweep(cube, {0.1, 0, 0}, beside), 0) << "into it";
  EXPECT_TRUE(Overlap(cube, Cube({0.999, 0, 0})));
}

// Two edges that cross: no face's direction parts the boxes.
TEST(SweepTest, EdgesThatCrossAreApart) {
  const Matrix3d R = Eigen::AngleAxisd(std::numbers::pi / 4, Vector3d::UnitX()).matrix();
  const Matrix3d S = Eigen::AngleAxisd(std::numbers::pi / 4, Vector3d::UnitY()).matrix();
  const double apart = 2 * std::sqrt(0.5);
  const Box below = {{Vector3d::Zero(), R}, Vector3d::Constant(0.5)};
  const auto above = [&](double z) {
    return Box{{{0, 0, z}, S}, Vector3d::Constant(0.5)};
  };
  EXPECT_FALSE(Overlap(below, above(apart + 0.001)));
  EXPECT_TRUE(Overlap(below, above(apart - 0.001)));
}

TEST(OverlapTest, IsSymmetric) {
  CounterRandom random("overlaps");
  int num_overlaps = 0;
  for (int i = 0; i < kNumPairs; ++i) {
    const Box a = RandomBox(random, 0.1);
    const Box b = RandomBox(random, 0.1);
    EXPECT_EQ(Overlap(a, b), Overlap(b, a));
    num_overlaps += Overlap(a, b) ? 1 : 0;
  }
  EXPECT_GT(num_overlaps, kNumPairs / 5);
  EXPECT_LT(num_overlaps, kNumPairs * 4 / 5);
}

TEST(FirstContactTest, IsTheNearestOfAll) {
  const std::vector<Box> moving = {Cube({0, 0, 0}), Cube({0, 0, 1})};
  const std::vector<Box> fixed = {Cube({5, 0, 0}), Cube({3, 0, 1}), Cube({2, 8, 0})};
  const std::optional<Contact> contact = FirstContact(moving, {8, 0, 0}, fixed);
  ASSERT_TRUE(contact);
  EXPECT_EQ(contact->fixed_index, 1);
  EXPECT_EQ(contact->fraction, 0.25);
  EXPECT_TRUE(Collide(moving, {8, 0, 0}, fixed));
  EXPECT_FALSE(FirstContact(moving, {0, 0, 8}, fixed));
  EXPECT_FALSE(Collide(moving, {0, 0, 8}, fixed));
}

}  // namespace
}  // namespace libero
