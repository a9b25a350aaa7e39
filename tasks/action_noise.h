#pragma once

#include "sim/base/counter_random.h"
#include "sim/observation.h"
#include "tasks/episode.h"

namespace libero {

// How what is done differs from what a policy wants, so that it has mistakes to mend: for
// demonstrations that show how, and to see how much a policy bears. Actions' units: of the
// translation 1 asks for 5 cm, of the rotation for 0.5 rad.
struct ActionNoise {
  // Standard deviation of what is added to each of six numbers, anew at every step (uniform).
  double deviation = 0;

  // The largest push. About every 30 steps the hand is pushed for 4 to 8 of them: to each number of
  // the translation the same, uniform in ± push, is added. 0: never.
  double push = 0;

  // Share of 30 steps in which the fingers are opened for 6 to 10 of them, whatever was wanted:
  // what they held falls. 0: never.
  double drop = 0;

  [[nodiscard]] bool is_none() const { return deviation <= 0 && push <= 0 && drop <= 0; }
};

// Adds to each of the six numbers that move the hand one of this deviation, uniform; draws nothing
// if it is 0.
void AddNoise(double deviation, CounterRandom& random, Action* action);

// What is done where a policy chose `action`: depends on the arguments alone. In [-1, 1]; the same
// action if there is no noise.
[[nodiscard]] Action Disturbed(const Action& action, const ActionNoise& noise,
                               const EpisodeSpec& episode, int step);

}  // namespace libero
