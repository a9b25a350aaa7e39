// The viewer in a real window, used as people do: through the callbacks that GLFW calls.

#include "viewer/window.h"

#include <GL/gl.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/png_file.h"
#include "tasks/live_slots.h"
#include "tasks/rollout.h"
#include "tests/test_folder.h"
#include "tests/viewer/viewer_fixture.h"
#include "tests/viewer/virtual_display.h"
#include "viewer/app.h"
#include "viewer/bitmap_surface.h"
#include "viewer/gui.h"

namespace libero {
namespace {

constexpr int kWidth = 1000;
constexpr int kHeight = 640;

class WindowTest : public ViewerFixture {
 protected:
  WindowTest() {
    SetMaxSteps(options_.protocol, 40);
    settings_.window_width = kWidth;
    settings_.window_height = kHeight;
    window_ = std::make_unique<Window>("test", kWidth, kHeight);
    ui_ = {.surface = window_.get(), .fonts = AddFonts(1), .settings = &settings_};
    window_->StartDrawing();
    window_->KeepPictures();
    app_ = std::make_unique<App>(Options(), suites_, store_, ui_);
  }

  AppOptions Options() {
    AppOptions options;
    options.choice.episode.suite = "libero_goal";
    options.choice.episode.task_index = 1;
    options.choice.policy = "shaking";
    options.policies = {"noop", "shaking", kKeyboardPolicy};
    options.simulation = options_;
    options.simulation.make_policy = [this](const std::string& name, const Protocol& protocol,
                                            const std::string& suite) -> std::unique_ptr<Policy> {
      if (name == kKeyboardPolicy) return std::make_unique<TeleopPolicy>(teleop_);
      return MakeTestPolicy(name, protocol, suite);
    };
    options.make_renderer = options_.make_renderer;
    options.teleop = &teleop_;
    return options;
  }

  void Frames(int count = 2) {
    for (int i = 0; i < count; ++i) app_->DrawFrame();
  }
  // Draws until something is so; false if that takes too long.
  bool FramesUntil(const std::function<bool()>& is_so) {
    for (int i = 0; i < 6000; ++i) {
      if (is_so()) return true;
      Frames(1);
    }
    return false;
  }

  // What the window's callbacks are told; putting them back leaves things as they were.
  void MoveMouse(float x, float y) {
    const GLFWcursorposfun callback =
        window_->glfw().set_cursor_pos_callback(window_->handle(), nullptr);
    window_->glfw().set_cursor_pos_callback(window_->handle(), callback);
    callback(window_->handle(), x, y);
  }
  void MouseButton(int button, bool is_down) {
    const GLFWmousebuttonfun callback =
        window_->glfw().set_mouse_button_callback(window_->handle(), nullptr);
    window_->glfw().set_mouse_button_callback(window_->handle(), callback);
    callback(window_->handle(), button, is_down ? GLFW_PRESS : GLFW_RELEASE, 0);
  }
  void Key(int key, bool is_down) {
    const GLFWkeyfun callback = window_->glfw().set_key_callback(window_->handle(), nullptr);
    window_->glfw().set_key_callback(window_->handle(), callback);
    callback(window_->handle(), key, 0, is_down ? GLFW_PRESS : GLFW_RELEASE, 0);
  }
  void Press(int key) {
    Key(key, true);
    Frames(1);
    Key(key, false);
    Frames(1);
  }
  ImVec2 PlaceOf(const std::string& name, float x = 0.5F, float y = 0.5F) {
    EXPECT_TRUE(ui_.places.contains(name)) << name;
    const ScreenRect place = ui_.places[name];
    return {place.min.x + x * (place.max.x - place.min.x),
            place.min.y + y * (place.max.y - place.min.y)};
  }
  void MoveTo(const std::string& name, float x = 0.5F, float y = 0.5F) {
    const ImVec2 at = PlaceOf(name, x, y);
    MoveMouse(at.x, at.y);
    Frames(1);
  }
  void Click(const std::string& name) {
    MoveTo(name);
    MouseButton(GLFW_MOUSE_BUTTON_LEFT, true);
    Frames(1);
    MouseButton(GLFW_MOUSE_BUTTON_LEFT, false);
    Frames(2);
  }
  int NumSteps() { return app_->simulation().Read()->num_steps(); }
  int ShownStep() { return app_->playhead().instant(NumSteps()).step; }
  bool IsLoaded() { return app_->simulation().Read()->generation > 0; }

  // Keeps a picture for people, where the test's caller wants them.
  void Keep(const std::string& name) {
    const char* folder = std::getenv("LIBERO_TEST_PICTURES");
    if (folder == nullptr) return;
    std::filesystem::create_directories(folder);
    WritePng(std::filesystem::path(folder) / (name + ".png"), window_->picture());
  }

  VirtualDisplay display_;
  TeleopInput teleop_;
  Settings settings_;
  Gui gui_;
  std::unique_ptr<Window> window_;
  Ui ui_;
  std::unique_ptr<App> app_;
};

TEST_F(WindowTest, PlaysStepsAndScrubs) {
  ASSERT_TRUE(FramesUntil([&] { return IsLoaded(); }));
  EXPECT_EQ(NumSteps(), 0);

  // play, pause
  Click("play");
  EXPECT_TRUE(app_->playhead().is_playing());
  ASSERT_TRUE(FramesUntil([&] { return ShownStep() >= 6; }));
  Press(GLFW_KEY_SPACE);
  EXPECT_FALSE(app_->playhead().is_playing());

  // a step, a substep
  Press(GLFW_KEY_HOME);
  EXPECT_EQ(ShownStep(), 0);
  Click("step");
  EXPECT_EQ(ShownStep(), 1);
  Press(GLFW_KEY_RIGHT);
  EXPECT_EQ(ShownStep(), 2);
  Click("substep");
  EXPECT_EQ(app_->playhead().instant(NumSteps()).substep, 1);

  // speed
  Press(GLFW_KEY_EQUAL);
  EXPECT_EQ(app_->playhead().speed(), 2);
  Press(GLFW_KEY_0);
  EXPECT_EQ(app_->playhead().speed(), 1);

  // scrub: the timeline has 40 steps
  Press(GLFW_KEY_END);
  ASSERT_GE(NumSteps(), 6);
  MoveTo("timeline", 5.0F / 40);
  MouseButton(GLFW_MOUSE_BUTTON_LEFT, true);
  Frames(2);
  EXPECT_EQ(ShownStep(), 5);
  MoveTo("timeline", 3.0F / 40);
  EXPECT_EQ(ShownStep(), 3);
  MouseButton(GLFW_MOUSE_BUTTON_LEFT, false);
  Frames(2);

  // go on from there, to the end
  Press(GLFW_KEY_C);
  EXPECT_TRUE(app_->playhead().is_playing());
  app_->playhead().SetSpeed(16);
  ASSERT_TRUE(FramesUntil([&] { return !app_->playhead().is_playing(); }));
  EXPECT_EQ(ShownStep(), 40);
  app_->Settle();
  EXPECT_EQ(app_->simulation().Result().end, EpisodeEnd::kTimeout);
  Keep("window_end");
  EXPECT_GT(*std::ranges::max_element(window_->picture().rgb), 200) << "the window is not black";
}

TEST_F(WindowTest, ShowsWhatIsAskedFor) {
  EpisodeChoice choice = app_->choice();
  choice.policy = "planning";
  app_->Show(choice, "");
  ASSERT_TRUE(
      FramesUntil([&] { return app_->simulation().Read()->info.description == "planning"; }));
  app_->GoTo(8);
  Frames(2);

  // the camera
  const double azimuth = app_->look().free.azimuth_deg;
  MoveTo("scene 0");
  MouseButton(GLFW_MOUSE_BUTTON_LEFT, true);
  Frames(1);
  MoveTo("scene 0", 0.6F, 0.5F);
  MouseButton(GLFW_MOUSE_BUTTON_LEFT, false);
  Frames(1);
  EXPECT_NE(app_->look().free.azimuth_deg, azimuth);

  // light, help, panels
  Click("theme");
  EXPECT_FALSE(settings_.is_dark);
  Press(GLFW_KEY_F1);
  Frames(2);
  Keep("window_help");
  Press(GLFW_KEY_ESCAPE);
  for (const std::string& panel : PanelNames()) {
    for (const std::string& other : PanelNames()) settings_.panels[other] = false;
    Frames(2);
    Click(panel);
    EXPECT_TRUE(settings_.panels[panel]) << panel;
    app_->Settle();
    Frames(2);
    Keep("window_" + panel);
  }
  EXPECT_TRUE(ui_.places.contains("attention")) << "in the plan's panel";
}

TEST_F(WindowTest, TextGrowsAndShrinks) {
  ASSERT_TRUE(FramesUntil([&] { return IsLoaded(); }));
  const auto height_of_button = [&] {
    return ui_.places["play"].max.y - ui_.places["play"].min.y;
  };
  const float before = height_of_button();

  Key(GLFW_KEY_LEFT_CONTROL, true);
  for (int i = 0; i < 4; ++i) Press(GLFW_KEY_EQUAL);
  Frames();
  EXPECT_NEAR(ui_.em, 16 * std::pow(1.1, 4), 1e-3);
  EXPECT_FLOAT_EQ(ui_.fonts.text->FontSize, ui_.em) << "drawn at this size, not stretched";
  EXPECT_GT(height_of_button(), 1.3F * before);
  EXPECT_EQ(app_->playhead().speed(), 1) << "which the key changes without Ctrl";
  Keep("large_text");

  for (int i = 0; i < 100; ++i) Press(GLFW_KEY_MINUS);
  EXPECT_EQ(settings_.zoom, kSmallestZoom);
  EXPECT_EQ(ui_.em, 8);

  Press(GLFW_KEY_0);
  Key(GLFW_KEY_LEFT_CONTROL, false);
  Frames();
  EXPECT_EQ(settings_.zoom, 1);
  EXPECT_EQ(height_of_button(), before);
}

TEST_F(WindowTest, ChangesInitStatesAndTasks) {
  ASSERT_TRUE(FramesUntil([&] { return IsLoaded(); }));
  Press(GLFW_KEY_RIGHT_BRACKET);
  EXPECT_EQ(app_->choice().episode.init_index, 1);
  EXPECT_EQ(app_->choice().episode.reset_index, 2);
  Click("next task");
  ASSERT_TRUE(FramesUntil([&] { return app_->simulation().Read()->info.task.index == 2; }));
  EXPECT_EQ(app_->simulation().Read()->info.episode.init_index, 0);
  EXPECT_EQ(app_->simulation().Read()->error, "");
  app_->Settle();
  Frames(2);
  Keep("window_next_task");

  // what was made for textures goes with the app
  EXPECT_GT(window_->num_textures(), 0);
  app_.reset();
  EXPECT_EQ(window_->num_textures(), 0);
}

TEST_F(WindowTest, ShowsTwoPoliciesInStep) {
  ASSERT_TRUE(FramesUntil([&] { return IsLoaded(); }));
  app_->Show(app_->choice(), "noop");
  ASSERT_TRUE(FramesUntil(
      [&] { return app_->simulation(1).Read()->generation > 0 && app_->simulation(0).is_idle(); }));
  app_->playhead().SetSpeed(16);
  app_->playhead().SetPlaying(true);
  ASSERT_TRUE(FramesUntil([&] { return !app_->playhead().is_playing(); }));
  app_->Settle();
  Frames(2);
  EXPECT_EQ(app_->simulation(0).Read()->num_steps(), 40);
  EXPECT_EQ(app_->simulation(1).Read()->num_steps(), 40);
  EXPECT_EQ(app_->simulation(0).Read()->moments[0].state.world.integration,
            app_->simulation(1).Read()->moments[0].state.world.integration);
  EXPECT_NE(app_->simulation(0).Result().final_state_hash,
            app_->simulation(1).Result().final_state_hash);
  Keep("window_versus");

  // the panels show whose scene was clicked
  Click("scene 1");
  EXPECT_EQ(app_->num_stages(), 2);
  app_->Show(app_->choice(), "");
  Frames(2);
  EXPECT_EQ(app_->num_stages(), 1);
}

TEST_F(WindowTest, IsDrivenByTheKeyboard) {
  ASSERT_TRUE(FramesUntil([&] { return IsLoaded(); }));
  EpisodeChoice choice = app_->choice();
  choice.policy = "keyboard";
  app_->Show(choice, "");
  ASSERT_TRUE(
      FramesUntil([&] { return app_->simulation().Read()->info.description == "keyboard"; }));
  EXPECT_FALSE(window_->gamepad()) << "none is connected";
  Key(GLFW_KEY_W, true);
  // down and up before a frame is drawn
  Key(GLFW_KEY_G, true);
  Key(GLFW_KEY_G, false);
  Frames(1);
  Press(GLFW_KEY_SPACE);
  ASSERT_TRUE(FramesUntil([&] { return ShownStep() >= 3; }));
  Key(GLFW_KEY_W, false);
  const Simulation::Access recording = app_->simulation().Read();
  const Moment& moment = recording->moments[2];
  EXPECT_GT(moment.action[0], 0.5) << "forward";
  EXPECT_EQ(moment.action[6], 1) << "the gripper closes";
  EXPECT_GT(moment.observation.eef_pos[0], recording->moments[0].observation.eef_pos[0]);
}

// What OpenGL and malloc have in use.
struct InUse {
  int num_textures = 0;
  int num_buffers = 0;
  double megabytes = 0;
};

class TaskSwitchTest : public WindowTest {
 protected:
  [[nodiscard]] InUse Measure() {
    app_->Settle();
    const auto count = [this](const char* name) {
      const auto is_object =
          reinterpret_cast<GLboolean (*)(GLuint)>(window_->glfw().get_proc_address(name));
      int number = 0;
      for (GLuint object = 1; object < 4096; ++object) number += is_object(object) == GL_TRUE;
      return number;
    };
    const struct mallinfo2 memory = mallinfo2();
    return {count("glIsTexture"), count("glIsBuffer"),
            static_cast<double>(memory.uordblks + memory.hblkhd) / 1e6};
  }

  // Shows the first instant of a task and its pictures.
  void SwitchTo(const std::string& suite, int task) {
    EpisodeChoice choice = app_->choice();
    choice.episode.suite = suite;
    choice.episode.task_index = task;
    const uint64_t generation = app_->simulation().Read()->generation;
    app_->Show(choice, "");
    ASSERT_TRUE(FramesUntil([&] { return app_->simulation().Read()->generation > generation; }));
    Frames(3);
    app_->Settle();
    Frames(2);
    ASSERT_EQ(app_->simulation().Read()->error, "");
  }
};

TEST_F(TaskSwitchTest, LeavesNothingBehind) {
  ASSERT_TRUE(FramesUntil([&] { return IsLoaded(); }));
  std::vector<std::pair<const char*, int>> tasks;  // of a round: three scenes
  for (int task = 0; task < 7; ++task) tasks.emplace_back("libero_goal", task);
  tasks.insert(tasks.end(), {{"libero_spatial", 0}, {"libero_spatial", 1}, {"libero_object", 0}});
  const char* const wanted = std::getenv("LIBERO_TEST_TASK_SWITCHES");
  const int num_rounds = (wanted == nullptr ? 20 : std::atoi(wanted)) / 10;
  InUse first;
  for (int round = 0; round < num_rounds; ++round) {
    for (const auto& [suite, task] : tasks) SwitchTo(suite, task);
    const InUse now = Measure();
    if (round == 0) first = now;
    if (round % 10 == 0 || round == num_rounds - 1) {
      std::cout << "after " << 10 * (round + 1) << " switches: " << now.num_textures
                << " textures, " << now.num_buffers << " buffers, " << now.megabytes << " MB"
                << std::endl;
    }
  }
  const InUse last = Measure();
  EXPECT_EQ(last.num_textures, first.num_textures);
  EXPECT_EQ(last.num_buffers, first.num_buffers);
  constexpr double kNoise_MB = 20;  // seen: 13, of what is just being let go; a scene has 100
  EXPECT_LE(last.megabytes, first.megabytes + kNoise_MB);
}

// A run of 8 episodes in two slots, in a thread that stands for another process.
class RunWindowTest : public WindowTest {
 protected:
  RunWindowTest() {
    std::ofstream(folder_ / "config.json") << R"({
      "suite": "libero_goal", "tasks": [0, 3], "init_indices": [0, 1, 2, 3], "seed": 0,
      "policy": "shaking", "mode": "reference",
      "protocol": {"name": "univla", "max_steps": {"libero_goal": 40}, "settle_steps": 2,
                   "settle_action": [0, 0, 0, 0, 0, 0, -1],
                   "frames": [{"camera": "agentview", "width": 64, "height": 64}]}})";
    const libero::Run run = ReadRunLog(folder_.path());
    for (const int task : run.tasks) {
      for (const int init : run.inits)
        episodes_.push_back(ChoiceOf(run, suites_, task, init).episode);
    }
    options_.protocol = run.protocol;
    app_.reset();
    AppOptions options = Options();
    options.choice = ChoiceOf(run, suites_, 0, 0);
    options.run = run;
    app_ = std::make_unique<App>(std::move(options), suites_, store_, ui_);
  }

  std::vector<EpisodeResult> RunAll(const EpisodeWatcherFactory& make_watcher) {
    ShakingPolicy policy;
    std::vector<EpisodeResult> results;
    RunEpisodes(episodes_, suites_, store_, policy,
                {.num_slots = 2,
                 .num_threads = 1,
                 .protocol = options_.protocol,
                 .make_watcher = make_watcher},
                [&](const EpisodeResult& result) { results.push_back(result); });
    std::ranges::sort(results, {}, [](const EpisodeResult& result) {
      return std::pair(result.spec.task_index, result.spec.init_index);
    });
    return results;
  }

  TestFolder folder_;
  std::vector<EpisodeSpec> episodes_;
};

TEST_F(RunWindowTest, ShowsTheSlotsOfARunThatGoesOnWhenItIsClosed) {
  Frames(2);
  EXPECT_TRUE(app_->shows_run());
  std::future<std::vector<EpisodeResult>> run =
      std::async(std::launch::async, [this] { return RunAll(MakeLiveWatchers(folder_.path())); });
  ASSERT_TRUE(FramesUntil([&] { return ui_.places.contains("slot 0"); }));
  ASSERT_TRUE(FramesUntil([&] { return ui_.places.contains("slot 1"); }));
  ASSERT_TRUE(FramesUntil([&] { return window_->num_textures() >= 2; })) << "pictures of both";
  Frames(2);
  Keep("window_run");

  // one of them large, and back
  Click("slot 1");
  EXPECT_EQ(app_->board()->grid().large(), 1);
  Frames(20);
  Keep("window_run_large");
  const double azimuth = app_->look().free.azimuth_deg;
  MoveTo("scene 1000");
  MouseButton(GLFW_MOUSE_BUTTON_LEFT, true);
  Frames(1);
  MoveTo("scene 1000", 0.6F, 0.5F);
  MouseButton(GLFW_MOUSE_BUTTON_LEFT, false);
  Frames(1);
  EXPECT_NE(app_->look().free.azimuth_deg, azimuth);
  Press(GLFW_KEY_ESCAPE);
  EXPECT_EQ(app_->board()->grid().large(), -1);

  // an episode that is not running is watched
  Frames(2);
  Click("episode 3 3");
  EXPECT_FALSE(app_->shows_run());
  EXPECT_EQ(app_->choice().episode.task_index, 3);
  EXPECT_EQ(app_->choice().episode.init_index, 3);

  // the window is closed
  libero::Run logged = app_->board()->run();
  app_.reset();
  EXPECT_EQ(window_->num_textures(), 0);
  const std::vector<EpisodeResult> watched = run.get();
  const std::vector<EpisodeResult> alone = RunAll({});
  ASSERT_EQ(watched.size(), alone.size());
  for (size_t i = 0; i < alone.size(); ++i) {
    EXPECT_EQ(watched[i].error, "");
    EXPECT_EQ(watched[i].final_state_hash, alone[i].final_state_hash);
  }

  // what is watched again ends as it was logged
  const EpisodeSpec& spec = alone[0].spec;
  logged.episodes[{spec.task_index, spec.init_index}] = {
      .end = "timeout", .steps = 40, .final_state_hash = alone[0].final_state_hash};
  logged.is_done = true;
  const RunBoard board(logged, suites_, store_);
  Simulation simulation(suites_, store_, options_);
  simulation.Load(ChoiceOf(logged, suites_, spec.task_index, spec.init_index));
  simulation.SetTarget(40);
  simulation.WaitUntilIdle();
  const Simulation::Access recording = simulation.Read();
  EXPECT_EQ(board.Compare(recording->info, recording->moments.back()),
            "in the run it ended in this state");
  EXPECT_EQ(board.Compare(recording->info, recording->moments[10]), "");
}

TEST(WindowWithoutDisplayTest, SaysWhatCanBeDone) {
  unsetenv("DISPLAY");
  unsetenv("WAYLAND_DISPLAY");
  const Gui gui;
  EXPECT_THAT([] { Window("test", 100, 100); },
              testing::ThrowsMessage<Error>(testing::AllOf(
                  testing::HasSubstr("cannot open a window"), testing::HasSubstr("libero eval"),
                  testing::HasSubstr("--screenshot"))));
}

}  // namespace
}  // namespace libero
