#pragma once

namespace libero {

// Bounds of a probability.
struct Interval {
  double low = 0;
  double high = 1;
};

// Wilson's 95 % interval of a success rate, from 0 to 1, after `num_successes` of `num_trials`; all
// of [0, 1] without trials. source: E. B. Wilson, JASA 22 (1927) 209
[[nodiscard]] Interval WilsonInterval(int num_successes, int num_trials);

}  // namespace libero
