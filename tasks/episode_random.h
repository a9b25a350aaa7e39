#pragma once

#include <string_view>

#include "sim/base/counter_random.h"
#include "tasks/episode.h"

namespace libero {

// The random numbers of one purpose in one step of an episode, e.g. "random policy". They depend on
// the arguments alone, so not on what else runs, nor on how often other purposes draw.
[[nodiscard]] CounterRandom EpisodeRandom(const EpisodeSpec& episode, std::string_view purpose,
                                          int step);

}  // namespace libero
