#pragma once

#include <optional>
#include <vector>

#include "sim/observation.h"

namespace libero {

// Where in a picture a policy looked: weights of the cells of a grid over the middle of the frame.
struct PictureAttention {
  int rows = 0;
  int columns = 0;
  std::vector<float> weights;  // (rows, columns), the frame's upper left as people see it first
  double part = 1;             // of the frame's width and height that the grid covers
};

// The plan that an action came from, for people who look on.
struct PolicyPlan {
  std::vector<int> codes;  // latent actions that the plan begins with, each in [0, num_codes)
  int num_codes = 0;
  std::vector<std::vector<float>> probabilities;  // (num_codes) of each code; empty if not told
  std::optional<PictureAttention> attention;
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

  // Whether plans are to hold probabilities and attention, which takes some more computing. They do
  // not at first. Actions are the same, either way.
  virtual void TellReasons(bool are_wanted) = 0;
};

}  // namespace libero
