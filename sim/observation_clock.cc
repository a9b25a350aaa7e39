#include "sim/observation_clock.h"

#include <cmath>

namespace libero {

bool ObservationClock::CompletePeriod() {
  if (since_sample_ < kPeriod) return false;
  const bool is_due = !has_sampled_;
  since_sample_ = std::fmod(since_sample_, kPeriod);
  has_sampled_ = false;
  return is_due;
}

}  // namespace libero
