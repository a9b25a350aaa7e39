#include "sim/gl_renderer.h"

#include <array>
#include <cstdlib>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/renderer_source.h"
#include "sim/world.h"
#include "tests/sim/gl_testing.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::ThrowsMessage;

// Camera "front" looks along y: at a red ball above a blue box, and a site that is not seen. In
// front of all is a green wall that is only for collisions.
constexpr const char* kScene = R"(<mujoco>
    <visual>
      <headlight ambient="1 1 1" diffuse="0 0 0" specular="0 0 0"/>
      <global offwidth="64" offheight="64"/>
    </visual>
    <asset>
      <texture name="checker" type="2d" builtin="checker" rgb1="0 0 1" rgb2="0 0 0.5" width="64"
        height="64"/>
      <material name="checker" texture="checker"/>
    </asset>
    <worldbody>
      <camera name="front" pos="0 -3 0" xyaxes="1 0 0 0 0 1"/>
      <camera name="back" pos="0 3 0" xyaxes="-1 0 0 0 0 1"/>
      <light pos="0 -2 3" castshadow="false"/>
      <geom name="wall" type="box" pos="0 -1.5 0" size="2 0.01 2" rgba="0 1 0 1" group="0"/>
      <geom type="box" pos="0 0 -0.8" size="0.5 0.5 0.3" material="checker" group="1"/>
      <body pos="0 0 0.6"><freejoint/><geom size="0.4" rgba="1 0 0 1" group="1"/></body>
      <site name="mark" pos="0 -1 0" size="0.2" rgba="1 1 1 0"/>
    </worldbody></mujoco>)";

class GlRendererTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const std::string why_not = WhyNoGl(GetParam());
    if (!why_not.empty()) GTEST_SKIP() << why_not;
    TakeSnapshot(world_, snapshot_);
  }

  std::unique_ptr<Renderer> Make() { return MakeRenderer({.name = GetParam()}, *model_); }

  // What the camera "front" sees.
  static Image Draw(Renderer& renderer, const Snapshot& snapshot, int width, int height) {
    Image image = {width, height, {}};
    renderer.Render(snapshot, 0, image);
    return image;
  }

  IgnoreDriverLeaks ignore_;
  MjModelPtr model_ = CompileModel(".", {.text = kScene});
  World world_{*model_};
  Snapshot snapshot_;
};

using Pixel = std::array<uint8_t, 3>;

Pixel At(const Image& image, int row, int column) {
  const auto* rgb = image.rgb.data() + 3 * (static_cast<ptrdiff_t>(row) * image.width + column);
  return {rgb[0], rgb[1], rgb[2]};
}

TEST_P(GlRendererTest, DrawsTheBottomRowFirstAndNoCollisionGeoms) {
  const auto renderer = Make();
  const Image image = Draw(*renderer, snapshot_, 64, 64);
  const Pixel box = At(image, 15, 32);
  const Pixel ball = At(image, 44, 32);
  EXPECT_GT(box[2], 100);
  EXPECT_EQ(box[0], 0);
  EXPECT_GT(ball[0], 100);
  EXPECT_EQ(ball[2], 0);
  for (int row = 0; row < 64; ++row) EXPECT_EQ(At(image, row, 32)[1] > 200, false) << row;
}

TEST_P(GlRendererTest, DrawsTheCameraThatIsAskedFor) {
  const auto renderer = Make();
  const Image front = Draw(*renderer, snapshot_, 32, 32);
  Image back = {32, 32, {}};
  renderer->Render(snapshot_, FindCamera(*model_, "back"), back);
  EXPECT_NE(back.rgb, front.rgb);
  EXPECT_EQ(Draw(*renderer, snapshot_, 32, 32).rgb, front.rgb);
}

TEST_P(GlRendererTest, DrawsTheSnapshotNotTheWorld) {
  const auto renderer = Make();
  const Image before = Draw(*renderer, snapshot_, 64, 64);
  const Snapshot taken = snapshot_;
  for (int i = 0; i < 100; ++i) mj_step(&world_.model(), &world_.data());
  EXPECT_EQ(Draw(*renderer, taken, 64, 64).rgb, before.rgb);
  TakeSnapshot(world_, snapshot_);
  EXPECT_NE(Draw(*renderer, snapshot_, 64, 64).rgb, before.rgb) << "the ball has fallen";
  EXPECT_EQ(Draw(*renderer, taken, 64, 64).rgb, before.rgb);
}

TEST_P(GlRendererTest, DrawsSitesInTheSnapshotsColours) {
  const auto renderer = Make();
  const Image dark = Draw(*renderer, snapshot_, 64, 64);
  world_.site_rgba(0)[3] = 1;
  TakeSnapshot(world_, snapshot_);
  const Image lit = Draw(*renderer, snapshot_, 64, 64);
  EXPECT_THAT(At(lit, 32, 32), Each(testing::Gt(200)));
  world_.site_rgba(0)[3] = -1;  // as hidden sites are
  TakeSnapshot(world_, snapshot_);
  EXPECT_EQ(Draw(*renderer, snapshot_, 64, 64).rgb, dark.rgb);
  EXPECT_EQ(model_->site_rgba[3], 0.0F) << "the shared model keeps its colours";
}

TEST_P(GlRendererTest, DrawsFramesOfAnySizeAndKeepsTheSmallOnesPixels) {
  const auto renderer = Make();
  const Image small = Draw(*renderer, snapshot_, 64, 48);
  for (const auto& [width, height] :
       {std::pair(1, 1), {127, 33}, {640, 480}, {1024, 768}, {33, 1000}}) {
    const Image image = Draw(*renderer, snapshot_, width, height);
    EXPECT_EQ(image.rgb.size(), 3U * static_cast<size_t>(width) * static_cast<size_t>(height));
  }
  EXPECT_EQ(Draw(*renderer, snapshot_, 64, 48).rgb, small.rgb);
}

// The Python stack makes its context anew for a larger frame.
TEST_P(GlRendererTest, GrownBuffersDrawWhatLargerOnesDraw) {
  const auto grown = Make();
  Draw(*grown, snapshot_, 8, 8);
  model_->vis.global.offwidth = 1024;
  model_->vis.global.offheight = 768;
  const auto large = Make();
  EXPECT_EQ(Draw(*grown, snapshot_, 1024, 768).rgb, Draw(*large, snapshot_, 1024, 768).rgb);
}

TEST_P(GlRendererTest, TellsWhatPixelsSeeAndHowFarItIs) {
  const auto renderer = Make();
  GeometryImage image = {.width = 65, .height = 65};
  renderer->RenderGeometry(snapshot_, 0, image);
  const auto at = [](int row, int column) {
    return static_cast<size_t>(65 * row + column);
  };
  const size_t ball = at(44, 32);
  EXPECT_EQ(image.object_type[ball], mjOBJ_GEOM);
  EXPECT_EQ(image.object_id[ball], 2);
  const size_t box = at(15, 32);
  EXPECT_EQ(image.object_id[box], 1) << "not the wall before it, which is for collisions";
  EXPECT_NEAR(image.depth[box], 2.5, 1e-4) << "its front";
  const size_t nothing = at(64, 0);
  EXPECT_EQ(image.object_type[nothing], -1);
  EXPECT_EQ(image.object_id[nothing], -1);
  const double far_z = model_->vis.map.zfar * model_->stat.extent;
  EXPECT_NEAR(image.depth[nothing], far_z, 1e-4 * far_z);

  // sites, if they are seen, and however faintly
  for (const auto& [alpha, is_seen] : {std::pair(0.1F, true), {0.0F, false}, {-0.5F, false}}) {
    world_.site_rgba(0)[3] = alpha;
    TakeSnapshot(world_, snapshot_);
    renderer->RenderGeometry(snapshot_, 0, image);
    EXPECT_EQ(image.object_type[at(32, 32)] == mjOBJ_SITE, is_seen) << alpha;
  }

  // pictures are as before
  const Image after = Draw(*renderer, snapshot_, 64, 64);
  EXPECT_EQ(after.rgb, Draw(*Make(), snapshot_, 64, 64).rgb);
}

TEST_P(GlRendererTest, RefusesASizeBeyondTheDriversAndGoesOn) {
  const auto renderer = Make();
  const Image before = Draw(*renderer, snapshot_, 32, 32);
  EXPECT_THAT([&] { Draw(*renderer, snapshot_, 1, 1000000); },
              ThrowsMessage<Error>(AllOf(HasSubstr("cannot draw 1×1000000 pixels"),
                                         HasSubstr("draws at most "), HasSubstr("OpenGL"))));
  EXPECT_EQ(Draw(*renderer, snapshot_, 32, 32).rgb, before.rgb);
}

TEST_P(GlRendererTest, TwoDrawAtTheSameTimeInTwoThreads) {
  constexpr int kFrames = 20;
  const auto reference = Make();
  const Image expected = Draw(*reference, snapshot_, 64, 64);
  std::array<int, 2> num_equal{};
  const std::array<std::unique_ptr<Renderer>, 2> renderers = {Make(), Make()};
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        for (int frame = 0; frame < kFrames; ++frame) {
          if (Draw(*renderers[i], snapshot_, 64, 64).rgb == expected.rgb) ++num_equal[i];
        }
      });
    }
  }
  EXPECT_THAT(num_equal, Each(kFrames));
}

TEST_P(GlRendererTest, GoesFromThreadToThread) {
  std::unique_ptr<Renderer> renderer;
  Image first;
  Image second;
  std::thread([&] { renderer = Make(); }).join();
  std::thread([&] { first = Draw(*renderer, snapshot_, 32, 32); }).join();
  std::thread([&] { second = Draw(*renderer, snapshot_, 32, 32); }).join();
  EXPECT_EQ(first.rgb, second.rgb);
  EXPECT_EQ(first.rgb, Draw(*renderer, snapshot_, 32, 32).rgb);
  std::thread([&] { renderer.reset(); }).join();
}

TEST_P(GlRendererTest, TwentyLeaveNothingBehind) {
  constexpr int kWarmUp = 5;
  constexpr int kRenderers = 20;
  // a renderer holds some 30 MB; what is left of each may be a thousandth of it
  constexpr int64_t kMaxGrowth = 2 << 20;
  const auto make_and_draw = [this] {
    Draw(*Make(), snapshot_, 64, 64);
  };
  for (int i = 0; i < kWarmUp; ++i) make_and_draw();
  const ProcessUse before = ThisProcess();
  for (int i = 0; i < kRenderers; ++i) make_and_draw();
  const ProcessUse after = ThisProcess();
  RecordProperty("growth_kb", std::to_string((after.memory_bytes - before.memory_bytes) / 1024));
  EXPECT_EQ(after.num_threads, before.num_threads);
  EXPECT_EQ(after.num_files, before.num_files);
  EXPECT_LT(after.memory_bytes - before.memory_bytes, kIsSanitized ? INT64_MAX : kMaxGrowth);
}

INSTANTIATE_TEST_SUITE_P(Gl, GlRendererTest, testing::Values("osmesa", "egl"),
                         [](const auto& test) { return test.param; });

// The order in which one process makes renderers matters, so that these run in processes of their
// own.
class MixedRenderersTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"osmesa", "egl"}) {
      const std::string why_not = WhyNoGl(name);
      if (!why_not.empty()) GTEST_SKIP() << why_not;
    }
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    TakeSnapshot(world_, snapshot_);
  }

  // Draws with one and then with the other in this process and ends it with status 0 if the frames
  // are equal, or writes why there is none.
  [[noreturn]] void DrawAndExit(const char* first, const char* second) {
    std::array<Image, 2> images;
    std::array<std::unique_ptr<Renderer>, 2> renderers;
    try {
      for (size_t i = 0; i < 2; ++i) {
        renderers[i] = MakeRenderer({.name = i == 0 ? first : second}, *model_);
        images[i] = {64, 64, {}};
        renderers[i]->Render(snapshot_, 0, images[i]);
      }
    } catch (const Error& error) {
      std::fputs(error.what(), stderr);
      std::_Exit(2);
    }
    std::_Exit(images[0].rgb == images[1].rgb ? 0 : 1);
  }

  MjModelPtr model_ = CompileModel(".", {.text = kScene});
  World world_{*model_};
  Snapshot snapshot_;
};

// Of EGL's devices this holds for Mesa's; a GPU's frames differ, or its context is refused.
class MixedMesaRenderersTest : public MixedRenderersTest {
 protected:
  void SetUp() override {
    MixedRenderersTest::SetUp();
    if (IsSkipped()) return;
    const IgnoreDriverLeaks ignore;
    if (Describe(MakeEglContext()->driver()) != Describe(MakeOsMesaContext()->driver())) {
      GTEST_SKIP() << "EGL's first device is not of the same Mesa as OSMesa";
    }
  }
};

TEST_F(MixedMesaRenderersTest, EglDrawsAfterOsMesaAndTheSame) {
  EXPECT_EXIT(DrawAndExit("osmesa", "egl"), testing::ExitedWithCode(0), "");
}

TEST_F(MixedRenderersTest, OsMesaIsRefusedAfterEgl) {
  EXPECT_EXIT(DrawAndExit("egl", "osmesa"), testing::ExitedWithCode(2),
              "MuJoCo already draws with another OpenGL library in this process, which does not "
              "see OSMesa");
}

class MakeRendererTest : public testing::Test {
 protected:
  MjModelPtr model_ = CompileModel(".", {.text = kScene});
};

class MakeRendererWithoutEglTest : public MakeRendererTest {
 protected:
  void SetUp() override {
    if (const std::string why_not = WhyNoGl("osmesa"); !why_not.empty()) GTEST_SKIP() << why_not;
    testing::FLAGS_gtest_death_test_style = "threadsafe";
  }

  // Draws a frame, writes what drew it, and ends the process.
  [[noreturn]] void DrawAndExit() {
    // libglvnd's list of drivers; NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread
    setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/none", 1);
    Snapshot snapshot;
    TakeSnapshot(World(*model_), snapshot);
    const auto renderer = MakeRenderer({.name = "gl"}, *model_);
    Image image = {8, 8, {}};
    renderer->Render(snapshot, 0, image);
    std::fputs(renderer->description().c_str(), stderr);
    std::_Exit(0);
  }
};

// EGL's library is loaded first then, and MuJoCo must not take its functions.
TEST_F(MakeRendererWithoutEglTest, TakesOsMesa) {
  EXPECT_EXIT(DrawAndExit(), testing::ExitedWithCode(0), "^OSMesa, ");
}

TEST_F(MakeRendererTest, RefusesADeviceThatIsNotThere) {
  for (const char* name : {"gl", "egl"}) {
    EXPECT_THAT([&] { MakeRenderer({.name = name, .device = 1000}, *model_); },
                ThrowsMessage<Error>(HasSubstr("EGL has no CUDA device 1000: it has ")));
  }
  EXPECT_THAT([] { CheckRenderer({.name = "osmesa", .device = 0}); },
              ThrowsMessage<Error>(HasSubstr("osmesa draws on the CPU, not on CUDA device 0")));
}

TEST_F(MakeRendererTest, ChecksFrames) {
  EXPECT_NO_THROW(CheckFrame(*model_, {.camera = "front", .width = 1, .height = 4096}));
  EXPECT_THAT(
      [&] { CheckFrame(*model_, {.camera = "fornt"}); },
      ThrowsMessage<Error>(AllOf(HasSubstr("unknown camera 'fornt'"), HasSubstr("front, back"),
                                 HasSubstr("did you mean 'front'?"))));
  for (const FrameSpec& frame : {FrameSpec{"front", 0, 8}, {"front", 8, 4097}, {"front", -1, 8}}) {
    EXPECT_THAT([&] { CheckFrameSize(frame); },
                ThrowsMessage<Error>(HasSubstr("expected a size of 1 to 4096 pixels")));
  }
}

}  // namespace
}  // namespace libero
