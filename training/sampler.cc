#include "training/sampler.h"

#include <fmt/format.h>

#include "sim/base/check.h"
#include "sim/base/counter_random.h"

namespace libero {
namespace {

constexpr uint32_t kRounds = 6;

// In smaller ranges six rounds do not reach all orders alike.
constexpr int kLeastHalfBits = 4;

// Keeps the orders apart from other uses of Philox; any number does.
constexpr std::array<uint32_t, 2> kOrderKey = {0x73616d70, 0x6c65};

uint32_t Low(uint64_t value) {
  return static_cast<uint32_t>(value);
}
uint32_t High(uint64_t value) {
  return static_cast<uint32_t>(value >> 32U);
}

}  // namespace

RandomOrder::RandomOrder(int64_t n, std::array<uint32_t, 2> key)
    : n_(static_cast<uint64_t>(n)), key_(key), half_bits_(kLeastHalfBits) {
  LIBERO_CHECK(n >= 1 && n <= int64_t{1} << 62);
  while (uint64_t{1} << (2 * half_bits_) < n_) ++half_bits_;
}

uint64_t RandomOrder::Permute(uint64_t value) const {
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  uint64_t left = value >> half_bits_;
  uint64_t right = value & mask;
  for (uint32_t round = 0; round < kRounds; ++round) {
    const uint32_t bits = Philox4x32({Low(right), round, 0, 0}, key_)[0];
    const uint64_t next = left ^ (bits & mask);
    left = right;
    right = next;
  }
  return left << half_bits_ | right;
}

int64_t RandomOrder::At(int64_t place) const {
  LIBERO_CHECK(place >= 0 && static_cast<uint64_t>(place) < n_);
  // a number outside is on a cycle with one inside: it leads back in
  uint64_t value = Permute(static_cast<uint64_t>(place));
  while (value >= n_) value = Permute(value);
  return static_cast<int64_t>(value);
}

Sampler::Sampler(const SamplerOptions& options) : options_(options) {
  const auto& [num_examples, batch_size, seed, rank, world] = options_;
  LIBERO_CHECK(world >= 1 && rank >= 0 && rank < world);
  if (num_examples < 1) throw Error("there is no example to train on");
  if (batch_size < 1 || batch_size % world != 0) {
    throw Error(fmt::format("a batch of {} examples cannot be divided among {}", batch_size, world),
                fmt::format("choose a multiple of {}", world));
  }
}

Sample Sampler::At(int64_t position) const {
  LIBERO_CHECK(position >= 0);
  const auto epoch = static_cast<uint64_t>(position / options_.num_examples);
  const auto key =
      Philox4x32({Low(epoch), High(epoch), Low(options_.seed), High(options_.seed)}, kOrderKey);
  const RandomOrder order(options_.num_examples, {key[0], key[1]});
  return {position, order.At(position % options_.num_examples)};
}

std::vector<Sample> Sampler::Batch(int64_t step) const {
  LIBERO_CHECK(step >= 0);
  std::vector<Sample> samples;
  for (int i = options_.rank; i < options_.batch_size; i += options_.world) {
    samples.push_back(At(step * options_.batch_size + i));
  }
  return samples;
}

double Sampler::EpochsAt(int64_t num_batches) const {
  return static_cast<double>(num_batches) * options_.batch_size /
         static_cast<double>(options_.num_examples);
}

}  // namespace libero
