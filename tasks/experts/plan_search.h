#pragma once

#include <optional>
#include <vector>

#include "tasks/experts/agent.h"
#include "tasks/experts/grasp.h"
#include "tasks/experts/put.h"

namespace libero {

// Where the hand begins to sink slowly: m above a grasp.
inline constexpr double kApproach = 0.035;

// How to take an object and where to put it.
struct Plan {
  Grasp grasp;
  Put put;
  double cost = 0;
};

// Chooses grasps and places that go together: those at which the hand has room both where it takes
// the object and where it sets it down. Looks at the world as it is when the search is made.
class PlanSearch {
 public:
  // `agent` must outlive this object; `puts` are places for the object, the best first.
  PlanSearch(const Agent& agent, int object, std::vector<Put> puts);

  // The cheapest combination; `tried` are grasps that failed. Hands are tilted only where something
  // is in the way of all others. Nothing if there is no grasp or no place.
  [[nodiscard]] std::optional<Plan> Best(const std::vector<Grasp>& tried) const;

  // The best place for what the hand holds now, held as it is.
  [[nodiscard]] std::optional<Put> BestPut() const;

 private:
  [[nodiscard]] std::optional<Plan> BestOf(const std::vector<Grasp>& grasps,
                                           const std::vector<Grasp>& tried) const;
  // How the arm gets to where it takes the object.
  struct Reached {
    ArmStance stance;
    Eigen::Matrix3d R;  // of the hand
    double cost = 0;
  };

  [[nodiscard]] double TakingCost(const Pose& hand, double gap) const;
  [[nodiscard]] Reached Reach(const Pose& hand, double gap) const;
  [[nodiscard]] bool IsTakable(const Pose& hand, double gap) const;
  [[nodiscard]] double PuttingCost(const Put& put, const Grasp& grasp) const;
  [[nodiscard]] double TurningCost(const Put& put, const Grasp& grasp,
                                   const Reached& reached) const;
  [[nodiscard]] double StretchCost(const Pose& hand) const;

  const Agent& agent_;
  const Workcell& cell_;
  int object_;
  std::vector<Box> others_;  // than the object, but for
  std::vector<Box> doors_;   // which give way
  std::vector<Put> puts_;
};

}  // namespace libero
