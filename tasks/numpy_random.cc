#include "tasks/numpy_random.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>

#include "sim/base/check.h"

namespace libero {

NumpyRandom::NumpyRandom(uint32_t seed) : words_(seed) {}

double NumpyRandom::RandomSample() {
  // 27 and 26 high bits of two words, in this order
  const uint32_t high = NextWord() >> 5;
  const uint32_t low = NextWord() >> 6;
  return (high * 67108864.0 + low) / 9007199254740992.0;  // 2^26, 2^53
}

double NumpyRandom::Uniform(double low, double high) {
  const double range = high - low;
  if (!std::isfinite(range)) {
    throw Error(fmt::format("a uniform draw from {} to {}: expected a finite range", low, high));
  }
  return low + range * RandomSample();
}

int64_t NumpyRandom::RandInt(int64_t n) {
  if (n < 1) throw Error(fmt::format("a random integer below {}: expected at least 1", n));
  const auto max = static_cast<uint64_t>(n) - 1;
  if (max == 0) return 0;

  // try numbers of as many bits as `max` has until one is not over it
  const uint64_t mask = ~uint64_t{0} >> std::countl_zero(max);
  const bool is_wide = max > std::numeric_limits<uint32_t>::max();
  while (true) {
    uint64_t value = NextWord();
    if (is_wide) value = (value << 32) | NextWord();
    if ((value & mask) <= max) return static_cast<int64_t>(value & mask);
  }
}

double NumpyRandom::StandardNormal() {
  if (has_gauss_) {
    const double kept = gauss_;
    has_gauss_ = false;
    gauss_ = 0;
    return kept;
  }

  // a point in the unit circle, without its centre
  double x1 = 0;
  double x2 = 0;
  double r2 = 0;
  do {
    x1 = 2.0 * RandomSample() - 1.0;
    x2 = 2.0 * RandomSample() - 1.0;
    r2 = x1 * x1 + x2 * x2;
  } while (r2 >= 1.0 || r2 == 0.0);

  const double scale = std::sqrt(-2.0 * std::log(r2) / r2);
  gauss_ = scale * x1;
  has_gauss_ = true;
  return scale * x2;
}

void NumpyRandom::Discard(uint64_t num_words) {
  words_.discard(num_words);
}

}  // namespace libero
