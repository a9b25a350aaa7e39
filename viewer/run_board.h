#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tasks/suites.h"
#include "viewer/run_log.h"
#include "viewer/simulation.h"
#include "viewer/ui.h"

namespace libero {

// Shows an evaluation, running or finished: success rates of its tasks, and a cell for each
// episode. Only reads its files, so that closing the viewer stops nothing.
class RunBoard {
 public:
  RunBoard(Run run, const std::vector<Suite>& suites) : run_(std::move(run)), suites_(&suites) {}

  // Draws it into the space that is left; looks for new episodes about once a second. Returns the
  // episode whose cell was clicked.
  std::optional<EpisodeChoice> Draw(Ui& ui);

  // The episode as the run's settings say.
  [[nodiscard]] EpisodeChoice Choice(int task, int init) const;

  [[nodiscard]] const Run& run() const { return run_; }

 private:
  void Update();
  void DrawSummary(const Ui& ui) const;
  void DrawTask(Ui& ui, int task, std::optional<EpisodeChoice>& chosen);
  void DrawCells(Ui& ui, int task, std::optional<EpisodeChoice>& chosen);

  Run run_;
  const std::vector<Suite>* suites_;
  double next_update_ = 0;  // s, of ImGui's clock
  std::string error_;
};

}  // namespace libero
