#include "results/wilson_interval.h"

#include <cmath>

#include "sim/base/check.h"

namespace libero {

Interval WilsonInterval(int num_successes, int num_trials) {
  LIBERO_CHECK(num_successes >= 0 && num_successes <= num_trials);
  if (num_trials == 0) return {};
  constexpr double kZ = 1.959963984540054;  // 97.5 % of a normal distribution lie below
  const double n = num_trials;
  const double p = num_successes / n;
  const double z2 = kZ * kZ;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double reach = kZ * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  // these are exact where rounding would not be
  return {num_successes == 0 ? 0 : middle - reach,
          num_successes == num_trials ? 1 : middle + reach};
}

}  // namespace libero
