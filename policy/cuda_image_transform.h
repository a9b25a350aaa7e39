#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "policy/cuda/image_kernels.h"
#include "policy/image_transform.h"

namespace libero {

// The shared object with the kernels, beside the program: lib/libero_image_kernels.so. It is built
// where nvcc is.
[[nodiscard]] std::filesystem::path DefaultKernelLibrary();

// ImageTransform and NormalizeImage on a GPU, from frames as cameras make them: the same numbers,
// bit by bit, JPEG included. One thread at a time.
class CudaImageTransform {
 public:
  // Throws Error if the library cannot be loaded, there is no such GPU, or options are out of range
  // (CanDo).
  CudaImageTransform(const ImageTransformOptions& options, std::span<const ChannelScale> scales,
                     int device, const std::filesystem::path& library = DefaultKernelLibrary());
  ~CudaImageTransform();
  CudaImageTransform(const CudaImageTransform&) = delete;
  CudaImageTransform& operator=(const CudaImageTransform&) = delete;

  // Queues the work for `frames` (B) on `stream`, a cudaStream_t or null for the default one, to
  // write `pixels` (B, 3 scales, size, size) f32 in the GPU's memory. The frames may go as soon as
  // it returns. Throws Error if a frame has another size or the GPU fails.
  void Apply(std::span<const Image* const> frames, float* pixels, void* stream);

  // The same to the CPU's memory, and waits for it. Returns the time of the kernels, in seconds.
  double ApplyToHost(std::span<const Image* const> frames, std::span<float> pixels);

  // Whether it can do this: with JPEG, frame sizes are multiples of 16.
  [[nodiscard]] static bool CanDo(const ImageTransformOptions& options);

  // How many GPUs there are; 0 too if the library cannot be loaded or there is no driver.
  [[nodiscard]] static int CountDevices(
      const std::filesystem::path& library = DefaultKernelLibrary());

 private:
  class Library;
  [[nodiscard]] std::vector<const uint8_t*> CheckedFrames(
      std::span<const Image* const> frames) const;

  ImageTransformOptions options_;
  size_t num_channels_;
  std::unique_ptr<Library> library_;
  ImageKernels* kernels_ = nullptr;
};

}  // namespace libero
