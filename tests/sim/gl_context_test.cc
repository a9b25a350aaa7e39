#include "sim/gl_context.h"

#include <GL/gl.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/sim/gl_testing.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;

// Tests of the libraries that are installed; the others are skipped.
class GlContextTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const std::string why_not = WhyNoGl(GetParam());
    if (!why_not.empty()) GTEST_SKIP() << why_not;
  }
  static std::unique_ptr<GlContext> Make() {
    return GetParam() == "egl" ? MakeEglContext() : MakeOsMesaContext();
  }
  IgnoreDriverLeaks ignore_;
};

// The version that OpenGL tells in this thread; "" without a context.
std::string CurrentVersion(const GlContext& context) {
  const auto get_string = context.Get<const GLubyte* (*)(GLenum)>("glGetString");
  const GLubyte* version = get_string(GL_VERSION);
  return version == nullptr ? "" : reinterpret_cast<const char*>(version);
}

TEST_P(GlContextTest, SaysWhatDraws) {
  const auto context = Make();
  EXPECT_NE(context->driver().version, "");
  EXPECT_THAT(context->description(), HasSubstr(Describe(context->driver())));
  EXPECT_THAT(context->description(), StartsWith(GetParam() == "egl" ? "EGL device " : "OSMesa, "));
}

TEST_P(GlContextTest, IsCurrentForTheScopeOnly) {
  const auto context = Make();
  EXPECT_EQ(CurrentVersion(*context), "");
  {
    const GlContext::Scope scope(*context);
    EXPECT_EQ(CurrentVersion(*context), context->driver().version);
  }
  EXPECT_EQ(CurrentVersion(*context), "");
}

TEST_P(GlContextTest, SharesNothingWithAnother) {
  const auto first = Make();
  const auto second = Make();
  const auto gen_textures = first->Get<void (*)(GLsizei, GLuint*)>("glGenTextures");
  const auto bind_texture = first->Get<void (*)(GLenum, GLuint)>("glBindTexture");
  const auto is_texture = first->Get<GLboolean (*)(GLuint)>("glIsTexture");
  GLuint texture = 0;
  {
    const GlContext::Scope scope(*first);
    gen_textures(1, &texture);
    bind_texture(GL_TEXTURE_2D, texture);
    EXPECT_EQ(is_texture(texture), GL_TRUE);
  }
  {
    const GlContext::Scope scope(*second);
    EXPECT_EQ(is_texture(texture), GL_FALSE);
  }
  const GlContext::Scope scope(*first);
  EXPECT_EQ(is_texture(texture), GL_TRUE);
}

TEST_P(GlContextTest, GoesFromThreadToThread) {
  const auto context = Make();
  for (int i = 0; i < 3; ++i) {
    std::thread([&] {
      const GlContext::Scope scope(*context);
      EXPECT_EQ(CurrentVersion(*context), context->driver().version);
    }).join();
  }
  const GlContext::Scope scope(*context);
  EXPECT_EQ(CurrentVersion(*context), context->driver().version);
}

TEST_P(GlContextTest, OutlivesOthersOfItsDisplay) {
  const auto context = Make();
  Make().reset();
  { const std::unique_ptr<GlContext> others[] = {Make(), Make()}; }
  const GlContext::Scope scope(*context);
  EXPECT_EQ(CurrentVersion(*context), context->driver().version);
}

TEST_P(GlContextTest, AreMadeInSeveralThreadsAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kContexts = 20;  // per thread
  std::array<int, kThreads> num_working{};
  std::vector<std::jthread> threads;
  threads.reserve(kThreads);
  for (int& count : num_working) {
    threads.emplace_back([&count] {
      const IgnoreDriverLeaks ignore;
      for (int i = 0; i < kContexts; ++i) {
        const auto context = Make();
        const GlContext::Scope scope(*context);
        if (CurrentVersion(*context) == context->driver().version) ++count;
      }
    });
  }
  threads.clear();
  EXPECT_THAT(num_working, testing::Each(kContexts));
}

TEST_P(GlContextTest, AThousandLeaveNothingBehind) {
  constexpr int kWarmUp = 100;  // drivers fill caches
  constexpr int kContexts = 1000;
  // OSMesa 22.3 keeps 250 bytes of each; one picture of 64×64 pixels a context would be 16 MB
  constexpr int64_t kMaxGrowth = 4 << 20;
  const auto make_and_draw = [] {
    const auto context = Make();
    const GlContext::Scope scope(*context);
    context->Get<void (*)()>("glFinish")();
  };
  for (int i = 0; i < kWarmUp; ++i) make_and_draw();
  const ProcessUse before = ThisProcess();
  for (int i = 0; i < kContexts; ++i) make_and_draw();
  const ProcessUse after = ThisProcess();
  RecordProperty("growth_kb", std::to_string((after.memory_bytes - before.memory_bytes) / 1024));
  EXPECT_EQ(after.num_threads, before.num_threads);
  EXPECT_EQ(after.num_files, before.num_files);
  EXPECT_LT(after.memory_bytes - before.memory_bytes, kIsSanitized ? INT64_MAX : kMaxGrowth);
}

INSTANTIATE_TEST_SUITE_P(Gl, GlContextTest, testing::Values("osmesa", "egl"),
                         [](const auto& test) { return test.param; });

TEST(MakeEglContextTest, SaysWhichDevicesThereAre) {
  if (const std::string why_not = WhyNoGl("egl"); !why_not.empty()) GTEST_SKIP() << why_not;
  EXPECT_THAT([] { MakeEglContext(1000); }, ThrowsMessage<Error>(testing::AllOf(
                                                HasSubstr("no EGL device 1000: EGL has device 0 ("),
                                                HasSubstr("libero doctor"))));
  EXPECT_THAT([] { MakeEglContext(-1); }, ThrowsMessage<Error>(HasSubstr("no EGL device -1")));
}

TEST(MakeEglContextTest, TakesTheDeviceThatIsAskedFor) {
  const IgnoreDriverLeaks ignore;
  if (const std::string why_not = WhyNoGl("egl"); !why_not.empty()) GTEST_SKIP() << why_not;
  for (const EglDevice& device : ListEglDevices(TryContexts::kYes).devices) {
    if (!device.gl) continue;
    const auto context = MakeEglContext(device.index);
    EXPECT_EQ(Describe(context->driver()), Describe(*device.gl));
    EXPECT_THAT(context->description(),
                StartsWith("EGL device " + std::to_string(device.index) + ", "));
  }
}

TEST(FindEglDeviceForCudaTest, SaysWhichDevicesThereAre) {
  EXPECT_THAT([] { FindEglDeviceForCuda(1000); },
              ThrowsMessage<Error>(HasSubstr("EGL has no CUDA device 1000: it has ")));
}

}  // namespace
}  // namespace libero
