#include "viewer/view_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>
#include <sstream>
#include <thread>

#include "sim/base/check.h"
#include "sim/base/log.h"
#include "sim/base/suggest.h"
#include "sim/png_file.h"
#include "tasks/policies/make_policy.h"
#include "tasks/render_command.h"
#include "viewer/app.h"
#include "viewer/bitmap_surface.h"
#include "viewer/demo_source.h"
#include "viewer/gui.h"
#include "viewer/run_board.h"
#include "viewer/window.h"

namespace libero {
namespace {

// Policies to pick from: those that need no more than a name.
std::vector<std::string> NamedPolicies() {
  std::vector<std::string> names;
  for (const std::string& form : PolicyForms()) {
    const std::string name = form.substr(0, form.find(' '));
    if (name.find(':') == name.npos) names.push_back(name);
  }
  names.emplace_back(kKeyboardPolicy);
  return names;
}

// Everything below the window.
class Viewer {
 public:
  explicit Viewer(const ViewOptions& options)
      : suites_(LoadSuites(options.data_root)),
        store_(options.data_root, options.cache_folder),
        renderers_(WithThreads(options.renderer), TextureFolder(options.cache_folder)) {
    const auto make_renderer = [this](const mjModel& model) {
      return renderers_.Make(model);
    };
    app_options_ = {.choice = Choice(options),
                    .versus = options.versus,
                    .policies = NamedPolicies(),
                    .simulation = {.protocol = FindProtocol(options.protocol),
                                   .mode = FindStepMode(options.mode),
                                   .make_policy = PolicyMaker(options.checkpoint),
                                   .make_renderer = make_renderer},
                    .make_renderer = make_renderer,
                    .teleop = &teleop_,
                    .save_folder = options.save_folder};
    if (options.run) ShowRun(*options.run, options.checkpoint);
    CheckPolicies();
  }

  [[nodiscard]] std::unique_ptr<App> MakeApp(Ui& ui) {
    return std::make_unique<App>(app_options_, suites_, store_, ui);
  }

 private:
  static RendererOptions WithThreads(RendererOptions options) {
    options.num_threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    return options;
  }

  [[nodiscard]] EpisodeChoice Choice(const ViewOptions& options) const {
    EpisodeChoice choice = {.policy = options.policy};
    if (options.demos) {
      choice.demo_file = *options.demos;
      choice.demo = options.demo;
      choice.episode = ReadDemoSource(*options.demos, options.demo, suites_).episode;
      return choice;
    }
    const Task& task = FindTask(FindSuite(suites_, options.suite), options.task);
    (void)LoadInitStates(task.init_states_path.string()).state(options.init);
    choice.episode = {.suite = task.suite,
                      .task_index = task.index,
                      .init_index = options.init,
                      .reset_index = options.init + 1,
                      .seed = options.seed};
    return choice;
  }

  [[nodiscard]] PolicyFactory PolicyMaker(CheckpointOptions checkpoint) const {
    checkpoint.num_threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()) - 1);
    return [this, checkpoint](const std::string& name, const Protocol& protocol,
                              const std::string& suite) -> std::unique_ptr<Policy> {
      if (name == kKeyboardPolicy) return std::make_unique<TeleopPolicy>(teleop_);
      const CheckpointOptions own = IsCheckpointFolder(name) ? checkpoint : CheckpointOptions();
      return LoadPolicy(name, own, protocol, suite).policy;
    };
  }

  // What was not asked for otherwise is as it was in a run.
  static CheckpointOptions WithDefaults(CheckpointOptions options, const CheckpointOptions& run) {
    for (const auto member : {&CheckpointOptions::decode, &CheckpointOptions::act,
                              &CheckpointOptions::quirks, &CheckpointOptions::statistics}) {
      if ((options.*member).empty()) options.*member = run.*member;
    }
    return options;
  }

  // Its episodes are watched as they were run.
  void ShowRun(const std::filesystem::path& folder, const CheckpointOptions& checkpoint) {
    Run run = ReadRunLog(folder);
    app_options_.simulation.protocol = run.protocol;
    app_options_.simulation.mode = FindStepMode(run.mode);
    app_options_.choice = ChoiceOf(run, suites_, run.tasks.at(0), run.inits.at(0));
    app_options_.simulation.make_policy = PolicyMaker(WithDefaults(checkpoint, run.acting));
    app_options_.run = std::move(run);
  }

  // Says at once what cannot be; checkpoints take their time, and the window says what they lack.
  void CheckPolicies() const {
    for (const std::string& name : {app_options_.choice.policy, app_options_.versus}) {
      if (name.empty() || IsCheckpointFolder(name)) continue;
      (void)app_options_.simulation.make_policy(name, app_options_.simulation.protocol,
                                                app_options_.choice.episode.suite);
    }
  }

  std::vector<Suite> suites_;
  SceneStore store_;
  RendererSource renderers_;
  TeleopInput teleop_;
  AppOptions app_options_;
};

void OpenPanels(const std::string& list, Settings& settings) {
  const std::vector<std::string> names = PanelNames();
  if (list.empty()) return;
  for (const std::string& name : names) settings.panels[name] = false;
  std::istringstream stream(list);
  for (std::string name; std::getline(stream, name, ',');) {
    if (std::ranges::find(names, name) == names.end()) {
      throw Error(fmt::format("--panels: there is no panel '{}'", name),
                  fmt::format("panels: {}", fmt::join(names, ", ")));
    }
    settings.panels[name] = true;
  }
}

int TakeScreenshot(const ViewOptions& options, std::ostream& out) {
  if (options.step < 0)
    throw Error(fmt::format("--step: expected 0 or more, got {}", options.step));
  FrameSpec size;
  ParseFrameSize(options.size, size);
  Settings settings = {.is_dark = !options.light, .camera = options.camera};
  OpenPanels(options.panels, settings);
  Viewer viewer(options);
  const Gui gui;
  const auto scale = static_cast<float>(options.scale);
  Ui ui = {.fonts = AddFonts(scale), .settings = &settings, .em = kTextHeight * scale};
  BitmapSurface surface(size.width, size.height, scale);
  ui.surface = &surface;
  const std::unique_ptr<App> app = viewer.MakeApp(ui);
  app->look().is_sharp = true;
  app->GoTo(options.step);

  // panels find their size in a frame and fill it in the next ones
  for (int i = 0; i < 3; ++i) {
    app->DrawFrame();
    app->Settle();
  }
  app->DrawFrame();
  const Simulation::Access recording = app->simulation().Read();
  if (!recording->error.empty()) throw Error(recording->error);
  WritePng(*options.screenshot, surface.Picture());
  if (app->shows_run()) {
    out << fmt::format("{}: {}×{}, run {}\n", options.screenshot->string(), size.width, size.height,
                       app->board()->run().folder.string());
    return 0;
  }
  out << fmt::format("{}: {}×{}, step {} of {} {}, policy {}\n", options.screenshot->string(),
                     size.width, size.height, std::min(options.step, recording->num_steps()),
                     recording->info.task.suite, recording->info.task.index,
                     recording->info.description);
  return 0;
}

int ShowWindow(const ViewOptions& options) {
  Settings settings = options.settings_file ? ReadSettings(*options.settings_file) : Settings();
  if (!options.camera.empty()) settings.camera = options.camera;
  if (options.light) settings.is_dark = false;
  OpenPanels(options.panels, settings);
  const Gui gui;
  Window window("libero", settings.window_width, settings.window_height);
  Ui ui = {.surface = &window, .settings = &settings, .scale = static_cast<float>(options.scale)};
  FitText(ui);
  window.StartDrawing();
  Viewer viewer(options);
  const std::unique_ptr<App> app = viewer.MakeApp(ui);
  if (app->shows_run()) {
    // the run needs the processors more than its window
    if (nice(5) < 0) LogWarning("viewer", "the window takes as much time as the run");
  } else {
    app->playhead().SetPlaying(true);
  }
  while (!window.should_close()) app->DrawFrame();
  settings.window_width = static_cast<int>(ImGui::GetIO().DisplaySize.x / window.scale());
  settings.window_height = static_cast<int>(ImGui::GetIO().DisplaySize.y / window.scale());
  if (options.settings_file) WriteSettings(*options.settings_file, settings);
  return 0;
}

}  // namespace

int RunViewCommand(const ViewOptions& options, std::ostream& out) {
  CheckRenderer(options.renderer);
  return options.screenshot ? TakeScreenshot(options, out) : ShowWindow(options);
}

}  // namespace libero
