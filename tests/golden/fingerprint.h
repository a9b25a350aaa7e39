#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <mujoco/mujoco.h>

#include "sim/model.h"

#include <nlohmann/json.hpp>

namespace libero {

// What the golden files hold of an array: how many values, XXH3-64 of the bytes (hexadecimal), and
// the signed sum of floating-point values, sum(s_i x_i) with s_i = ±1 by splitmix64(i).
struct Fingerprint {
  size_t num_values = 0;
  std::string hash;
  double signed_sum = 0;
  double max_rounding =
      0;  // how far the sum moves if each value moves by 2 units in the last place
};

Fingerprint FingerprintOf(const ModelArray& array);
Fingerprint FingerprintOf(const double* values, size_t num_values);

// Every array of a model by name, and those of its options, statistics and visual settings behind
// "opt.", "stat." and "vis.".
std::map<std::string, Fingerprint> ModelFingerprints(const mjModel& model);

// Every number of a model by name, likewise.
std::map<std::string, double> ModelNumbers(const mjModel& model);

// What decides the last bits of sines and square roots: instruction sets and the C library's
// version.
struct Arithmetic {
  std::vector<std::string> isa;
  std::string libc;
  bool operator==(const Arithmetic&) const = default;
};
Arithmetic ThisMachine();

// The one that tests/golden/scenes.json and resets/ were recorded on, from the parsed scenes.json.
Arithmetic RecordingMachine(const nlohmann::json& scenes);

// How a value compares with the recorded one. A hash that differs counts as rounding only on
// another arithmetic than the recorded one, and only if the signed sums are that near.
enum class Match { kEqual, kRounding, kDifferent };
Match Compare(const Fingerprint& actual, const std::string& hash, double signed_sum,
              bool same_arithmetic);

}  // namespace libero
