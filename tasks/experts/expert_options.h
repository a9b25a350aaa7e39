#pragma once

#include <string>

namespace libero {

// Control steps in which the fingers close; fewer hold thin rims badly.
inline constexpr int kCloseSteps = 11;

// How an expert moves. The defaults look like LIBERO's demonstrations.
struct ExpertOptions {
  double noise = 0;  // standard deviation of what is added to the first six numbers of each action
  double speed = 1;  // times the usual speed, 0.1 to 1.5
  double close = kCloseSteps;  // steps that the hand waits while fingers close on a thing, 1 to 20
};

// From "noise=0.05,speed=0.9,close=6", in any order; what is not named is as usual, "" is all as
// usual. Throws Error for other texts and for numbers out of range.
[[nodiscard]] ExpertOptions ParseExpertOptions(const std::string& text);

}  // namespace libero
