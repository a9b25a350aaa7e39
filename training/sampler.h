#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace libero {

// The numbers 0, ..., n - 1 in a random order that is computed and not stored: any place of it, at
// once, on any thread. A Feistel network of six rounds of Philox over the next greater power of 4,
// entered again where it leaves the range. source: Black, Rogaway, "Ciphers with arbitrary finite
// domains", CT-RSA 2002
class RandomOrder {
 public:
  // 1 ≤ n ≤ 2^62 (CHECK). Different keys give orders that have nothing to do with each other.
  RandomOrder(int64_t n, std::array<uint32_t, 2> key);

  // What stands at `place`, 0 ≤ place < n (CHECK). Under 2 µs.
  [[nodiscard]] int64_t At(int64_t place) const;

 private:
  [[nodiscard]] uint64_t Permute(uint64_t value) const;

  uint64_t n_;
  std::array<uint32_t, 2> key_;
  int half_bits_;  // of the range that is permuted: 2^(2 half_bits_) ≥ n
};

// An example that is to be trained on.
struct Sample {
  // How many came before it since training began: names all that is random about it, so that it
  // does not matter which thread, process or run makes it.
  int64_t position = 0;
  int64_t example = 0;  // 0, ..., num_examples - 1

  bool operator==(const Sample&) const = default;
};

struct SamplerOptions {
  int64_t num_examples = 0;  // ≥ 1
  int batch_size = 1;        // of all ranks together
  uint64_t seed = 0;

  // This process among those that train together: of each batch it takes every world-th sample.
  // The union over the ranks is the batch of a single process.
  int rank = 0;
  int world = 1;
};

// The order in which examples are trained on: every epoch has each once, in an order of its own.
// Batches go on from one epoch into the next, so all have one size. Has no state: training resumes
// by asking for the next batch. May be called from several threads at once.
class Sampler {
 public:
  // Throws Error if there is no example, or the batch cannot be divided among the ranks.
  explicit Sampler(const SamplerOptions& options);

  // The sample at a position ≥ 0 (CHECK), whichever rank it belongs to.
  [[nodiscard]] Sample At(int64_t position) const;

  // This rank's share of batch `step` ≥ 0: batch_size / world samples.
  [[nodiscard]] std::vector<Sample> Batch(int64_t step) const;

  // How many times all examples have been seen when this many batches are done.
  [[nodiscard]] double EpochsAt(int64_t num_batches) const;

 private:
  SamplerOptions options_;
};

}  // namespace libero
