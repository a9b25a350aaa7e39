#pragma once

#include <functional>

#include "viewer/moment.h"
#include "viewer/playhead.h"
#include "viewer/ui.h"

namespace libero {

// The buttons and the timeline below the scene.
struct TransportActions {
  std::function<void()> restart;    // begin the episode again
  std::function<void()> go_on;      // from the step that is shown, forgetting what came after it
  std::function<void()> draw_more;  // in the row of buttons, behind them
};

// Draws them in the width that is left; moves the playhead as they are used.
void DrawTransport(Ui& ui, const Recording& recording, Playhead& playhead,
                   const TransportActions& actions);

// The height that this takes, pixels.
[[nodiscard]] float TransportHeight(const Ui& ui);

}  // namespace libero
