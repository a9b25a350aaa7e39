#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/observation.h"
#include "sim/renderer.h"
#include "tasks/env.h"

// How near the pictures of two renderers are, and what they are compared over.
namespace libero {

// Of one frame, drawn twice.
struct Parity {
  double psnr_db = 0;             // over all bytes; 99 where they are equal
  int median_difference = 0;      // of bytes, absolute
  double same_segmentation = 1;   // share of pixels with the same geom or site
  double median_depth_error = 0;  // m, over pixels with the same geom or site
};

// Images of the same size.
[[nodiscard]] double PsnrDb(const Image& a, const Image& b);
[[nodiscard]] int MedianDifference(const Image& a, const Image& b);
[[nodiscard]] double SameSegmentation(const GeometryImage& a, const GeometryImage& b);
[[nodiscard]] double MedianDepthError(const GeometryImage& a, const GeometryImage& b);

// A frame by two renderers of one model.
struct FramePair {
  Image a, b;
  GeometryImage geometry_a, geometry_b;
};
[[nodiscard]] FramePair DrawPair(Renderer& a, Renderer& b, const Snapshot& snapshot, int camera_id,
                                 int size);
[[nodiscard]] Parity Compare(const FramePair& frames);

// The first task of each distinct scene among these: those whose MJCF texts are equal share one.
[[nodiscard]] std::vector<Task> DistinctScenes(const std::vector<Task>& tasks);

// What the cameras see in states of a task that are drawn from a stream of that number: after reset
// and init state number `index`, doors, drawers and knobs stand anywhere in their ranges, and the
// arm has moved for ten control steps in a direction of its own.
[[nodiscard]] Snapshot RandomState(const TaskSetup& setup, int index);

// The arm of the state moves by sinusoids of 0.01 rad a frame, as in a rollout; all else rests.
[[nodiscard]] std::vector<Snapshot> MovingArm(const TaskSetup& setup, int num_frames);

// Pictures of one size beside each other.
[[nodiscard]] Image Beside(const std::vector<Image>& images);

// Pictures of one width below each other, the first one on top.
[[nodiscard]] Image Below(const std::vector<Image>& images);

// The absolute difference of each byte, times a factor, at most 255.
[[nodiscard]] Image DifferenceImage(const Image& a, const Image& b, int factor);

}  // namespace libero
