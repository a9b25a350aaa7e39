#include <fmt/format.h>

#include "viewer/panels/panels.h"

namespace libero {
namespace {

// Since which step the predicate has had its value.
int HeldSince(const Recording& recording, int step, size_t predicate) {
  const auto value = [&](int at) {
    return recording.moments[static_cast<size_t>(at)].predicates[predicate];
  };
  int since = step;
  while (since > 0 && value(since - 1) == value(step)) --since;
  return since;
}

void DrawLamp(bool is_on, const Palette& palette) {
  const float size = ImGui::GetTextLineHeight();
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const ImVec2 centre = {corner.x + size / 2, corner.y + size / 2};
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  if (is_on) {
    draw.AddCircleFilled(centre, size * 0.36F, palette.good);
  } else {
    draw.AddCircle(centre, size * 0.33F, palette.muted, 0, 1.5F);
  }
  ImGui::Dummy({size, size});
}

}  // namespace

void DrawGoalPanel(const PanelContext& context) {
  const Recording& recording = *context.recording;
  const Moment& moment = *context.moment;
  const Palette& palette = context.ui->palette;
  for (size_t i = 0; i < recording.info.goal.size(); ++i) {
    const bool holds = moment.predicates[i];
    DrawLamp(holds, palette);
    ImGui::SameLine();
    ImGui::PushTextWrapPos(0);
    ColoredText(holds ? palette.good : palette.text, recording.info.goal[i]);
    ImGui::PopTextWrapPos();
    const int since = HeldSince(recording, moment.step, i);
    ImGui::Indent(ImGui::GetTextLineHeight() + ImGui::GetStyle().ItemSpacing.x);
    MutedText(*context.ui,
              fmt::format("{} {}", holds ? "true" : "false",
                          since == 0 ? "from the beginning" : fmt::format("since step {}", since)));
    ImGui::Unindent(ImGui::GetTextLineHeight() + ImGui::GetStyle().ItemSpacing.x);
  }
  if (moment.state_error) {
    MutedText(*context.ui, fmt::format("{} off the recorded state at most (m, rad, m/s, rad/s)",
                                       fmt::format("{:.2g}", *moment.state_error)));
  }
  if (moment.end) {
    const bool is_success = *moment.end == EpisodeEnd::kSuccess;
    ColoredText(is_success ? palette.good : palette.bad,
                fmt::format("{} after {} steps", Name(*moment.end), moment.step));
  }
}

}  // namespace libero
