#pragma once

#include <memory>
#include <vector>

#include "sim/base/thread_pool.h"
#include "sim/cpu_renderer/draw_list.h"
#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/observation.h"

namespace libero {

// The last frame of a fixed camera, so that the next one can be drawn faster; see
// FramePainter::Repaint. A picture and its list of items: 0.3 MB at 256×256.
struct PaintedFrame {
  Image image;  // width 0: none yet
  DrawList list;
};

// Draws pictures of scenes without a GPU: geometry, visibility, shading and resolve, in this order,
// each in a file of its own. Holds the memory that these stages need, some MB a thread, and nothing
// that outlives a call. For one caller at a time.
class FramePainter {
 public:
  // Pictures are cut to bands that are drawn by `num_threads` ≥ 1 threads (CHECK), the caller's
  // among them. The bytes do not depend on their number.
  explicit FramePainter(int num_threads = 1);
  ~FramePainter();

  // Draws the whole picture of `image.width` × `image.height` pixels (> 0).
  void Paint(const DrawList& list, Image& image);

  // The same bytes as Paint(), but only those blocks of pixels are drawn that what moved, came,
  // went or changed colour since `last` may touch; `last` becomes this frame. All of it is drawn if
  // the camera, the lights or the size are other ones.
  void Repaint(const DrawList& list, PaintedFrame& last, Image& image);

  // Which geom each pixel's centre sees, and how far it is.
  void PaintGeometry(const DrawList& list, GeometryImage& image);

 private:
  struct Band;

  void PaintBlocks(const DrawList& list, Image& image);

  std::vector<std::unique_ptr<Band>> bands_;  // (threads)
  BlockMask mask_;                            // what is to be drawn
  std::vector<DrawItem> items_;               // of PaintGeometry
  std::unique_ptr<ThreadPool> threads_;       // null: the caller's only
};

}  // namespace libero
