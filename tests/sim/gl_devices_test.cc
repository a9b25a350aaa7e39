#include "sim/gl_devices.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/gl_testing.h"

namespace libero {
namespace {

EglDevice Device(int index, std::optional<int> cuda_index) {
  return {.index = index, .cuda_index = cuda_index};
}

TEST(HasExtensionTest, MatchesWholeWords) {
  const std::string extensions = "EGL_EXT_device_drm_render_node EGL_NV_device_cuda EGL_KHR_b";
  EXPECT_TRUE(HasExtension(extensions, "EGL_NV_device_cuda"));
  EXPECT_TRUE(HasExtension(extensions, "EGL_KHR_b"));
  EXPECT_TRUE(HasExtension(extensions, "EGL_EXT_device_drm_render_node"));
  EXPECT_FALSE(HasExtension(extensions, "EGL_EXT_device_drm"));
  EXPECT_FALSE(HasExtension(extensions, "NV_device_cuda"));
  EXPECT_FALSE(HasExtension(extensions, ""));
  EXPECT_FALSE(HasExtension("", "EGL_KHR_b"));
}

TEST(HasExtensionTest, FindsAWordBehindALongerOneThatStartsAlike) {
  EXPECT_TRUE(HasExtension("avx512fp16 avx512f", "avx512f"));
}

TEST(EglDeviceForCudaTest, FollowsWhatTheDriverSaysNotTheOrder) {
  const std::vector<EglDevice> devices = {Device(0, 1), Device(1, std::nullopt), Device(2, 0)};
  EXPECT_EQ(EglDeviceForCuda(devices, 0), 2);
  EXPECT_EQ(EglDeviceForCuda(devices, 1), 0);
  EXPECT_EQ(EglDeviceForCuda(devices, 2), std::nullopt);
}

TEST(EglDeviceForCudaTest, GuessesNothing) {
  EXPECT_EQ(EglDeviceForCuda({}, 0), std::nullopt);
  EXPECT_EQ(EglDeviceForCuda({Device(0, std::nullopt)}, 0), std::nullopt);
  const std::vector<EglDevice> twins = {Device(0, 0), Device(1, 0), Device(2, 1)};
  EXPECT_EQ(EglDeviceForCuda(twins, 0), std::nullopt) << "two devices claim the index";
  EXPECT_EQ(EglDeviceForCuda(twins, 1), 2);
}

TEST(DescribeTest, LeavesOutTheProfile) {
  EXPECT_EQ(Describe({"Mesa", "llvmpipe (LLVM 15.0.6, 256 bits)",
                      "4.5 (Compatibility Profile) Mesa 22.3.6"}),
            "llvmpipe (LLVM 15.0.6, 256 bits), OpenGL 4.5 Mesa 22.3.6");
  EXPECT_EQ(Describe({"NVIDIA Corporation", "NVIDIA A40/PCIe/SSE2", "4.6.0 NVIDIA 535.183.01"}),
            "NVIDIA A40/PCIe/SSE2, OpenGL 4.6.0 NVIDIA 535.183.01");
}

TEST(RunInChildTest, ReturnsTheText) {
  const ChildResult result = RunInChild([] { return std::string("a\0b", 3); }, 10);
  EXPECT_EQ(result.text, std::string("a\0b", 3));
  EXPECT_EQ(result.problem, "");
}

TEST(RunInChildTest, ReturnsATextLongerThanAPipeHolds) {
  const ChildResult result = RunInChild([] { return std::string(1 << 20, 'x'); }, 10);
  EXPECT_EQ(result.text, std::string(1 << 20, 'x'));
}

TEST(RunInChildTest, ReturnsAnEmptyText) {
  const ChildResult result = RunInChild([] { return std::string(); }, 10);
  EXPECT_EQ(result.text, "");
  EXPECT_EQ(result.problem, "");
}

TEST(RunInChildTest, KeepsChangesFromTheParent) {
  int value = 1;
  EXPECT_EQ(RunInChild([&] { return std::to_string(++value); }, 10).text, "2");
  EXPECT_EQ(value, 1);
}

TEST(RunInChildTest, TurnsAnExceptionIntoAProblem) {
  const ChildResult result =
      RunInChild([]() -> std::string { throw std::runtime_error("no luck"); }, 10);
  EXPECT_EQ(result.text, "");
  EXPECT_EQ(result.problem, "no luck");
}

TEST(RunInChildTest, SurvivesACrash) {
  const ChildResult result = RunInChild(
      []() -> std::string {
        std::raise(SIGKILL);
        return "not reached";
      },
      10);
  EXPECT_EQ(result.text, "");
  EXPECT_EQ(result.problem, "the driver crashed (SIGKILL)");
}

TEST(RunInChildTest, SurvivesAnExit) {
  const ChildResult result = RunInChild([]() -> std::string { std::_Exit(3); }, 10);
  EXPECT_EQ(result.problem, "the driver ended the program (exit status 3)");
}

TEST(RunInChildTest, EndsWorkThatTakesTooLong) {
  const ChildResult result = RunInChild(
      []() -> std::string {
        for (;;) pause();
      },
      1);
  EXPECT_EQ(result.problem, "the driver does not answer");
}

// The following run on whatever this machine has: nothing, Mesa, or GPUs.

// One line a device, for comparisons.
std::vector<std::string> Lines(const EglSurvey& survey) {
  std::vector<std::string> lines = {survey.problem};
  for (const EglDevice& device : survey.devices) {
    lines.push_back(std::to_string(device.index) + "|" + device.extensions + "|" +
                    std::to_string(device.is_software) + "|" +
                    std::to_string(device.cuda_index.value_or(-1)) + "|" + device.drm_path + "|" +
                    device.vendor + "|" + (device.gl ? Describe(*device.gl) : "") + "|" +
                    device.problem);
  }
  return lines;
}

TEST(ListEglDevicesTest, NumbersDevicesInOrder) {
  int num_devices = 0;
  for (const EglDevice& device : ListEglDevices(TryContexts::kNo).devices) {
    EXPECT_EQ(device.index, num_devices++);
    EXPECT_FALSE(device.gl);
  }
}

TEST(ListEglDevicesTest, SaysForEachDeviceItsDriverOrWhyThereIsNone) {
  const IgnoreDriverLeaks ignore;
  for (const EglDevice& device : ListEglDevices(TryContexts::kYes).devices) {
    EXPECT_EQ(device.gl.has_value(), device.problem.empty()) << device.problem;
    EXPECT_NE(device.gl.has_value(), device.gl.value_or(GlDriver{}).version.empty());
  }
}

TEST(ListEglDevicesTest, LeavesNothingBehindThatChangesTheNextCall) {
  const IgnoreDriverLeaks ignore;
  const EglSurvey first = ListEglDevices(TryContexts::kYes);
  EXPECT_EQ(Lines(ListEglDevices(TryContexts::kYes)), Lines(first));
}

TEST(TryOsMesaTest, FindsADriverOrSaysWhyThereIsNone) {
  const IgnoreDriverLeaks ignore;
  const OsMesaSurvey survey = TryOsMesa();
  EXPECT_EQ(survey.gl.has_value(), survey.problem.empty()) << survey.problem;
  EXPECT_TRUE(!survey.gl || survey.library.starts_with("libOSMesa.so.")) << survey.library;
}

TEST(SurveyGlTest, EqualsTheSurveyWithinThisProcess) {
  const IgnoreDriverLeaks ignore;
  const GlSurvey survey = SurveyGl();
  EXPECT_EQ(Lines(survey.egl), Lines(ListEglDevices(TryContexts::kYes)));
  const OsMesaSurvey osmesa = TryOsMesa();
  EXPECT_EQ(survey.osmesa.library, osmesa.library);
  EXPECT_EQ(survey.osmesa.problem, osmesa.problem);
  EXPECT_EQ(survey.osmesa.gl.has_value(), osmesa.gl.has_value());
}

TEST(SurveyCudaTest, FindsGpusOrSaysWhyThereAreNone) {
  const CudaSurvey survey = SurveyCuda();
  EXPECT_EQ(survey.gpus.empty(), !survey.problem.empty()) << survey.problem;
  for (const Gpu& gpu : survey.gpus) {
    EXPECT_NE(gpu.name, "");
    EXPECT_GT(gpu.memory_bytes, 0);
  }
}

}  // namespace
}  // namespace libero
