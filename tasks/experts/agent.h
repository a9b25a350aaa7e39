#pragma once

#include <functional>
#include <string>

#include "tasks/experts/expert_options.h"
#include "tasks/experts/skill.h"
#include "tasks/experts/workcell.h"

namespace libero {

// Who runs skills: what they see, and what they keep between steps.
struct Agent {
  Workcell cell;
  ExpertOptions options;
  SkillCursor cursor;
  Pose home;                                    // of the hand when the episode began
  ArmJoints posture = ArmJoints::Zero();        // of the arm then
  double grip = -1;                             // of every action: −1 opens, 1 closes
  std::function<void(const std::string&)> say;  // told what is begun; may be empty

  void Say(const std::string& text) const {
    if (say) say(text);
  }
};

}  // namespace libero
