#include "sim/cpu_renderer/culling.h"

#include <cmath>

#include <gtest/gtest.h>

#include "sim/cpu_renderer/tessellation.h"
#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

using Vec3 = std::array<double, 3>;

constexpr int kSize = 64;
constexpr double kMargin = 0.01;  // pixels, of rounding; no sample is so close to a block's edge

// A part of the picture, in blocks.
BlockMask Part(int first_column, int end_column, int first_row, int end_row) {
  BlockMask mask;
  mask.Resize(kSize, kSize);
  mask.ClearAll();
  mask.AddPixels(kBlockSize * first_column, kBlockSize * first_row, kBlockSize * end_column,
                 kBlockSize * end_row);
  return mask;
}

BlockMask RandomPart(RandomNumbers& random) {
  const int column = random.Integer(0, 10);
  const int row = random.Integer(0, 10);
  return Part(column, random.Integer(column + 1, 16), row, random.Integer(row + 1, 16));
}

// A view from around the origin, sometimes in a mirror.
View RandomView(RandomNumbers& random) {
  const float yaw = random.Uniform(-3, 3);
  const View view = MakeView({.position = random.Vector(-1, 1),
                              .forward = {std::cos(yaw), std::sin(yaw), random.Uniform(-1, 1)},
                              .up = {0, 0, 1},
                              .bottom = -0.01F,
                              .top = 0.01F,
                              .near_z = 0.02F,
                              .far_z = 50},
                             kSize, kSize);
  if (random.Integer(0, 1) == 0) return view;
  return MakeMirroredView(view, {.position = random.Vector(-2, 2), .normal = {0.6F, 0, 0.8F}});
}

DrawItem RandomItem(const ClusterMesh& mesh, RandomNumbers& random) {
  DrawItem item = ItemOf(mesh);
  for (size_t i = 0; i < 12; ++i) item.object_to_world[i] += random.Uniform(-0.4F, 0.4F);
  for (const size_t i : {3, 7, 11}) item.object_to_world[i] = random.Uniform(-2.5F, 2.5F);
  item.culls_front = random.Integer(0, 3) == 0;
  return item;
}

// Whether a point of the object frame is seen in the mask's rectangle.
bool IsSeen(const ItemView& view, double near_w, const BlockMask& mask, const Vec3& p) {
  const Vec3 xyw = Transform(view.to_pixel, p);
  const auto& c = view.clip;
  if (xyw[2] < near_w * (1 + 1e-5)) return false;
  if (view.has_clip && c[0] * p[0] + c[1] * p[1] + c[2] * p[2] + c[3] < 1e-5) return false;
  const double x = xyw[0] / xyw[2] / kBlockSize;
  const double y = xyw[1] / xyw[2] / kBlockSize;
  return x > mask.first_column + kMargin && x < mask.end_column - kMargin &&
         y > mask.first_row + kMargin && y < mask.end_row - kMargin;
}

TEST(CullingTest, BoxesThatAreSeenAreNotHidden) {
  RandomNumbers random(1);
  int num_seen = 0;
  int num_hidden = 0;
  for (int i = 0; i < 10000; ++i) {
    const View view = RandomView(random);
    const BlockMask mask = RandomPart(random);
    const ItemView item_view = MakeItemView(view, RandomItem({}, random));
    const std::array<float, 3> min = random.Vector(-2, 0);
    std::array<float, 3> max = min;
    for (float& value : max) value += random.Uniform(0, 2);
    const bool is_hidden = Culling(item_view, view.near_w, mask).HidesBox(min.data(), max.data());
    bool is_seen = false;
    for (int k = 0; k < 200 && !is_seen; ++k) {
      Vec3 p{};
      for (size_t axis = 0; axis < 3; ++axis) {
        p[axis] = min[axis] + random.Uniform(0, 1) * (max[axis] - min[axis]);
        if (k < 8) p[axis] = (k >> axis & 1) != 0 ? max[axis] : min[axis];
      }
      is_seen = IsSeen(item_view, view.near_w, mask, p);
    }
    ASSERT_FALSE(is_seen && is_hidden) << i;
    num_seen += static_cast<int>(is_seen);
    num_hidden += static_cast<int>(is_hidden);
  }
  EXPECT_GT(num_seen, 300);
  EXPECT_GT(num_hidden, 5000);
}

// Whether some point of a triangle that shows the side to be drawn is seen.
bool IsSeen(const ItemView& view, double near_w, const BlockMask& mask,
            const std::array<Vec3, 3>& corners, RandomNumbers& random) {
  Vec3 to_eye{};
  Vec3 b{};
  Vec3 c{};
  for (size_t k = 0; k < 3; ++k) {
    to_eye[k] = view.eye[k] - corners[0][k];
    b[k] = corners[1][k] - corners[0][k];
    c[k] = corners[2][k] - corners[0][k];
  }
  double facing = 0;
  for (size_t k = 0; k < 3; ++k) {
    facing += to_eye[k] * (b[(k + 1) % 3] * c[(k + 2) % 3] - b[(k + 2) % 3] * c[(k + 1) % 3]);
  }
  if ((facing > 0) == view.shows_back) return false;
  for (int i = 0; i < 3; ++i) {
    const double along_b = random.Uniform(0, 1);
    const double along_c = random.Uniform(0, 1) * (1 - along_b);
    Vec3 p{};
    for (size_t k = 0; k < 3; ++k) p[k] = corners[0][k] + along_b * b[k] + along_c * c[k];
    if (IsSeen(view, near_w, mask, p)) return true;
  }
  return false;
}

bool IsSeen(const ItemView& view, double near_w, const BlockMask& mask, const ClusterMesh& mesh,
            const Cluster& cluster, RandomNumbers& random) {
  for (size_t t = 0; t < cluster.num_triangles; ++t) {
    std::array<Vec3, 3> corners{};
    for (size_t k = 0; k < 3; ++k) {
      const size_t p = cluster.first_position + mesh.corner_position[k][cluster.first_triangle + t];
      corners[k] = {mesh.x[p], mesh.y[p], mesh.z[p]};
    }
    if (IsSeen(view, near_w, mask, corners, random)) return true;
  }
  return false;
}

TEST(CullingTest, ClustersThatAreSeenAreNotHidden) {
  const ClusterMesh ball = MakeClusterMesh(TessellateSphere(30, 30));
  const ClusterMesh box = MakeClusterMesh(TessellateBox(3));
  RandomNumbers random(2);
  int num_seen = 0;
  int num_hidden = 0;
  for (int i = 0; i < 3000; ++i) {
    const View view = RandomView(random);
    const BlockMask mask = RandomPart(random);
    const ClusterMesh& mesh = i % 2 == 0 ? ball : box;
    const ItemView item_view = MakeItemView(view, RandomItem(mesh, random));
    const Culling culling(item_view, view.near_w, mask);
    for (const Cluster& cluster : mesh.clusters) {
      const bool is_hidden = culling.Hides(cluster);
      const bool is_seen = IsSeen(item_view, view.near_w, mask, mesh, cluster, random);
      ASSERT_FALSE(is_seen && is_hidden) << i;
      num_seen += static_cast<int>(is_seen);
      num_hidden += static_cast<int>(is_hidden);
    }
  }
  EXPECT_GT(num_seen, 300);
  EXPECT_GT(num_hidden, 30000);
}

// A ball of radius 0.5 around a point of PixelView's world.
struct Ball {
  ClusterMesh mesh = MakeClusterMesh(TessellateSphere(60, 60));
  DrawItem item = ItemOf(mesh);

  explicit Ball(const std::array<float, 3>& center) {
    for (size_t i = 0; i < 3; ++i) {
      item.object_to_world[5 * i] = 0.5F;
      item.object_to_world[4 * i + 3] = center[i];
    }
  }

  // How many of its clusters are hidden; more than all: the box too.
  [[nodiscard]] size_t NumHidden(const View& view, const BlockMask& mask) const {
    const Culling culling(MakeItemView(view, item), view.near_w, mask);
    size_t num = culling.HidesBox(mesh.min, mesh.max) ? 1 : 0;
    for (const Cluster& cluster : mesh.clusters) num += culling.Hides(cluster) ? 1 : 0;
    return num;
  }
  [[nodiscard]] size_t all() const { return mesh.clusters.size() + 1; }
};

TEST(CullingTest, HidesWhatIsOutside) {
  const View view = PixelView(kSize, kSize);
  const BlockMask whole = WholeMask(kSize, kSize);
  const auto hides = [&](const std::array<float, 3>& center) {
    const Ball ball(center);
    return ball.NumHidden(view, whole) == ball.all();
  };
  EXPECT_TRUE(hides(PointAt(32, 32, -5))) << "behind the eye";
  EXPECT_TRUE(hides(PointAt(-136, 32, 1))) << "left";
  EXPECT_TRUE(hides(PointAt(200, 32, 1))) << "right";
  EXPECT_TRUE(hides(PointAt(32, -136, 1))) << "below";
  EXPECT_TRUE(hides(PointAt(32, 200, 1))) << "above";
  EXPECT_FALSE(hides(PointAt(32, 32, 1)));
}

TEST(CullingTest, HidesWhatIsOutsideOfTheMask) {
  const View view = PixelView(kSize, kSize);
  const Ball ball(PointAt(20, 20, 20));  // a pixel or so
  EXPECT_LT(ball.NumHidden(view, Part(5, 6, 5, 6)), ball.all());
  EXPECT_EQ(ball.NumHidden(view, Part(6, 9, 4, 6)), ball.all()) << "right";
  EXPECT_EQ(ball.NumHidden(view, Part(2, 4, 4, 6)), ball.all()) << "left";
  EXPECT_EQ(ball.NumHidden(view, Part(4, 6, 6, 9)), ball.all()) << "above";
  EXPECT_EQ(ball.NumHidden(view, Part(4, 6, 2, 4)), ball.all()) << "below";
}

TEST(CullingTest, HidesWhatIsBehindTheMirror) {
  const View view = MakeMirroredView(PixelView(kSize, kSize), {.normal = {0, 0, 1}});
  const Ball behind({32 * 5, 32 * 5, -5});
  const Ball in_front({32 * 5, 32 * 5, 5});
  const BlockMask whole = WholeMask(kSize, kSize);
  EXPECT_EQ(behind.NumHidden(view, whole), behind.all());
  EXPECT_LT(in_front.NumHidden(view, whole), in_front.all());
}

TEST(CullingTest, HidesTheBackUnlessItIsShown) {
  const View view = PixelView(kSize, kSize);
  Ball ball({32 * 5, 32 * 5, -5});
  const BlockMask whole = WholeMask(kSize, kSize);
  EXPECT_GT(ball.NumHidden(view, whole), ball.all() / 3);
  ball.item.culls_front = true;
  EXPECT_EQ(ball.NumHidden(view, whole), 0);
}

}  // namespace
}  // namespace libero
