#include "training/windows.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "sim/base/check.h"

namespace libero {
namespace {

WindowRows RowsFromStep(int step, int num_steps, bool with_history, const WindowOptions& options) {
  const int num_actions = options.num_actions;
  const int pair_steps = options.pair_steps > 0 ? options.pair_steps : num_actions - 1;
  const auto pair_at = [&](int first) {
    return RowPair{first, std::min(first + pair_steps, num_steps - 1)};
  };
  WindowRows rows;
  rows.image = step;
  rows.pair = pair_at(step);
  if (with_history && step > 0) rows.history = pair_at(step - 1);
  for (int i = 0; i < num_actions; ++i) rows.actions.push_back(step + i);
  return rows;
}

WindowRows RowsUpToStep(int step, bool with_history, int num_actions) {
  // of the window's N + 1 rows
  const auto row = [&](int index) {
    return std::max(step - num_actions + index, 0);
  };
  const int begin = with_history ? 1 : 0;
  WindowRows rows;
  rows.image = row(begin);
  rows.pair = {row(begin), row(begin + num_actions - 1)};
  if (with_history) rows.history = RowPair{row(0), row(num_actions - 1)};
  for (int i = 0; i < num_actions; ++i) rows.actions.push_back(row(begin + i));
  return rows;
}

}  // namespace

WindowOptions MakeWindowOptions(int num_actions, const Quirks& quirks) {
  return {.num_actions = num_actions, .ends_at_step = quirks.window_ends_at_step};
}

WindowRows RowsOfWindow(int step, int num_steps, bool with_history, const WindowOptions& options) {
  LIBERO_CHECK(step >= 0 && step < num_steps && options.num_actions >= 1);
  return options.ends_at_step ? RowsUpToStep(step, with_history, options.num_actions)
                              : RowsFromStep(step, num_steps, with_history, options);
}

std::vector<Action> ActionsOfWindow(const WindowRows& rows, std::span<const Action> episode) {
  LIBERO_CHECK(!episode.empty());
  Action padding{};
  padding.back() = episode.back().back();
  std::vector<Action> actions;
  for (const int row : rows.actions) {
    LIBERO_CHECK(row >= 0);
    const auto index = static_cast<size_t>(row);
    actions.push_back(index < episode.size() ? episode[index] : padding);
  }
  return actions;
}

std::vector<uint8_t> ForeseeableActions(const WindowRows& rows,
                                        std::span<const uint8_t> disturbed) {
  std::vector<uint8_t> result;
  int row = rows.image;
  bool is_foreseeable = true;
  for (const int action : rows.actions) {
    for (; row < action; ++row) {
      const auto index = static_cast<size_t>(row);
      is_foreseeable = is_foreseeable && (index >= disturbed.size() || disturbed[index] == 0);
    }
    result.push_back(is_foreseeable ? 1 : 0);
  }
  return result;
}

bool IsWithinPause(std::span<const Action> episode, int step) {
  constexpr double kStill = 0.05;  // of an action's range of ±1
  const auto is_still = [](const Action& action) {
    return std::all_of(action.begin(), action.end() - 1,
                       [](double number) { return std::abs(number) < kStill; });
  };
  if (step == 0) return false;
  const Action& now = episode[static_cast<size_t>(step)];
  const Action& before = episode[static_cast<size_t>(step) - 1];
  return is_still(now) && is_still(before) && now.back() == before.back();
}

int NextKeyframe(std::span<const Action> episode, int step) {
  const double gripper = episode[static_cast<size_t>(step)].back();
  const auto next = std::find_if(episode.begin() + step, episode.end(),
                                 [&](const Action& action) { return action.back() != gripper; });
  return static_cast<int>(std::min(next, episode.end() - 1) - episode.begin());
}

std::vector<int> EpisodesToTrain(int num_episodes, double fraction) {
  LIBERO_CHECK(num_episodes >= 0 && fraction > 0 && fraction <= 1);
  // as Python rounds, halves to even
  const auto rounded = static_cast<int64_t>(std::nearbyint(fraction * num_episodes));
  const int64_t num_kept = std::clamp<int64_t>(rounded, std::min(num_episodes, 1), num_episodes);
  std::vector<int> kept;
  for (int64_t i = 0; i < num_episodes; ++i) {
    const bool is_kept = (i + 1) * num_kept / num_episodes > i * num_kept / num_episodes;
    if (is_kept) kept.push_back(static_cast<int>(i));
  }
  return kept;
}

}  // namespace libero
