#pragma once

#include <memory>
#include <string>

#include "sim/gl_context.h"
#include "sim/renderer.h"
#include "sim/snapshot_scene.h"

namespace libero {

// Draws a SnapshotScene through MuJoCo's own OpenGL renderer: on the same GL library, frames equal
// those of the Python stack byte by byte.
class GlRenderer : public Renderer {
 public:
  // Uploads meshes and textures into the context; see MakeRenderer. Throws Error if MuJoCo cannot
  // draw in it (see BindMujocoTo).
  GlRenderer(std::unique_ptr<GlContext> context, const mjModel& model);
  ~GlRenderer() override;

  // Leaves no context current in the calling thread. A frame larger than any before (640×480 at
  // first) makes the buffers grow, which stay so: 60 bytes a pixel. Throws Error for sizes that the
  // driver does not take, and for errors of the driver; a later frame may succeed.
  void Render(const Snapshot& snapshot, int camera_id, Image& image) override;

  // By MuJoCo's segmentation, without multisampling.
  void RenderGeometry(const Snapshot& snapshot, int camera_id, GeometryImage& image) override;

  [[nodiscard]] std::string description() const override { return context_->description(); }

 private:
  class MjrContext;

  std::unique_ptr<GlContext> context_;
  SnapshotScene scene_;
  std::unique_ptr<MjrContext> mjr_;
};

}  // namespace libero
