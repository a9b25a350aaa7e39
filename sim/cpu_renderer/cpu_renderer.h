#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sim/cpu_renderer/frame_painter.h"
#include "sim/cpu_renderer/scene_data.h"
#include "sim/renderer.h"
#include "sim/snapshot_scene.h"

namespace libero {

// Draws without OpenGL what GlRenderer draws with it, to a few units of 255; see README.md. The
// same snapshot gives the same bytes on every machine.
class CpuRenderer : public Renderer {
 public:
  // Called by Render and Redraw for each frame that lacks something, with what it is, e.g.
  // "shadows"; may be empty.
  using OnUnsupported = std::function<void(const std::string& what)>;

  // Takes some ms. The data's model must outlive it. Frames are drawn by `num_threads` ≥ 1 threads.
  explicit CpuRenderer(std::shared_ptr<const SceneData> data, OnUnsupported on_unsupported = {},
                       int num_threads = 1);

  void Render(const Snapshot& snapshot, int camera_id, Image& image) override;

  // A history takes 0.3 MB at 256×256 pixels.
  void Redraw(const Snapshot& snapshot, int camera_id, Image& image,
              std::unique_ptr<FrameHistory>& history) override;

  void RenderGeometry(const Snapshot& snapshot, int camera_id, GeometryImage& image) override;

  // "CPU rasteriser, AVX3": with the instruction set's name in the library Highway.
  [[nodiscard]] std::string description() const override;

 private:
  void UpdateList(const Snapshot& snapshot, int camera_id);

  std::shared_ptr<const SceneData> data_;
  OnUnsupported on_unsupported_;
  SnapshotScene scene_;
  DrawList list_;
  std::string unsupported_;
  FramePainter painter_;
};

}  // namespace libero
