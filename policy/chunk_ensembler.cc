#include "policy/chunk_ensembler.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>
#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr double kDecay = 0.1;  // per step

}  // namespace

ActMode ParseActMode(std::string_view text) {
  if (text == "ensemble") return {};
  if (text == "chunked") return {.is_ensemble = false};
  for (const std::string_view name : {"chunked:", "committed:"}) {
    if (!text.starts_with(name)) continue;
    const std::string_view number = text.substr(name.size());
    int num_played = 0;
    const auto [end, error] = std::from_chars(number.begin(), number.end(), num_played);
    if (error == std::errc() && end == number.end() && num_played >= 1) {
      return {.is_ensemble = false,
              .num_played = num_played,
              .is_committed = name.starts_with("committed")};
    }
  }
  throw Error(fmt::format(
      "unknown way to act '{}', expected ensemble, chunked, or chunked:N or committed:N with "
      "N actions of each plan",
      text));
}

std::string ActModeName(const ActMode& mode) {
  if (mode.is_ensemble) return "ensemble";
  if (mode.num_played == 0) return "chunked";
  return fmt::format("{}:{}", mode.is_committed ? "committed" : "chunked", mode.num_played);
}

size_t NumPlayed(const ActMode& mode, const ActionChunk& plan) {
  LIBERO_CHECK(!mode.is_ensemble);
  const auto num_played = static_cast<size_t>(mode.num_played);
  if (num_played == 0 || num_played >= plan.size()) return plan.size();
  const auto closes = [](const NetworkAction& action) {
    return action.back() > 0;
  };
  const bool is_changing = std::any_of(
      plan.begin(), plan.begin() + mode.num_played,
      [&](const NetworkAction& action) { return closes(action) != closes(plan.front()); });
  return mode.is_committed && is_changing ? plan.size() : num_played;
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
