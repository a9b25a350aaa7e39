// How long a frame takes on its way to a network, by step, and the random changes of training, in
// CPU time of this thread:
//
//   build/tests/measure_images [FRAMES]    256 → 224, 128 → 112, 128 → 64: means of so many (500)

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <vector>

#include "policy/center_crop.h"
#include "policy/image_transform.h"
#include "policy/jpeg.h"
#include "policy/lanczos_resize.h"
#include "training/augment.h"

namespace libero {
namespace {

double CpuMilliseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

void Measure(const char* what, int num_frames, const std::function<void()>& work) {
  for (int i = 0; i < num_frames / 10; ++i) work();
  const double begin = CpuMilliseconds();
  for (int i = 0; i < num_frames; ++i) work();
  std::printf("  %-10s %7.3f ms\n", what, (CpuMilliseconds() - begin) / num_frames);
}

// A picture with edges, gradients and a little noise.
Image MakeFrame(int size) {
  Image frame = {size, size, {}};
  uint32_t noise = 1;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      noise = noise * 1664525 + 1013904223;
      const int edge = (x / 24 + y / 40) % 2 * 60;
      for (const int color : {x / 2, y / 2, 90}) {
        frame.rgb.push_back(static_cast<uint8_t>((color * 128 / size) + edge + (noise >> 30)));
      }
    }
  }
  return frame;
}

void MeasureSize(int frame_size, int size, int num_frames) {
  std::printf("%d -> %d\n", frame_size, size);
  const Image frame = MakeFrame(frame_size);
  const ImageTransform transform({.frame_size = frame_size, .size = size});
  const LanczosResize resize(frame_size, frame_size, size);
  const CenterCrop crop(size, 0.9);
  const Image resized = resize.Apply(frame);
  std::vector<float> pixels(resized.rgb.size() * 2);
  const std::vector<ChannelScale> scales = {kImageNetScale, kSigLipScale};
  Measure("turn", num_frames, [&] { (void)Turned(frame); });
  Measure("JPEG", num_frames, [&] { (void)JpegRoundTrip(frame, 95); });
  Measure("resize", num_frames, [&] { (void)resize.Apply(frame); });
  Measure("crop", num_frames, [&] { (void)crop.Apply(resized); });
  Measure("all", num_frames, [&] { (void)transform.Apply(frame); });
  Measure("normalize", num_frames, [&] { NormalizeImage(resized, scales, pixels); });
  const Augmentation augmentation = {0.02F, 0.03F, 0.1F, 1.1F, 0.9F, 0.03F};
  Measure("augment", num_frames, [&] { (void)Augment(resized, augmentation); });
}

}  // namespace
}  // namespace libero

int main(int argc, char** argv) {
  const int num_frames = argc > 1 ? std::atoi(argv[1]) : 500;
  libero::MeasureSize(256, 224, num_frames);
  libero::MeasureSize(128, 112, num_frames);
  libero::MeasureSize(128, 64, num_frames);
}
