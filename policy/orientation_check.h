#pragma once

#include <array>
#include <span>

#include "sim/observation.h"

namespace libero {

// A picture in 8x8 mean colours: (8, 8, 3), rows in the picture's order.
using Thumbnail = std::array<float, 8 * 8 * 3>;
[[nodiscard]] Thumbnail MakeThumbnail(const Image& image);

// How much a picture, and with its rows in reverse, looks like the most similar of some pictures:
// the correlation of their colours, -1..1. Whether it is mirrored does not count: things may stand
// on either side, and in LIBERO-PRO they do.
struct OrientationFits {
  double upright = 0;
  double upside_down = 0;
};
[[nodiscard]] OrientationFits FitOrientations(const Image& image,
                                              std::span<const Thumbnail> references);

// What networks see of LIBERO's five workspaces through the camera "agentview", the frame turned by
// 180° as in ImageTransform. Made by tests/golden/libero_views.py.
[[nodiscard]] std::span<const Thumbnail> LiberoViews();

// Throws Error if a picture of that camera, the frame turned by 180°, stands on its head: upside
// down it fits by 0.5 at least, and better by 0.1. In first pictures of LIBERO's 130 tasks
// "upright" is ahead by 0.32 or more, so an error is found and there is no false alarm. A picture
// that nothing fits passes: it is of something else. Cannot find a picture that is mirrored.
void CheckOrientation(const Image& turned_frame);

}  // namespace libero
