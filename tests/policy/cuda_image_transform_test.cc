#include "policy/cuda_image_transform.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/policy/image_testing.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const std::filesystem::path kLibrary = LIBERO_KERNEL_LIBRARY;  // "" where there is no nvcc
const std::vector<ChannelScale> kScales = {kImageNetScale, kSigLipScale};

TEST(CudaImageTransformTest, SaysThatTheKernelsAreNotThere) {
  EXPECT_THAT([] { CudaImageTransform({}, kScales, 0, "no/such/library.so"); },
              ThrowsMessage<Error>(HasSubstr("cannot load the kernels for GPUs")));
  EXPECT_EQ(CudaImageTransform::CountDevices("no/such/library.so"), 0);
}

TEST(CudaImageTransformTest, RefusesFramesThatJpegWouldPad) {
  EXPECT_THAT([] { CudaImageTransform({.frame_size = 100}, kScales, 0, kLibrary); },
              ThrowsMessage<Error>(HasSubstr("a multiple of 16")));
}

TEST(CudaImageTransformTest, LoadsTheKernelsWithoutAGpu) {
  if (kLibrary.empty()) GTEST_SKIP() << "the kernels were not built: there is no nvcc";
  if (CudaImageTransform::CountDevices(kLibrary) > 0) GTEST_SKIP() << "there is a GPU";
  EXPECT_THAT([] { CudaImageTransform({}, kScales, 0, kLibrary); },
              ThrowsMessage<Error>(HasSubstr("images on the GPU: ")));
}

// Every number is that of the CPU's path, whatever the batch.
void ExpectEqual(const std::filesystem::path& library, const ImageTransformOptions& options,
                 const std::vector<Image>& frames) {
  const ImageTransform transform(options);
  std::vector<const Image*> pointers;
  const size_t num_pixels = static_cast<size_t>(options.size) * options.size * 6;
  std::vector<float> expected(frames.size() * num_pixels);
  for (size_t i = 0; i < frames.size(); ++i) {
    pointers.push_back(&frames[i]);
    NormalizeImage(transform.Apply(frames[i]), kScales,
                   {expected.data() + i * num_pixels, num_pixels});
  }
  CudaImageTransform on_gpu(options, kScales, 0, library);
  std::vector<float> pixels(expected.size());
  (void)on_gpu.ApplyToHost(pointers, pixels);
  EXPECT_TRUE(pixels == expected) << options.frame_size << ' ' << options.size;

  // fewer frames after more, and again
  for (int i = 0; i < 2; ++i) {
    std::vector<float> first(num_pixels);
    (void)on_gpu.ApplyToHost({pointers.data(), 1}, first);
    EXPECT_TRUE(std::equal(first.begin(), first.end(), expected.begin()));
  }
}

void ExpectEqualInAllSizes(const std::filesystem::path& library) {
  const std::vector<ReferenceFrame> references = ReferenceFrames();
  const Image& noise = references[0].frame;
  ExpectEqual(library, {}, {noise, Turned(noise), Flipped(noise)});
  const std::vector<Image> frames = {references[1].frame, references[2].frame};
  for (const int size : {64, 112, 128}) {
    ExpectEqual(library, {.frame_size = 128, .size = size}, frames);
    ExpectEqual(library, {.frame_size = 128, .size = size, .jpeg_quality = 0}, frames);
    ExpectEqual(library, {.frame_size = 128, .size = size, .crop_area = 1}, frames);
  }
}

// The kernels as they are, compiled for the CPU.
TEST(CudaImageTransformTest, KernelsEqualTheCpusPath) {
  ExpectEqualInAllSizes(LIBERO_CPU_KERNEL_LIBRARY);
}

TEST(CudaImageTransformTest, RefusesWhatItCannotDo) {
  CudaImageTransform on_gpu({.frame_size = 64, .size = 32}, kScales, 0, LIBERO_CPU_KERNEL_LIBRARY);
  const Image frame = {32, 32, std::vector<uint8_t>(32 * 32 * 3)};
  const Image* pointer = &frame;
  std::vector<float> pixels(6 * 32 * 32);
  EXPECT_THAT(
      [&] {
        (void)on_gpu.ApplyToHost({&pointer, 1}, pixels);
      },
      ThrowsMessage<Error>(HasSubstr("got a frame of 32x32, expected 64x64")));
  EXPECT_THAT([] { CudaImageTransform({}, kScales, 7, LIBERO_CPU_KERNEL_LIBRARY); },
              ThrowsMessage<Error>(HasSubstr("images on the GPU: use the GPU")));
}

class CudaImageTransformGpuTest : public testing::Test {
 protected:
  void SetUp() override {
    if (kLibrary.empty()) GTEST_SKIP() << "the kernels were not built: there is no nvcc";
    if (CudaImageTransform::CountDevices(kLibrary) == 0) GTEST_SKIP() << "there is no GPU";
  }
};

TEST_F(CudaImageTransformGpuTest, EqualsTheCpu) {
  ExpectEqualInAllSizes(kLibrary);
}

// Not a test of speed: prints what a GPU takes, for policy/README.md.
TEST_F(CudaImageTransformGpuTest, TellsItsTime) {
  const Image frame = ReferenceFrames()[0].frame;
  for (const size_t num_frames : {1, 16, 64}) {
    CudaImageTransform on_gpu({}, kScales, 0, kLibrary);
    const std::vector<const Image*> frames(num_frames, &frame);
    std::vector<float> pixels(num_frames * 6 * 224 * 224);
    (void)on_gpu.ApplyToHost(frames, pixels);
    const double seconds = on_gpu.ApplyToHost(frames, pixels);
    EXPECT_GT(seconds, 0);
    RecordProperty("microseconds_" + std::to_string(num_frames), std::to_string(seconds * 1e6));
  }
}

}  // namespace
}  // namespace libero
