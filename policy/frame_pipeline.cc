#include "policy/frame_pipeline.h"

#include <fmt/format.h>

#include <exception>

#include "sim/base/check.h"

namespace libero {

FramePipeline::FramePipeline(const ImageTransformOptions& options, int num_threads)
    : transform_(options) {
  if (num_threads < 1) {
    throw Error(fmt::format("{} threads for images, expected at least 1", num_threads));
  }
  if (num_threads > 1) workers_ = std::make_unique<ThreadPool>(num_threads);
}

std::vector<Image> FramePipeline::Apply(std::span<const Image* const> frames) {
  std::vector<Image> images(frames.size());
  std::vector<std::exception_ptr> errors(frames.size());
  const auto transform = [&](size_t i) {
    try {
      images[i] = transform_.Apply(*frames[i]);
    } catch (const Error&) {
      errors[i] = std::current_exception();
    }
  };
  for (size_t i = 0; i < frames.size(); ++i) {
    if (workers_ == nullptr) {
      transform(i);
    } else {
      workers_->Submit([&transform, i] { transform(i); });
    }
  }
  if (workers_ != nullptr) workers_->Wait();
  for (const std::exception_ptr& error : errors) {
    if (error != nullptr) std::rethrow_exception(error);
  }
  return images;
}

}  // namespace libero
