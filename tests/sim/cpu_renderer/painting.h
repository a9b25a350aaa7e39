#pragma once

#include <array>
#include <optional>
#include <random>
#include <string>

#include "sim/cpu_renderer/draw_list.h"
#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/scene_data.h"
#include "sim/cpu_renderer/texture_cache.h"
#include "sim/cpu_renderer/view.h"
#include "sim/snapshot_scene.h"
#include "sim/world.h"

namespace libero {

// What tests of the CPU renderer's stages draw.

// A world of an MJCF model, and what its cameras see of it.
class PaintedScene {
 public:
  explicit PaintedScene(const std::string& mjcf) : model_(CompileModel(".", {.text = mjcf})) {}

  [[nodiscard]] World& world() { return world_; }

  // Of the world as it is now.
  [[nodiscard]] DrawList List(int camera_id = 0) {
    world_.Forward();
    Snapshot snapshot;
    TakeSnapshot(world_, snapshot);
    DrawList list;
    std::string unsupported;
    MakeDrawList(scene_.Update(snapshot, camera_id), data_, list, unsupported);
    return list;
  }

 private:
  MjModelPtr model_;
  World world_{*model_};
  TextureCache textures_{std::nullopt};
  SceneData data_{*model_, textures_};
  SnapshotScene scene_{*model_};
};

// A view from the world's origin that sees PointAt(x, y, w) at the pixel (x, y), `w` m away.
inline View PixelView(int width, int height) {
  return {.width = width,
          .height = height,
          .world_to_pixel = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0},
          .near_w = 1.0 / 128};
}
inline std::array<float, 3> PointAt(float x, float y, float w) {
  return {x * w, y * w, -w};
}

// White, and its object frame is the world's.
inline DrawItem ItemOf(const ClusterMesh& mesh) {
  return {.mesh = &mesh,
          .object_to_world = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0},
          .normal_to_world = {1, 0, 0, 0, 1, 0, 0, 0, 1},
          .rgba = {1, 1, 1, 1}};
}

inline BlockMask WholeMask(int width, int height) {
  BlockMask mask;
  mask.Resize(width, height);
  mask.SetAll();
  return mask;
}

// Numbers that are the same in each run.
class RandomNumbers {
 public:
  explicit RandomNumbers(unsigned seed) : generator_(seed) {}
  float Uniform(float low, float high) {
    return low + (high - low) * static_cast<float>(generator_() >> 8U) * 0x1p-24F;
  }
  int Integer(int low, int high) {  // both included
    return low + static_cast<int>(generator_() % static_cast<unsigned>(high - low + 1));
  }
  std::array<float, 3> Vector(float low, float high) {
    const float x = Uniform(low, high);
    const float y = Uniform(low, high);
    return {x, y, Uniform(low, high)};
  }

 private:
  std::mt19937 generator_;
};

// rows·(p, 1) of a row-major 3×4.
template <typename Rows, typename Vector>
std::array<double, 3> Transform(const Rows& rows, const Vector& p) {
  std::array<double, 3> result{};
  for (size_t i = 0; i < 3; ++i) {
    result[i] = rows[4 * i + 3];
    for (size_t k = 0; k < 3; ++k) result[i] += static_cast<double>(rows[4 * i + k]) * p[k];
  }
  return result;
}

}  // namespace libero
