#include <cuda_runtime.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "policy/cuda/image_kernels.h"
#include "policy/cuda/image_steps.h"

// Five kernels, one thread for each block, pixel or byte: they take some tens of microseconds for a
// batch, less than the network's first layer. Compiled without fused multiply-adds, so that results
// are the CPU's, bit by bit.
namespace libero {
namespace {

using image_steps::Component;
using image_steps::JpegTable;
using image_steps::Pixels;
using image_steps::Planes;
using image_steps::Spans;

constexpr unsigned kThreads = 128;  // of a block

// Stays inside the shared object: the functions at the end catch it.
void Check(cudaError_t status, const char* what) {
  if (status != cudaSuccess) {
    throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(status));
  }
}

template <typename T>
class DeviceArray {
 public:
  DeviceArray() = default;
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  // What was in it is lost if it grows.
  void Resize(size_t count) {
    if (count <= count_) return;
    cudaFree(data_);
    data_ = nullptr;
    count_ = 0;
    Check(cudaMalloc(&data_, count * sizeof(T)), "allocate on the GPU");
    count_ = count;
  }
  [[nodiscard]] T* data() const { return data_; }

 private:
  T* data_ = nullptr;
  size_t count_ = 0;
};

// Makes a device the current one of this thread, and then that which was.
class DeviceScope {
 public:
  explicit DeviceScope(int device) {
    Check(cudaGetDevice(&previous_), "find a GPU");
    Check(cudaSetDevice(device), "use the GPU");
  }
  ~DeviceScope() { cudaSetDevice(previous_); }
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  int previous_ = 0;
};

// What kernels know of a batch. Pointers are to the GPU's memory.
struct Batch {
  int num_frames = 0;
  int frame_size = 0;
  int size = 0;
  const uint8_t* frames = nullptr;  // (B, frame_size, frame_size, 3) as cameras make them
  const JpegTable* jpeg = nullptr;  // (3), or null
  uint8_t* planes = nullptr;        // (B, 3/2 frame_size²): brightness, then both colours
  uint8_t* decoded = nullptr;       // (B, frame_size, frame_size, 3)
  float* rows = nullptr;            // (B, size, frame_size, 3)
  uint8_t* resized = nullptr;       // (B, size, size, 3)
  Spans spans;
  const int* taps_below = nullptr;       // (size), or null
  const int* taps_above = nullptr;       // (size)
  const float* taps_fraction = nullptr;  // (size)
  int num_channels = 0;
  const float* byte_values = nullptr;  // (num_channels, 256)
  float* pixels = nullptr;             // (B, num_channels, size, size)

  __host__ __device__ size_t frame_bytes() const { return size_t{3} * frame_size * frame_size; }
  __host__ __device__ size_t plane_bytes() const { return frame_bytes() / 2; }
};

__device__ size_t ThreadIndex() {
  return static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

__device__ uint8_t* PlaneOf(const Batch& batch, int frame, Component component) {
  const size_t area = static_cast<size_t>(batch.frame_size) * batch.frame_size;
  uint8_t* const planes = batch.planes + frame * batch.plane_bytes();
  return component == image_steps::kLuma   ? planes
         : component == image_steps::kBlue ? planes + area
                                           : planes + area + area / 4;
}

// One thread a block of 8x8; those of one component are neighbours.
__global__ void CodeBlocks(Batch batch) {
  const int luma_side = batch.frame_size / 8;
  const int num_luma = luma_side * luma_side;
  const int num_blocks = num_luma + num_luma / 2;
  const size_t thread = ThreadIndex();
  const int frame = static_cast<int>(thread / num_blocks);
  if (frame >= batch.num_frames) return;

  int index = static_cast<int>(thread % num_blocks);
  const Component component = index < num_luma                  ? image_steps::kLuma
                              : index < num_luma + num_luma / 4 ? image_steps::kBlue
                                                                : image_steps::kRed;
  if (component != image_steps::kLuma) index = (index - num_luma) % (num_luma / 4);
  const int side = component == image_steps::kLuma ? luma_side : luma_side / 2;
  const int left = index % side * 8;
  const int top = index / side * 8;
  const Pixels pixels = {batch.frames + frame * batch.frame_bytes(), batch.frame_size};
  std::array<int, 64> block;
  for (int i = 0; i < 64; ++i) {
    block[i] = image_steps::SampleAt(pixels, component, left + i % 8, top + i / 8);
  }
  image_steps::CodeBlock(block, batch.jpeg[component]);
  uint8_t* const plane = PlaneOf(batch, frame, component);
  for (int i = 0; i < 64; ++i) {
    plane[(top + i / 8) * side * 8 + left + i % 8] = static_cast<uint8_t>(block[i]);
  }
}

// One thread a pixel.
__global__ void DecodePixels(Batch batch) {
  const int side = batch.frame_size;
  const size_t thread = ThreadIndex();
  const size_t area = static_cast<size_t>(side) * side;
  const int frame = static_cast<int>(thread / area);
  if (frame >= batch.num_frames) return;

  const int x = static_cast<int>(thread % area) % side;
  const int y = static_cast<int>(thread % area) / side;
  uint8_t* const out = batch.decoded + thread * 3;
  if (batch.jpeg == nullptr) {
    const Pixels pixels = {batch.frames + frame * batch.frame_bytes(), side};
    for (int c = 0; c < 3; ++c) out[c] = pixels.TurnedAt(x, y)[c];
    return;
  }
  const Planes planes = {PlaneOf(batch, frame, image_steps::kLuma),
                         PlaneOf(batch, frame, image_steps::kBlue),
                         PlaneOf(batch, frame, image_steps::kRed), side};
  image_steps::DecodePixel(planes, x, y, out);
}

// One thread a number of (B, size, frame_size, 3).
__global__ void ResizeRows(Batch batch) {
  const size_t thread = ThreadIndex();
  const int stride = batch.frame_size * 3;
  const size_t row = thread / stride;
  const int frame = static_cast<int>(row / batch.size);
  if (frame >= batch.num_frames) return;

  const uint8_t* const column =
      batch.decoded + frame * batch.frame_bytes() + static_cast<int>(thread % stride);
  batch.rows[thread] =
      image_steps::SumSpan(batch.spans, static_cast<int>(row % batch.size), column, stride);
}

// One thread a byte of (B, size, size, 3).
__global__ void ResizeColumns(Batch batch) {
  const size_t thread = ThreadIndex();
  const size_t row = thread / (batch.size * 3);
  if (row >= static_cast<size_t>(batch.num_frames) * batch.size) return;

  const int column = static_cast<int>(thread % (batch.size * 3));
  const float* const values = batch.rows + row * batch.frame_size * 3 + column % 3;
  batch.resized[thread] =
      image_steps::RoundToByte(image_steps::SumSpan(batch.spans, column / 3, values, 3));
}

// One thread a byte of (B, 3, size, size): crops, and looks it up once for each scale.
__global__ void CropAndNormalize(Batch batch) {
  const size_t thread = ThreadIndex();
  const int side = batch.size;
  const size_t area = static_cast<size_t>(side) * side;
  const int frame = static_cast<int>(thread / (3 * area));
  if (frame >= batch.num_frames) return;

  const int color = static_cast<int>(thread / area % 3);
  const int x = static_cast<int>(thread % area) % side;
  const int y = static_cast<int>(thread % area) / side;
  const uint8_t* const image = batch.resized + frame * 3 * area + color;
  uint8_t byte = image[3 * (y * side + x)];
  if (batch.taps_below != nullptr) {
    const uint8_t* const upper = image + 3 * side * batch.taps_below[y];
    const uint8_t* const lower = image + 3 * side * batch.taps_above[y];
    const int left = 3 * batch.taps_below[x];
    const int right = 3 * batch.taps_above[x];
    byte = image_steps::Interpolate({upper[left], upper[right], lower[left], lower[right]},
                                    batch.taps_fraction[x], batch.taps_fraction[y]);
  }
  float* const out = batch.pixels + frame * batch.num_channels * area + thread % area;
  for (int channel = color; channel < batch.num_channels; channel += 3) {
    out[channel * area] = batch.byte_values[channel * 256 + byte];
  }
}

}  // namespace

// One for each set of settings and GPU. Used by one thread at a time, on any streams.
class ImageKernels {
 public:
  explicit ImageKernels(const ImageKernelSettings& settings);
  ~ImageKernels();

  // Queues the work; the frames are copied before it returns.
  void Apply(const uint8_t* const* frames, int num_frames, float* pixels, cudaStream_t stream);

  // Waits for it, and copies the result.
  float ApplyToHost(const uint8_t* const* frames, int num_frames, float* pixels);

 private:
  [[nodiscard]] Batch PrepareBatch(int num_frames, float* pixels);
  void Upload(const uint8_t* const* frames, int num_frames, cudaStream_t stream);
  void Launch(const Batch& batch, cudaStream_t stream) const;

  int device_;
  Batch batch_;  // what all batches have in common
  DeviceArray<int> span_begins_;
  DeviceArray<float> span_weights_;
  DeviceArray<int> taps_below_;
  DeviceArray<int> taps_above_;
  DeviceArray<float> taps_fraction_;
  DeviceArray<float> byte_values_;
  DeviceArray<JpegTable> jpeg_;
  DeviceArray<uint8_t> frames_;
  DeviceArray<uint8_t> planes_;
  DeviceArray<uint8_t> decoded_;
  DeviceArray<float> rows_;
  DeviceArray<uint8_t> resized_;
  uint8_t* staging_ = nullptr;  // page-locked memory of the CPU
  size_t staging_size_ = 0;
  cudaEvent_t uploaded_ = nullptr;  // the staging memory is free again
  cudaEvent_t launched_ = nullptr;  // the arrays of the batch are
};

namespace {

template <typename T>
void CopyTo(DeviceArray<T>& array, const T* values, size_t count) {
  array.Resize(count);
  Check(cudaMemcpy(array.data(), values, count * sizeof(T), cudaMemcpyHostToDevice),
        "copy to the GPU");
}

// Starts a kernel with at least so many threads. (Not by <<< >>>, which g++ cannot read: tests
// compile this file for the CPU.)
void Start(void (*kernel)(Batch), size_t num_threads, Batch batch, cudaStream_t stream) {
  const auto num_blocks = static_cast<unsigned>((num_threads + kThreads - 1) / kThreads);
  void* arguments[] = {&batch};
  Check(cudaLaunchKernel(kernel, dim3{num_blocks}, dim3{kThreads}, arguments, 0, stream),
        "start a kernel");
}

}  // namespace

ImageKernels::ImageKernels(const ImageKernelSettings& settings) : device_(settings.device) {
  const DeviceScope scope(device_);
  CopyTo(span_begins_, settings.span_begins, settings.size);
  CopyTo(span_weights_, settings.span_weights, settings.size * settings.num_weights);
  CopyTo(byte_values_, settings.byte_values, settings.num_channels * 256);
  if (settings.taps_below != nullptr) {
    CopyTo(taps_below_, settings.taps_below, settings.size);
    CopyTo(taps_above_, settings.taps_above, settings.size);
    CopyTo(taps_fraction_, settings.taps_fraction, settings.size);
  }
  if (settings.jpeg_quality > 0) {
    std::vector<JpegTable> tables;
    for (const Component component : {image_steps::kLuma, image_steps::kBlue, image_steps::kRed}) {
      tables.push_back(image_steps::MakeJpegTable(component, settings.jpeg_quality));
    }
    CopyTo(jpeg_, tables.data(), tables.size());
  }
  batch_.frame_size = settings.frame_size;
  batch_.size = settings.size;
  batch_.jpeg = jpeg_.data();
  batch_.spans = {span_begins_.data(), span_weights_.data(), settings.num_weights,
                  settings.frame_size};
  batch_.taps_below = taps_below_.data();
  batch_.taps_above = taps_above_.data();
  batch_.taps_fraction = taps_fraction_.data();
  batch_.num_channels = settings.num_channels;
  batch_.byte_values = byte_values_.data();
  Check(cudaEventCreateWithFlags(&uploaded_, cudaEventDisableTiming), "make an event");
  Check(cudaEventCreateWithFlags(&launched_, cudaEventDisableTiming), "make an event");
}

ImageKernels::~ImageKernels() {
  if (launched_ != nullptr) cudaEventSynchronize(launched_);
  cudaEventDestroy(launched_);
  cudaEventDestroy(uploaded_);
  cudaFreeHost(staging_);
}

void ImageKernels::Upload(const uint8_t* const* frames, int num_frames, cudaStream_t stream) {
  const size_t frame_bytes = batch_.frame_bytes();
  Check(cudaEventSynchronize(uploaded_), "wait for the GPU");
  if (staging_size_ < num_frames * frame_bytes) {
    cudaFreeHost(staging_);
    staging_ = nullptr;
    staging_size_ = 0;
    Check(cudaMallocHost(&staging_, num_frames * frame_bytes), "allocate page-locked memory");
    staging_size_ = num_frames * frame_bytes;
  }
  for (int i = 0; i < num_frames; ++i) {
    std::memcpy(staging_ + i * frame_bytes, frames[i], frame_bytes);
  }
  Check(cudaMemcpyAsync(frames_.data(), staging_, num_frames * frame_bytes, cudaMemcpyHostToDevice,
                        stream),
        "copy frames to the GPU");
  Check(cudaEventRecord(uploaded_, stream), "record an event");
}

void ImageKernels::Launch(const Batch& batch, cudaStream_t stream) const {
  const size_t frame_side = batch.frame_size;
  const size_t side = batch.size;
  const size_t count = batch.num_frames;
  if (batch.jpeg != nullptr) {
    const size_t num_threads = count * (frame_side / 8) * (frame_side / 8) * 3 / 2;
    Start(CodeBlocks, num_threads, batch, stream);
  }
  Start(DecodePixels, count * frame_side * frame_side, batch, stream);
  Start(ResizeRows, count * side * frame_side * 3, batch, stream);
  Start(ResizeColumns, count * side * side * 3, batch, stream);
  Start(CropAndNormalize, count * side * side * 3, batch, stream);
}

// Makes room for what a batch needs on its way.
Batch ImageKernels::PrepareBatch(int num_frames, float* pixels) {
  const size_t count = num_frames;
  const size_t size = batch_.size;
  frames_.Resize(count * batch_.frame_bytes());
  planes_.Resize(count * batch_.plane_bytes());
  decoded_.Resize(count * batch_.frame_bytes());
  rows_.Resize(count * size * batch_.frame_size * 3);
  resized_.Resize(count * size * size * 3);
  Batch batch = batch_;
  batch.num_frames = num_frames;
  batch.frames = frames_.data();
  batch.planes = planes_.data();
  batch.decoded = decoded_.data();
  batch.rows = rows_.data();
  batch.resized = resized_.data();
  batch.pixels = pixels;
  return batch;
}

void ImageKernels::Apply(const uint8_t* const* frames, int num_frames, float* pixels,
                         cudaStream_t stream) {
  const DeviceScope scope(device_);
  Check(cudaStreamWaitEvent(stream, launched_, 0), "wait for the GPU");
  const Batch batch = PrepareBatch(num_frames, pixels);
  Upload(frames, num_frames, stream);
  Launch(batch, stream);
  Check(cudaEventRecord(launched_, stream), "record an event");
}

float ImageKernels::ApplyToHost(const uint8_t* const* frames, int num_frames, float* pixels) {
  const DeviceScope scope(device_);
  const size_t count =
      static_cast<size_t>(num_frames) * batch_.num_channels * batch_.size * batch_.size;
  DeviceArray<float> result;
  result.Resize(count);
  Apply(frames, num_frames, result.data(), nullptr);
  Check(cudaMemcpy(pixels, result.data(), count * sizeof(float), cudaMemcpyDeviceToHost),
        "copy from the GPU");

  // the kernels once more, by themselves, for their time
  cudaEvent_t begin = nullptr;
  cudaEvent_t end = nullptr;
  float milliseconds = 0;
  Check(cudaEventCreate(&begin), "make an event");
  Check(cudaEventCreate(&end), "make an event");
  Check(cudaEventRecord(begin), "record an event");
  Launch(PrepareBatch(num_frames, result.data()), nullptr);
  Check(cudaEventRecord(end), "record an event");
  Check(cudaEventSynchronize(end), "wait for the GPU");
  Check(cudaEventElapsedTime(&milliseconds, begin, end), "measure");
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
  return milliseconds / 1000;
}

namespace {

// Runs `work`; what it throws becomes a message.
template <typename Work>
int Guard(ImageKernelError* error, Work work) {
  try {
    work();
    return 0;
  } catch (const std::exception& exception) {
    std::snprintf(error->message, sizeof error->message, "%s", exception.what());
    return 1;
  }
}

}  // namespace

extern "C" {

int LiberoImageKernelsVersion() {
  return kImageKernelsVersion;
}

int LiberoCountDevices(int* count, ImageKernelError* error) {
  return Guard(error, [&] { Check(cudaGetDeviceCount(count), "look for GPUs"); });
}

ImageKernels* LiberoMakeImageKernels(const ImageKernelSettings* settings, ImageKernelError* error) {
  std::unique_ptr<ImageKernels> kernels;
  Guard(error, [&] { kernels = std::make_unique<ImageKernels>(*settings); });
  return kernels.release();
}

void LiberoDeleteImageKernels(ImageKernels* kernels) {
  delete kernels;
}

int LiberoApplyImageKernels(ImageKernels* kernels, const uint8_t* const* frames, int num_frames,
                            float* pixels, void* stream, ImageKernelError* error) {
  return Guard(error, [&] {
    kernels->Apply(frames, num_frames, pixels, static_cast<cudaStream_t>(stream));
  });
}

int LiberoApplyImageKernelsToHost(ImageKernels* kernels, const uint8_t* const* frames,
                                  int num_frames, float* pixels, float* seconds,
                                  ImageKernelError* error) {
  return Guard(error, [&] {
    const float time = kernels->ApplyToHost(frames, num_frames, pixels);
    if (seconds != nullptr) *seconds = time;
  });
}

}  // extern "C"

}  // namespace libero
