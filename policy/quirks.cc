#include "policy/quirks.h"

#include <fmt/format.h>

#include "sim/base/check.h"

namespace libero {

Quirks ParseQuirks(std::string_view name) {
  if (name == "fixed") return {};
  if (name == "compat") {
    return {.visual_states_begin_at_start = true,
            .trains_on_states_of_acts = true,
            .clips_before_backward = true,
            .window_ends_at_step = true,
            .fraction_of_episodes = 0.95,
            .crops_on_diagonal = true,
            .masks_text_of_other_example = true};
  }
  throw Error(fmt::format("unknown set of quirks '{}', expected compat or fixed", name));
}

}  // namespace libero
