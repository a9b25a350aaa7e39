#include <fmt/format.h>

#include <algorithm>

#include "viewer/panels/panels.h"
#include "viewer/plot.h"

namespace libero {

void DrawTimingPanel(const PanelContext& context) {
  const Recording& recording = *context.recording;
  const Moment& moment = *context.moment;
  const Ui& ui = *context.ui;
  const auto curve = [&](const char* name, size_t color, double Moment::*member) {
    return Curve{name, ui.palette.series[color], [&recording, member](int step) {
                   return recording.moments[static_cast<size_t>(step)].*member;
                 }};
  };
  const std::array curves = {curve("physics", 1, &Moment::physics_ms),
                             curve("policy", 2, &Moment::policy_ms),
                             curve("its pictures", 3, &Moment::frames_ms)};
  double high = 1;
  double total = 0;
  for (const Moment& each : recording.moments) {
    high = std::max({high, each.physics_ms, each.policy_ms, each.frames_ms});
    total += each.physics_ms + each.policy_ms + each.frames_ms;
  }
  MutedText(ui, "ms of each control step (50 ms of the world)");
  const int step = DrawPlot("##timing", curves,
                            {.first = 1,
                             .last = recording.num_steps(),
                             .cursor = moment.step,
                             .low = 0,
                             .high = 1.1 * high,
                             .height = 5 * ui.em,
                             .format = "{:.1f}"},
                            ui.palette);
  if (step >= 0) context.seek(step);
  if (recording.num_steps() > 0 && total > 0) {
    ImGui::TextUnformatted(
        fmt::format("{:.0f} steps a second on average", 1000 * recording.num_steps() / total)
            .c_str());
  }
  ImGui::TextUnformatted(fmt::format("view drawn in {:.0f} ms, {:.0f} frames a second",
                                     context.painter->last_ms(0), ImGui::GetIO().Framerate)
                             .c_str());
  MutedText(ui, context.painter->description());
}

}  // namespace libero
