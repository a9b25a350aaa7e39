#include "sim/renderer_source.h"

#include <cstdio>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/model.h"
#include "tests/sim/gl_testing.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;

constexpr const char* kScene = R"(<mujoco><worldbody>
    <light castshadow="false"/><camera/><geom size="1"/>
  </worldbody></mujoco>)";

TEST(CheckRendererTest, NamesTheNearestAndAll) {
  EXPECT_THAT([] { CheckRendererName("cpp"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("unknown renderer 'cpp': there are auto, cpu, "
                                                   "gl, egl, osmesa"),
                                         HasSubstr("did you mean 'cpu'?"))));
  for (const char* name : {"auto", "cpu", "gl", "egl", "osmesa"}) {
    EXPECT_NO_THROW(CheckRendererName(name));
  }
}

TEST(CheckRendererTest, RefusesADeviceForTheCpu) {
  EXPECT_THAT([] { CheckRenderer({.name = "cpu", .device = 0}); },
              ThrowsMessage<Error>(HasSubstr("cpu draws on the CPU, not on CUDA device 0")));
  EXPECT_THAT([] { ResolveRenderer({.name = "auto", .device = 1000}).name; },
              ThrowsMessage<Error>(HasSubstr("EGL has no CUDA device 1000")));
  EXPECT_THAT([] { RendererSource({.name = "cpu", .device = 0}); },
              ThrowsMessage<Error>(HasSubstr("cpu draws on the CPU")));
}

TEST(ResolveRendererTest, KeepsAChoice) {
  for (const char* name : {"cpu", "gl", "egl", "osmesa"}) {
    EXPECT_EQ(ResolveRenderer({.name = name}).name, name);
  }
}

TEST(ResolveRendererTest, KeepsTheOtherOptions) {
  EXPECT_EQ(ResolveRenderer({.name = "auto", .num_threads = 3}).num_threads, 3);
}

class ResolveRendererDeathTest : public testing::Test {
 protected:
  void SetUp() override { testing::FLAGS_gtest_death_test_style = "threadsafe"; }

  // Says what is chosen where EGL has only the drivers of that folder, and ends the process.
  [[noreturn]] static void ChooseAndExit(const char* drivers) {
    // libglvnd's list of drivers; NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread
    setenv("__EGL_VENDOR_LIBRARY_FILENAMES", drivers, 1);
    std::fputs(ResolveRenderer({.name = "auto"}).name.c_str(), stderr);
    std::_Exit(0);
  }
};

TEST_F(ResolveRendererDeathTest, TakesTheCpuWithoutEgl) {
  EXPECT_EXIT(ChooseAndExit("/none"), testing::ExitedWithCode(0), "^cpu$");
}

TEST_F(ResolveRendererDeathTest, TakesTheCpuRatherThanMesaOnIt) {
  const char* mesa = "/usr/share/glvnd/egl_vendor.d/50_mesa.json";
  if (!std::filesystem::exists(mesa)) GTEST_SKIP() << "no Mesa";
  const auto devices = ListEglDevices(TryContexts::kNo).devices;
  for (const EglDevice& device : devices) {
    if (!device.drm_path.empty()) GTEST_SKIP() << "Mesa may draw on a GPU here";
  }
  EXPECT_EXIT(ChooseAndExit(mesa), testing::ExitedWithCode(0), "^cpu$");
}

TEST(RendererSourceTest, MakesWhatIsAskedFor) {
  const MjModelPtr model = CompileModel(".", {.text = kScene});
  RendererSource source({.name = "cpu"});
  EXPECT_THAT(source.Make(*model)->description(), StartsWith("CPU rasteriser, "));
  EXPECT_EQ(source.MaxRenderers(2, 8), 8);
  EXPECT_EQ(source.MaxRenderers(4, 1), 4);

  const IgnoreDriverLeaks ignore;
  if (const std::string why_not = WhyNoGl("osmesa"); !why_not.empty()) GTEST_SKIP() << why_not;
  RendererSource gl({.name = "osmesa"});
  EXPECT_THAT(gl.Make(*model)->description(), StartsWith("OSMesa, "));
  EXPECT_EQ(gl.MaxRenderers(2, 8), 2);
}

TEST(RendererSourceTest, RenderersOutliveIt) {
  const MjModelPtr model = CompileModel(".", {.text = kScene});
  Snapshot snapshot;
  TakeSnapshot(World(*model), snapshot);
  std::unique_ptr<Renderer> renderer = RendererSource({.name = "cpu"}).Make(*model);
  Image image = {8, 8, {}};
  renderer->Render(snapshot, 0, image);
  EXPECT_EQ(image.rgb.size(), 192U);
}

TEST(TextureFolderTest, IsWithTheScenes) {
  EXPECT_EQ(TextureFolder("/cache/scenes"), "/cache/scenes/textures");
  EXPECT_EQ(TextureFolder(std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace libero
