#include "policy/cuda_image_transform.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "policy/center_crop.h"
#include "policy/lanczos_resize.h"
#include "sim/base/check.h"
#include "sim/base/paths.h"

namespace libero {

// The functions of the shared object, which is unloaded at the end.
class CudaImageTransform::Library {
 public:
  // Throws Error if it cannot be loaded or is of another version.
  explicit Library(const std::filesystem::path& path) : handle_(dlopen(path.c_str(), RTLD_NOW)) {
    if (handle_ == nullptr) {
      const char* const why = dlerror();  // NOLINT(concurrency-mt-unsafe): each thread has its own
      throw Error(
          fmt::format("cannot load the kernels for GPUs: {}", why),
          "they are built where nvcc is: see ./libero build; images can go through the CPU");
    }
    const int version = Find<ImageKernelsVersionFunction>("LiberoImageKernelsVersion")();
    if (version != kImageKernelsVersion) {
      dlclose(handle_);
      throw Error(
          fmt::format("{}: version {}, expected {}", path.string(), version, kImageKernelsVersion),
          "build it again");
    }
    count_devices = Find<CountDevicesFunction>("LiberoCountDevices");
    make = Find<MakeImageKernelsFunction>("LiberoMakeImageKernels");
    remove = Find<DeleteImageKernelsFunction>("LiberoDeleteImageKernels");
    apply = Find<ApplyImageKernelsFunction>("LiberoApplyImageKernels");
    apply_to_host = Find<ApplyImageKernelsToHostFunction>("LiberoApplyImageKernelsToHost");
  }
  ~Library() { dlclose(handle_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  CountDevicesFunction* count_devices = nullptr;
  MakeImageKernelsFunction* make = nullptr;
  DeleteImageKernelsFunction* remove = nullptr;
  ApplyImageKernelsFunction* apply = nullptr;
  ApplyImageKernelsToHostFunction* apply_to_host = nullptr;

 private:
  // Our build made both sides: a function that is not there is our error.
  template <typename Function>
  Function* Find(const char* name) {
    auto* const function = reinterpret_cast<Function*>(dlsym(handle_, name));
    LIBERO_CHECK(function != nullptr);
    return function;
  }

  void* handle_;
};

namespace {

[[noreturn]] void Fail(const ImageKernelError& error) {
  throw Error(fmt::format("images on the GPU: {}", error.message));
}

// What ImageKernelSettings points to.
struct Tables {
  std::vector<int> span_begins;
  std::vector<float> span_weights;
  int num_weights = 0;
  std::vector<int> taps_below;
  std::vector<int> taps_above;
  std::vector<float> taps_fraction;
  std::vector<float> byte_values;
};

Tables MakeTables(const ImageTransformOptions& options, std::span<const ChannelScale> scales) {
  Tables tables;
  const std::vector<ResampleSpan> spans = LanczosSpans(options.frame_size, options.size);
  size_t num_weights = 0;
  for (const ResampleSpan& span : spans) num_weights = std::max(num_weights, span.weights.size());
  for (const ResampleSpan& span : spans) {
    tables.span_begins.push_back(span.begin);
    tables.span_weights.insert(tables.span_weights.end(), span.weights.begin(), span.weights.end());
    tables.span_weights.resize(tables.span_begins.size() * num_weights);
  }
  tables.num_weights = static_cast<int>(num_weights);
  if (options.crop_area < 1) {
    for (const BilinearTap& tap : CenterCropTaps(options.size, options.crop_area)) {
      tables.taps_below.push_back(tap.below);
      tables.taps_above.push_back(tap.above);
      tables.taps_fraction.push_back(tap.fraction);
    }
  }

  // what the CPU makes of an image that has each byte once
  Image bytes = {256, 1, {}};
  for (int byte = 0; byte < 256; ++byte) {
    bytes.rgb.insert(bytes.rgb.end(), 3, static_cast<uint8_t>(byte));
  }
  tables.byte_values.resize(scales.size() * 3 * 256);
  NormalizeImage(bytes, scales, tables.byte_values);
  return tables;
}

ImageKernelSettings MakeSettings(const ImageTransformOptions& options, const Tables& tables,
                                 int device) {
  const bool has_crop = !tables.taps_below.empty();
  return {.device = device,
          .frame_size = options.frame_size,
          .size = options.size,
          .jpeg_quality = options.jpeg_quality,
          .num_weights = tables.num_weights,
          .span_begins = tables.span_begins.data(),
          .span_weights = tables.span_weights.data(),
          .taps_below = has_crop ? tables.taps_below.data() : nullptr,
          .taps_above = has_crop ? tables.taps_above.data() : nullptr,
          .taps_fraction = has_crop ? tables.taps_fraction.data() : nullptr,
          .num_channels = static_cast<int>(tables.byte_values.size() / 256),
          .byte_values = tables.byte_values.data()};
}

}  // namespace

std::filesystem::path DefaultKernelLibrary() {
  return ProgramFolder() / "lib" / "libero_image_kernels.so";
}

bool CudaImageTransform::CanDo(const ImageTransformOptions& options) {
  constexpr int kJpegBlock = 16;
  return options.jpeg_quality == 0 || options.frame_size % kJpegBlock == 0;
}

int CudaImageTransform::CountDevices(const std::filesystem::path& library) {
  int count = 0;
  try {
    ImageKernelError error;
    if (Library(library).count_devices(&count, &error) != 0) return 0;
  } catch (const Error&) {
    return 0;
  }
  return count;
}

CudaImageTransform::CudaImageTransform(const ImageTransformOptions& options,
                                       std::span<const ChannelScale> scales, int device,
                                       const std::filesystem::path& library)
    : options_(options), num_channels_(scales.size() * 3) {
  CheckImageTransformOptions(options);
  if (!CanDo(options)) {
    throw Error(fmt::format("frames of {} pixels, expected a multiple of 16 for JPEG on a GPU",
                            options.frame_size));
  }
  library_ = std::make_unique<Library>(library);
  const Tables tables = MakeTables(options, scales);
  const ImageKernelSettings settings = MakeSettings(options, tables, device);
  ImageKernelError error;
  kernels_ = library_->make(&settings, &error);
  if (kernels_ == nullptr) Fail(error);
}

CudaImageTransform::~CudaImageTransform() {
  library_->remove(kernels_);
}

std::vector<const uint8_t*> CudaImageTransform::CheckedFrames(
    std::span<const Image* const> frames) const {
  std::vector<const uint8_t*> pointers;
  for (const Image* frame : frames) {
    if (frame->width != options_.frame_size || frame->height != options_.frame_size) {
      throw Error(fmt::format("got a frame of {}x{}, expected {}x{}", frame->width, frame->height,
                              options_.frame_size, options_.frame_size));
    }
    pointers.push_back(frame->rgb.data());
  }
  return pointers;
}

void CudaImageTransform::Apply(std::span<const Image* const> frames, float* pixels, void* stream) {
  const std::vector<const uint8_t*> pointers = CheckedFrames(frames);
  ImageKernelError error;
  if (library_->apply(kernels_, pointers.data(), static_cast<int>(pointers.size()), pixels, stream,
                      &error) != 0) {
    Fail(error);
  }
}

double CudaImageTransform::ApplyToHost(std::span<const Image* const> frames,
                                       std::span<float> pixels) {
  const auto size = static_cast<size_t>(options_.size);
  LIBERO_CHECK(pixels.size() == frames.size() * num_channels_ * size * size);
  const std::vector<const uint8_t*> pointers = CheckedFrames(frames);
  ImageKernelError error;
  float seconds = 0;
  if (library_->apply_to_host(kernels_, pointers.data(), static_cast<int>(pointers.size()),
                              pixels.data(), &seconds, &error) != 0) {
    Fail(error);
  }
  return seconds;
}

}  // namespace libero
