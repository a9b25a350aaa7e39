#pragma once

#include <memory>
#include <span>
#include <vector>

#include "policy/image_transform.h"
#include "sim/base/thread_pool.h"

namespace libero {

// ImageTransform for many frames at a time, in threads. One thread calls it.
class FramePipeline {
 public:
  // `num_threads` ≥ 1; with 1, the caller's thread does the work. Throws Error for less, or as
  // ImageTransform does.
  FramePipeline(const ImageTransformOptions& options, int num_threads);

  // One picture for each frame. Throws what ImageTransform throws for the first that fails.
  [[nodiscard]] std::vector<Image> Apply(std::span<const Image* const> frames);

 private:
  ImageTransform transform_;
  std::unique_ptr<ThreadPool> workers_;  // null with one thread
};

}  // namespace libero
