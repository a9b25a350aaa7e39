#include "tasks/episode.h"

#include <array>

namespace libero {

const char* Name(EpisodeEnd end) {
  constexpr std::array kNames = {"success", "timeout", "diverged", "cancelled"};
  return kNames.at(static_cast<size_t>(end));
}

}  // namespace libero
