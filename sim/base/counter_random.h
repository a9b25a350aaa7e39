#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace libero {

// Philox4x32-10: turns a counter and a key into four random words. source:
// random123@9545ff6:include/Random123/philox.h; Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011
[[nodiscard]] std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> counter,
                                                 std::array<uint32_t, 2> key);

// A stream of random numbers that is named and not passed around: the same name and step give the
// same numbers on every machine, whatever else has drawn. A name says everything that the numbers
// may depend on; different names give independent streams (the key is the name's XXH3-64), and so
// do different steps of a name. A value; not thread-safe; making one costs nothing.
class CounterRandom {
 public:
  explicit CounterRandom(std::string_view name, uint64_t step = 0);

  // 32 random bits.
  uint32_t Bits();

  // Uniform in [low, high), in steps of 2^-53 of the range.
  double Uniform(double low, double high);

 private:
  std::array<uint32_t, 2> key_{};
  std::array<uint32_t, 4> counter_{};  // block of the stream (2 words), step (2 words)
  std::array<uint32_t, 4> block_{};
  int next_ = 4;  // word of block_; 4: none left
};

}  // namespace libero
