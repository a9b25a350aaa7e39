#include "tasks/episode_random.h"

#include <fmt/format.h>

namespace libero {

CounterRandom EpisodeRandom(const EpisodeSpec& episode, std::string_view purpose, int step) {
  return CounterRandom(
      fmt::format("seed {} task {}/{} init {} reset {} {}", episode.seed, episode.suite,
                  episode.task_index, episode.init_index, episode.reset_index, purpose),
      static_cast<uint64_t>(step));
}

}  // namespace libero
