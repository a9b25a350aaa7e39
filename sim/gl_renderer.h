#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/gl_context.h"
#include "sim/renderer.h"

namespace libero {

// Draws through MuJoCo's own OpenGL renderer, with the options that robosuite sets: on the same GL
// library, frames equal those of the Python stack byte by byte. Geoms and sites of the snapshot are
// drawn; skins, flexes and tendons, of which LIBERO has none, are not.
// source: robosuite@1.4.0:robosuite/utils/binding_utils.py (MjRenderContext)
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

  [[nodiscard]] std::string description() const override { return context_->description(); }

 private:
  struct MujocoParts;  // mjvScene and mjrContext

  void CopyPoses(const Snapshot& snapshot);

  std::unique_ptr<GlContext> context_;
  mjModel model_;  // the shared one's struct, pointing at the array below
  std::vector<float> site_rgba_;
  MjDataPtr data_;  // only poses are ever set
  std::unique_ptr<MujocoParts> mujoco_;
};

}  // namespace libero
