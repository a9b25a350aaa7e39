#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "viewer/panels/panels.h"
#include "viewer/playhead.h"
#include "viewer/run_board.h"
#include "viewer/scene_area.h"
#include "viewer/scene_view.h"
#include "viewer/simulation.h"
#include "viewer/teleop.h"
#include "viewer/toolbar.h"
#include "viewer/transport.h"
#include "viewer/ui.h"

namespace libero {

struct AppOptions {
  EpisodeChoice choice;
  std::string versus;                 // a second policy beside the first; "" for none
  std::vector<std::string> policies;  // to pick from
  SimulationOptions simulation;
  RendererFactory make_renderer;            // of the views, and of what is saved
  TeleopInput* teleop = nullptr;            // of the policy "keyboard"; may be null
  std::optional<Run> run;                   // an evaluation to show
  std::filesystem::path save_folder = ".";  // for demonstrations
};

// The names of the sidebar's panels.
[[nodiscard]] std::vector<std::string> PanelNames();

// The viewer: everything in the window. One thread draws it, frame after frame; it never waits for
// simulations, policies or pictures.
class App {
 public:
  // What is passed by reference must outlive it.
  App(AppOptions options, const std::vector<Suite>& suites, SceneStore& store, Ui& ui);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Draws a frame on the surface, and does what the user did since the last one.
  void DrawFrame();

  // Waits until simulations and pictures have caught up with what was last drawn.
  void Settle();

  // Has the simulations go to a step, and shows it.
  void GoTo(int step);

  // Shows this episode from its beginning, beside it what `versus` does in it if that is not "".
  void Show(const EpisodeChoice& choice, const std::string& versus);

  [[nodiscard]] Playhead& playhead() { return playhead_; }
  [[nodiscard]] SceneLook& look() { return look_; }
  [[nodiscard]] const EpisodeChoice& choice() const { return choice_; }
  [[nodiscard]] Simulation& simulation(size_t stage = 0) { return *stages_.at(stage)->simulation; }
  [[nodiscard]] size_t num_stages() const { return num_shown_; }
  [[nodiscard]] bool shows_run() const { return shows_run_; }
  [[nodiscard]] RunBoard* board() { return board_ ? &*board_ : nullptr; }  // null without a run
  [[nodiscard]] const std::string& notice() const { return notice_; }
  [[nodiscard]] bool is_saving() const { return saving_.valid(); }

 private:
  // One of the episodes that are shown side by side.
  struct Stage {
    std::unique_ptr<Simulation> simulation;
    SceneArea area;
    uint64_t generation = 0;  // that the playhead is of
  };
  using Accesses = std::vector<Simulation::Access>;

  void Frame();
  void Advance(const Accesses& recordings);
  void UseKeys(const Recording& recording);
  void UseViewKeys(const Recording& recording);
  void DrawToolbar(const Recording& recording);
  void DrawBody(const Accesses& recordings);
  void DrawScenes(const Accesses& recordings, ImVec2 size);
  void DrawBanner(const Recording& recording, ImVec2 corner, float width);
  void DrawCamera(const Recording& recording, ImVec2 corner, ImVec2 size);
  void DrawDemos(const Recording& recording);
  void DrawSave(const Recording& recording);
  void DrawSidebar(const Recording& recording);
  void DrawHelp();
  void ShowOfRun(const EpisodeChoice& choice);
  void DoWhatIsWanted();
  void GoOn();
  void StartSaving();
  void SetNumStages(size_t count);
  [[nodiscard]] std::span<const std::unique_ptr<Stage>> shown() const {
    return {stages_.data(), num_shown_};
  }
  [[nodiscard]] bool IsPanelOpen(const std::string& name, bool at_first) const;
  [[nodiscard]] bool IsDrivenByHand() const;

  AppOptions options_;
  const std::vector<Suite>* suites_;
  SceneStore* store_;
  Ui* ui_;
  EpisodeChoice choice_;
  std::string versus_;
  EpisodeChoice loaded_;  // that the simulations were asked for
  std::string loaded_versus_;
  std::vector<std::string> policies_;
  std::vector<std::unique_ptr<Stage>> stages_;
  size_t num_shown_ = 0;
  size_t selected_ = 0;  // stage that panels and timeline show
  std::unique_ptr<ScenePainter> painter_;
  Playhead playhead_;
  SceneLook look_;
  Toolbar toolbar_;
  PicturesPanel pictures_;
  PlanPanel plan_;
  TeleopControls controls_;
  std::optional<RunBoard> board_;
  bool shows_run_ = false;
  bool is_dark_ = true;
  bool shows_help_ = false;
  bool wants_restart_ = false;  // to be done at the end of the frame
  bool wants_to_go_on_ = false;
  bool wants_to_save_ = false;
  std::string notice_;               // what came of saving
  std::future<std::string> saving_;  // last: it uses the rest
};

}  // namespace libero
