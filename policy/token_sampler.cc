#include "policy/token_sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "sim/base/check.h"

namespace libero {
namespace {

struct Candidate {
  int code = 0;
  double weight = 0;  // the probability times a number that all share
};

// All codes, the most likely ones first.
std::vector<Candidate> Rank(std::span<const float> logits, double temperature) {
  const double largest = *std::ranges::max_element(logits);
  std::vector<Candidate> candidates(logits.size());
  for (size_t i = 0; i < logits.size(); ++i) {
    candidates[i] = {static_cast<int>(i), std::exp((logits[i] - largest) / temperature)};
  }
  std::ranges::stable_sort(candidates, std::greater(), &Candidate::weight);
  return candidates;
}

double TotalWeight(const std::vector<Candidate>& candidates) {
  double total = 0;
  for (const Candidate& candidate : candidates) total += candidate.weight;
  return total;
}

void KeepTopK(std::vector<Candidate>& candidates, int k) {
  auto num_kept = static_cast<size_t>(k);
  if (num_kept >= candidates.size()) return;
  const double smallest = candidates[num_kept - 1].weight;
  while (num_kept < candidates.size() && candidates[num_kept].weight == smallest) ++num_kept;
  candidates.resize(num_kept);
}

// Drops the least likely ones that have at most 1 - p together.
void KeepTopP(std::vector<Candidate>& candidates, double p) {
  const double allowance = (1 - p) * TotalWeight(candidates);
  double dropped = 0;
  while (candidates.size() > 1 && dropped + candidates.back().weight <= allowance) {
    dropped += candidates.back().weight;
    candidates.pop_back();
  }
}

int Draw(std::vector<Candidate> candidates, double uniform) {
  std::ranges::sort(candidates, std::less(), &Candidate::code);
  double rest = uniform * TotalWeight(candidates);
  for (const Candidate& candidate : candidates) {
    if (rest < candidate.weight) return candidate.code;
    rest -= candidate.weight;
  }
  return candidates.back().code;  // by rounding
}

}  // namespace

DecodeOptions ParseDecode(std::string_view name) {
  if (name == "greedy") return {.sample = false};
  if (name == "sample") return {.sample = true};
  throw Error(fmt::format("unknown way to decode '{}', expected greedy or sample", name));
}

std::string_view DecodeName(const DecodeOptions& options) {
  return options.sample ? "sample" : "greedy";
}

void CheckDecodeOptions(const DecodeOptions& options) {
  if (!(options.temperature > 0)) {
    throw Error(fmt::format("temperature {}, expected more than 0", options.temperature));
  }
  if (options.top_k < 1) throw Error(fmt::format("top-k {}, expected at least 1", options.top_k));
  if (!(options.top_p > 0 && options.top_p <= 1)) {
    throw Error(fmt::format("top-p {}, expected more than 0 and at most 1", options.top_p));
  }
}

int ChooseCode(std::span<const float> logits, const DecodeOptions& options, double uniform) {
  LIBERO_CHECK(!logits.empty());
  for (size_t i = 0; i < logits.size(); ++i) {
    if (std::isfinite(logits[i])) continue;
    throw Error(fmt::format("the model's logit of <ACT_{}> is {}", i, logits[i]));
  }
  if (!options.sample) return static_cast<int>(std::ranges::max_element(logits) - logits.begin());
  std::vector<Candidate> candidates = Rank(logits, options.temperature);
  KeepTopK(candidates, options.top_k);
  KeepTopP(candidates, options.top_p);
  return Draw(std::move(candidates), uniform);
}

}  // namespace libero
