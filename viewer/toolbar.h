#pragma once

#include <string>
#include <vector>

#include "tasks/suites.h"
#include "viewer/simulation.h"
#include "viewer/ui.h"

namespace libero {

// The pickers above the scene: suite, task, init state, policy.
class Toolbar {
 public:
  explicit Toolbar(const std::vector<Suite>& suites) : suites_(&suites) {}

  // Draws them; changes the choice, and which policy is shown beside its own ("" for none), as they
  // are used. `policies` are those to pick from, `num_inits` the task's init states (0: not known
  // yet).
  void Draw(Ui& ui, EpisodeChoice& choice, std::string& versus, std::vector<std::string>& policies,
            int num_inits);

  // The next or previous task of the suite, or init state, round and round.
  void MoveTask(EpisodeChoice& choice, int count) const;
  static void MoveInit(EpisodeChoice& choice, int count, int num_inits);

  // Names of the cameras: the free one, and the model's.
  static void DrawCameras(Ui& ui, const mjModel& model, std::string& camera);

 private:
  // `rest` pixels are left free on the right.
  void DrawTask(Ui& ui, EpisodeChoice& choice, float rest);
  void DrawPolicy(Ui& ui, EpisodeChoice& choice, std::vector<std::string>& policies);
  void DrawVersus(Ui& ui, std::string& versus, const std::vector<std::string>& policies);

  const std::vector<Suite>* suites_;
  std::string suite_filter_;
  std::string task_filter_;
  std::string policy_filter_;
  std::string versus_filter_;
  std::string own_policy_;
};

}  // namespace libero
