#pragma once

#include <memory>
#include <string>

#include "sim/model.h"
#include "sim/observation.h"
#include "sim/snapshot.h"

namespace libero {

// What a renderer remembers of a picture to draw the next one faster; see Renderer::Redraw.
class FrameHistory {
 public:
  virtual ~FrameHistory() = default;
};

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

  // The same picture, byte by byte, drawn faster where the camera stands still and little has moved
  // since the picture that `history` is of. `history` belongs to a sequence of pictures, each of
  // which it is given to: null at first, and then what this function made it. One of another
  // renderer, model, camera or size is no error; all is drawn then. This one draws all always.
  virtual void Redraw(const Snapshot& snapshot, int camera_id, Image& image,
                      std::unique_ptr<FrameHistory>& history);

  // What the centre of each pixel sees, `image.width` × `image.height` (> 0), into the image's
  // arrays. Transparent geoms are seen as opaque ones are; those with an alpha of 0 and less,
  // LIBERO's hidden sites, are not seen. Throws Error if the device fails.
  virtual void RenderGeometry(const Snapshot& snapshot, int camera_id, GeometryImage& image) = 0;

  // What draws, for records: e.g. "OSMesa, llvmpipe (LLVM 15.0.6, 256 bits), OpenGL 4.5
  // Mesa 22.3.6" or "CPU rasteriser, AVX3".
  [[nodiscard]] virtual std::string description() const = 0;
};

// The largest width and height of a frame.
inline constexpr int kMaxFrameSize = 4096;

// The camera's id; throws Error that names the nearest camera and lists all.
int FindCamera(const mjModel& model, const std::string& name);

// Throws Error unless width and height are in [1, 4096].
void CheckFrameSize(const FrameSpec& frame);

// The same, and unless the camera exists.
void CheckFrame(const mjModel& model, const FrameSpec& frame);

}  // namespace libero
