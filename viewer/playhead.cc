#include "viewer/playhead.h"

#include <algorithm>
#include <cmath>

namespace libero {
namespace {

constexpr double kStepsPerSecond = 20;
constexpr double kSubsteps = 25;
constexpr double kLookAhead_s = 0.1;  // of real time, for which steps are there in advance

}  // namespace

void Playhead::SetSpeed(double speed) {
  speed_ = std::clamp(speed, kMinSpeed, kMaxSpeed);
}

void Playhead::Seek(int step) {
  is_playing_ = false;
  position_ = std::max(0, step);
}

void Playhead::MoveSteps(int count) {
  is_playing_ = false;
  // from between two steps, the nearer one in that direction counts
  const double from = count > 0 ? std::floor(position_) : std::ceil(position_);
  position_ = std::max(0.0, from + count);
}

void Playhead::MoveSubsteps(int count) {
  is_playing_ = false;
  const double substeps = std::round(position_ * kSubsteps) + count;
  position_ = std::max(0.0, substeps / kSubsteps);
}

void Playhead::Advance(double elapsed_s, int newest, bool is_final) {
  if (is_playing_) {
    position_ = std::min(position_ + elapsed_s * kStepsPerSecond * speed_,
                         std::max(position_, static_cast<double>(newest)));
  }
  if (!is_final || position_ < newest) return;
  position_ = newest;
  is_playing_ = false;
}

Playhead::Instant Playhead::instant(int newest) const {
  const double position = std::min(position_, static_cast<double>(newest));
  const auto substeps = static_cast<int>(std::lround(position * kSubsteps));
  return {substeps / static_cast<int>(kSubsteps), substeps % static_cast<int>(kSubsteps)};
}

int Playhead::target() const {
  const auto shown = static_cast<int>(std::ceil(position_ - 1e-9));
  if (!is_playing_) return shown;
  return shown + 1 + static_cast<int>(kLookAhead_s * kStepsPerSecond * speed_);
}

}  // namespace libero
