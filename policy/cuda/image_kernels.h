#pragma once

#include <cstddef>
#include <cstdint>

// The door between the program and the shared object with its CUDA kernels, which is only there
// where nvcc was, and only loaded where a GPU is asked for: plain structs and functions of C, no
// exceptions. Users want policy/cuda_image_transform.h.
namespace libero {

// Raised whenever something below changes.
inline constexpr int kImageKernelsVersion = 1;

// Everything that the kernels look up, computed by the CPU's path. The arrays are copied.
struct ImageKernelSettings {
  int device = 0;
  int frame_size = 0;  // a multiple of 16 if jpeg_quality > 0
  int size = 0;
  int jpeg_quality = 0;  // 0: none

  int num_weights = 0;                  // of each span, zeros behind
  const int* span_begins = nullptr;     // (size)
  const float* span_weights = nullptr;  // (size, num_weights)

  const int* taps_below = nullptr;       // (size); null: no crop
  const int* taps_above = nullptr;       // (size)
  const float* taps_fraction = nullptr;  // (size)

  int num_channels = 0;                // 3 for each scale
  const float* byte_values = nullptr;  // (num_channels, 256)
};

struct ImageKernelError {
  char message[256] = "";
};

class ImageKernels;

extern "C" {

// The functions are called Libero... as these types, without "Function". Each returns 0, or another
// number (or null) and what went wrong.
using ImageKernelsVersionFunction = int();
using CountDevicesFunction = int(int* count, ImageKernelError* error);
using MakeImageKernelsFunction = ImageKernels*(const ImageKernelSettings* settings,
                                               ImageKernelError* error);
using DeleteImageKernelsFunction = void(ImageKernels* kernels);

// `frames` (num_frames) point to (frame_size, frame_size, 3) bytes in the CPU's memory, `pixels` to
// (num_frames, num_channels, size, size) in the GPU's; `stream` is a cudaStream_t.
using ApplyImageKernelsFunction = int(ImageKernels* kernels, const uint8_t* const* frames,
                                      int num_frames, float* pixels, void* stream,
                                      ImageKernelError* error);

// The same with `pixels` in the CPU's memory; waits for the result. `seconds`, if not null, gets
// the time of the kernels alone.
using ApplyImageKernelsToHostFunction = int(ImageKernels* kernels, const uint8_t* const* frames,
                                            int num_frames, float* pixels, float* seconds,
                                            ImageKernelError* error);

}  // extern "C"

}  // namespace libero
