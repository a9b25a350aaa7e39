#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sim/model.h"
#include "sim/observation.h"
#include "sim/snapshot.h"

namespace libero {

// Draws pictures of one scene's worlds. May be used by one thread after another, by none at the
// same time as another.
class Renderer {
 public:
  virtual ~Renderer() = default;

  // Draws what camera `camera_id` of the model sees, `image.width` × `image.height` pixels (> 0),
  // into `image.rgb`, with the scene's visible geoms (group 1) and without its collision geoms
  // (group 0), as LIBERO's observations are drawn. The snapshot must be of a world of the model.
  // Throws Error if the device fails.
  virtual void Render(const Snapshot& snapshot, int camera_id, Image& image) = 0;

  // What draws, for records: e.g. "OSMesa, llvmpipe (LLVM 15.0.6, 256 bits), OpenGL 4.5
  // Mesa 22.3.6".
  [[nodiscard]] virtual std::string description() const = 0;
};

struct RendererOptions {
  std::string name = "gl";    // "egl", "osmesa", or "gl": EGL if it can draw, else OSMesa
  std::optional<int> device;  // CUDA index of the GPU that draws; without: the first that can
};

// Makes a renderer for the model, which must outlive it. Uploads meshes and textures: 0.7–1.5 s
// with Mesa. Throws Error for an unknown name, for a device that EGL does not have, and if nothing
// on this machine can draw. In one process, use either EGL or OSMesa: see BindMujocoTo.
std::unique_ptr<Renderer> MakeRenderer(const RendererOptions& options, const mjModel& model);

// The largest width and height of a frame.
inline constexpr int kMaxFrameSize = 4096;

// Throws Error for a renderer that there is not, whatever this machine has.
void CheckRendererName(const std::string& name);

// Throws what MakeRenderer would, as far as that can be told in a few ms without drawing.
void CheckRenderer(const RendererOptions& options);

// The camera's id; throws Error that names the nearest camera and lists all.
int FindCamera(const mjModel& model, const std::string& name);

// Throws Error unless width and height are in [1, 4096].
void CheckFrameSize(const FrameSpec& frame);

// The same, and unless the camera exists.
void CheckFrame(const mjModel& model, const FrameSpec& frame);

}  // namespace libero
