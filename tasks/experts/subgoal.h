#pragma once

#include <string>
#include <vector>

#include "tasks/experts/workcell.h"
#include "tasks/predicates.h"

namespace libero {

// One predicate of a task's goal, as something to do. Ids are the model's.
struct Subgoal {
  enum class Kind { kOpen, kClose, kTurnOn, kTurnOff, kOn, kIn, kUnknown };

  Kind kind = Kind::kUnknown;
  int predicate = 0;               // its index in the goal
  std::string text;                // e.g. "(On bowl_1 plate_1)"
  int object = -1;                 // what is put somewhere, or the fixture that is moved
  int support = Workcell::kArena;  // object that it is put on or into
  int site = -1;                   // where, unless on an object itself
  Eigen::Vector3d half{0, 0, 0};   // half sizes of the site, m
  int joint = -1;                  // that opens the place, or is to be moved; −1: none
};

// The goal of a cell's task in an order in which it can be reached: what is closed and holds
// nothing yet first, then what opens or is switched, then what is put somewhere (what others stand
// on before these), and what closes over things last.
[[nodiscard]] std::vector<Subgoal> PlanSubgoals(const Workcell& cell);

// Whether a thing that stands still in that pose fulfils the subgoal (kOn or kIn), contacts apart,
// and by a margin (m); see PredicateChecker.
[[nodiscard]] bool FulfilledAt(const Workcell& cell, const Subgoal& subgoal, const Pose& X_WO,
                               double margin = 0.003);

}  // namespace libero
