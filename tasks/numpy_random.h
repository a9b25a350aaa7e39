#pragma once

#include <cstdint>
#include <random>

namespace libero {

// numpy's legacy generator, numpy.random.RandomState: the same stream, bit by bit, for the draws
// that LIBERO and robosuite make. A MT19937 whose 32-bit words are used up in call order; how many
// a draw takes is part of the contract, because one stream feeds a whole reset:
//   RandomSample, Uniform   2 words
//   RandInt(n)              none for n = 1; else 1 word per try (2 from n > 2^32), 1 to 2 tries on
//                           average
//   StandardNormal          2 doubles per try for two numbers, the second of which is kept and
//                           returned by the next call
// A value: a copy continues the same stream independently (5 KB, no allocation), and two are equal
// if all their further draws are. Not thread-safe.
// source: numpy@2.2.6:numpy/random/mtrand.pyx, numpy/random/src/{mt19937,legacy,distributions}
class NumpyRandom {
 public:
  // As numpy.random.seed(seed) with an int: Knuth's initialisation, no cached Gaussian.
  explicit NumpyRandom(uint32_t seed);

  // In [0, 1), a multiple of 2^-53. numpy.random.random_sample(), random(), rand().
  double RandomSample();

  // low + (high - low) × RandomSample(). high < low is allowed, as in numpy.
  // Throws Error if high - low is not finite. numpy.random.uniform(low, high)
  double Uniform(double low, double high);

  // In [0, n), by masking and rejection. Throws Error for n < 1. numpy.random.randint(n)
  int64_t RandInt(int64_t n);

  // Mean 0, deviation 1, by the polar method; the logarithm is libm's, so the last bit is that of
  // the machine's C library, as numpy's own. numpy.random.randn(), standard_normal()
  double StandardNormal();

  // Skips `num_words` 32-bit words without making numbers of them. A Gaussian kept for the next
  // StandardNormal stays.
  void Discard(uint64_t num_words);

  bool operator==(const NumpyRandom&) const = default;

 private:
  uint32_t NextWord() { return static_cast<uint32_t>(words_()); }

  std::mt19937 words_;  // the standard fixes its seeding and its stream; both are numpy's
  bool has_gauss_ = false;
  double gauss_ = 0;  // the second of a pair; 0 unless has_gauss_
};

}  // namespace libero
