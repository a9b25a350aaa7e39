#include "sim/base/counter_random.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstddef>

namespace libero {
namespace {

constexpr int kRounds = 10;
constexpr std::array<uint32_t, 2> kMultipliers = {0xD2511F53, 0xCD9E8D57};
constexpr std::array<uint32_t, 2> kWeyl = {0x9E3779B9, 0xBB67AE85};  // added to the key each round

uint32_t High(uint64_t value) {
  return static_cast<uint32_t>(value >> 32);
}

uint32_t Low(uint64_t value) {
  return static_cast<uint32_t>(value);
}

}  // namespace

std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t first = uint64_t{kMultipliers[0]} * counter[0];
    const uint64_t second = uint64_t{kMultipliers[1]} * counter[2];
    counter = {High(second) ^ counter[1] ^ key[0], Low(second), High(first) ^ counter[3] ^ key[1],
               Low(first)};
    key = {key[0] + kWeyl[0], key[1] + kWeyl[1]};
  }
  return counter;
}

CounterRandom::CounterRandom(std::string_view name, uint64_t step) {
  const uint64_t hash = XXH3_64bits(name.data(), name.size());
  key_ = {Low(hash), High(hash)};
  counter_ = {0, 0, Low(step), High(step)};
}

uint32_t CounterRandom::Bits() {
  if (next_ == 4) {
    block_ = Philox4x32(counter_, key_);
    if (++counter_[0] == 0) ++counter_[1];
    next_ = 0;
  }
  return block_[static_cast<size_t>(next_++)];
}

double CounterRandom::Uniform(double low, double high) {
  const uint64_t top = Bits() >> 5;     // 27 bits
  const uint64_t bottom = Bits() >> 6;  // 26 bits
  const double unit = static_cast<double>((top << 26) | bottom) * 0x1p-53;
  return low + (high - low) * unit;
}

}  // namespace libero
