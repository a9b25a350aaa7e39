#pragma once

#include <vector>

#include "sim/observation.h"

namespace libero {

// The plan that an action came from, for people who look on.
struct PolicyPlan {
  std::vector<int> codes;  // latent actions that the plan begins with, each in [0, num_codes)
  int num_codes = 0;
  std::vector<Action> actions;  // that it makes, in the environment's units
  int age = 0;                  // steps since it was made
};

// A policy that has plans and tells them; policies that do so implement it beside Policy.
class PlanTeller {
 public:
  virtual ~PlanTeller() = default;

  // That the slot's last action came from; null before the first one. Valid until the next Act.
  // Called by the thread that calls Act.
  [[nodiscard]] virtual const PolicyPlan* plan(int slot) const = 0;
};

}  // namespace libero
