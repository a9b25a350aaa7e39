#pragma once

#include <iosfwd>
#include <span>
#include <vector>

#include "tasks/episode_log.h"
#include "tasks/suites.h"

namespace libero {

// Episodes counted. Those with errors are no failures: rates are of the others.
struct Tally {
  int num_episodes = 0;  // that came to an end
  int num_successes = 0;
  int num_errors = 0;
  int num_goals = 0;      // episodes that tell of their sub-goals
  double best_share = 0;  // sum over these, of sub-goals that held at best

  void Add(const EpisodeResult& result);

  // In percent; NaN without episodes.
  [[nodiscard]] double success_rate() const;
};

// The last record of each episode, in the order of their first ones: an episode that had an error
// may have been run again.
[[nodiscard]] std::vector<EpisodeRecord> LastRecords(std::span<const EpisodeRecord> records);

[[nodiscard]] Tally Count(std::span<const EpisodeRecord> records);

// A line per task and one for all: task, name, episodes, successes, rate with its Wilson interval,
// errors, and the share of sub-goals that held at best. `width` as PrintTable has it.
void PrintEvalTable(const std::vector<Task>& tasks, std::span<const EpisodeRecord> records,
                    int width, std::ostream& out);

}  // namespace libero
