#include "policy/chunk_ensembler.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr double kDecay = 0.1;  // per step

}  // namespace

ActMode ParseActMode(std::string_view name) {
  if (name == "ensemble") return ActMode::kEnsemble;
  if (name == "chunked") return ActMode::kChunked;
  throw Error(fmt::format("unknown way to act '{}', expected ensemble or chunked", name));
}

std::string_view ActModeName(ActMode mode) {
  return mode == ActMode::kEnsemble ? "ensemble" : "chunked";
}

std::array<double, 7> ChunkEnsembler::Add(ActionChunk chunk) {
  LIBERO_CHECK(!chunk.empty());
  chunks_.push_front(std::move(chunk));
  while (chunks_.back().size() < chunks_.size()) chunks_.pop_back();

  std::array<double, 7> sum{};
  double total = 0;
  for (size_t age = 0; age < chunks_.size(); ++age) {
    const double weight = std::exp(-kDecay * static_cast<double>(age));
    for (size_t i = 0; i < 7; ++i) sum[i] += weight * chunks_[age][age][i];
    total += weight;
  }
  for (double& number : sum) number /= total;
  return sum;
}

}  // namespace libero
