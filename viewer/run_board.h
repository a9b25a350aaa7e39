#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tasks/suites.h"
#include "viewer/live_grid.h"
#include "viewer/run_facts.h"
#include "viewer/run_log.h"
#include "viewer/run_watch.h"
#include "viewer/simulation.h"
#include "viewer/ui.h"

namespace libero {

// An episode as the run's settings say.
[[nodiscard]] EpisodeChoice ChoiceOf(const Run& run, const std::vector<Suite>& suites, int task,
                                     int init);

// Shows an evaluation, running or finished: what its slots are at, success rates of its tasks, and
// a cell for each episode. Only reads its files, so that closing the viewer stops nothing.
class RunBoard {
 public:
  // `suites` and `store` must outlive it.
  RunBoard(Run run, const std::vector<Suite>& suites, SceneStore& store);

  // Draws it into the space that is left; looks for new episodes about once a second. Returns the
  // episode whose cell was clicked and that is not running.
  std::optional<EpisodeChoice> Draw(Ui& ui, ScenePainter& painter, SceneLook& look);

  // Waits for what its slots are at, if they are at something: once, some seconds at most.
  void Settle();

  void Release(Surface& surface) { grid_.Release(surface); }

  // What the run's log says of an episode that has been watched to its end; "" if it is not the
  // run's or has not been logged.
  [[nodiscard]] std::string Compare(const EpisodeInfo& info, const Moment& last) const;

  [[nodiscard]] std::string title() const { return run_.suite + ": " + run_.policy; }
  [[nodiscard]] const Run& run() const { return run_; }
  [[nodiscard]] const RunFacts& facts() const { return facts_; }
  [[nodiscard]] LiveGrid& grid() { return grid_; }

 private:
  void Update();
  void DrawSummary(const Ui& ui) const;
  void DrawRunning(Ui& ui, ScenePainter& painter, SceneLook& look);
  void DrawLarge(Ui& ui, const std::vector<RunningEpisode>& episodes, ScenePainter& painter,
                 SceneLook& look);
  void DrawTasks(Ui& ui, std::optional<EpisodeChoice>& chosen);
  void DrawTask(Ui& ui, int task, std::optional<EpisodeChoice>& chosen);
  void DrawCells(Ui& ui, int task, std::optional<EpisodeChoice>& chosen);

  Run run_;
  RunFacts facts_;
  const std::vector<Suite>* suites_;
  LiveGrid grid_;
  std::unique_ptr<RunWatch> watch_;             // null for a run that is done
  std::map<std::pair<int, int>, int> running_;  // slots, by task and init state
  bool has_waited_ = false;                     // for its slots
  double next_update_ = 0;                      // s, of ImGui's clock
  std::string error_;
};

}  // namespace libero
