#include "viewer/transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace libero {
namespace {

float TimelineHeight(const Ui& ui) {
  return 2.4F * ui.em;
}

// The timeline's steps on the screen.
struct Track {
  ScreenRect area;
  int last = 1;  // step at its right end

  [[nodiscard]] float X(double step) const {
    return area.min.x +
           (area.max.x - area.min.x) * static_cast<float>(step / static_cast<double>(last));
  }
  [[nodiscard]] int StepAt(float x) const {
    const float part = (x - area.min.x) / std::max(1.0F, area.max.x - area.min.x);
    return static_cast<int>(std::lround(part * static_cast<float>(last)));
  }
};

// A row of stretches in which the gripper was told to close.
void DrawGripper(const Ui& ui, const Recording& recording, const Track& track, ImDrawList& draw) {
  const float top = track.area.max.y - 5;
  for (int step = 1; step <= recording.num_steps(); ++step) {
    if (recording.moments[static_cast<size_t>(step)].action[6] <= 0) continue;
    draw.AddRectFilled({track.X(step - 1), top}, {track.X(step), track.area.max.y - 1},
                       ui.palette.warning);
  }
}

// Where predicates of the goal become true and false, and how the episode ended.
void DrawEvents(const Ui& ui, const Recording& recording, const Track& track, ImDrawList& draw) {
  const float size = ui.em * 0.32F;
  const float y = track.area.min.y + size + 2;
  for (int step = 1; step <= recording.num_steps(); ++step) {
    const Moment& now = recording.moments[static_cast<size_t>(step)];
    const Moment& before = recording.moments[static_cast<size_t>(step) - 1];
    const float x = track.X(step);
    for (size_t i = 0; i < now.predicates.size(); ++i) {
      if (now.predicates[i] == before.predicates[i]) continue;
      if (now.predicates[i]) {
        draw.AddTriangleFilled({x - size, y + size}, {x, y - size}, {x + size, y + size},
                               ui.palette.good);
      } else {
        draw.AddTriangleFilled({x - size, y - size}, {x + size, y - size}, {x, y + size},
                               ui.palette.bad);
      }
    }
    if (now.end) {
      const ImU32 color = *now.end == EpisodeEnd::kSuccess ? ui.palette.good : ui.palette.bad;
      draw.AddRectFilled({x - 1.5F, track.area.min.y}, {x + 1.5F, track.area.max.y}, color);
    }
  }
}

void DrawTimeline(Ui& ui, const Recording& recording, Playhead& playhead) {
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const ImVec2 size = {ImGui::GetContentRegionAvail().x, TimelineHeight(ui)};
  ImGui::InvisibleButton("##timeline", size);
  ui.Place("timeline");
  const int newest = recording.num_steps();
  const Track track = {{corner, {corner.x + size.x, corner.y + size.y}},
                       std::max({1, recording.info.max_steps, newest})};
  if (ImGui::IsItemActive()) {
    playhead.Seek(std::clamp(track.StepAt(ImGui::GetIO().MousePos.x), 0, newest));
  }
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(track.area.min, track.area.max, ui.palette.panel, 4);
  draw.AddRectFilled(track.area.min, {std::max(track.X(newest), corner.x + 1), track.area.max.y},
                     ImGui::GetColorU32(ImGuiCol_FrameBg), 4);
  for (int step = 50; step < track.last; step += 50) {
    draw.AddLine({track.X(step), track.area.max.y - 9}, {track.X(step), track.area.max.y},
                 ui.palette.muted);
    const std::string text = std::to_string(step);
    draw.AddText(ImGui::GetFont(), ui.em * 0.75F, {track.X(step) + 3, track.area.max.y - ui.em},
                 ui.palette.muted, text.c_str());
  }
  DrawGripper(ui, recording, track, draw);
  DrawEvents(ui, recording, track, draw);
  const Playhead::Instant instant = playhead.instant(newest);
  const float x = track.X(instant.step + instant.substep / 25.0);
  draw.AddLine({x, track.area.min.y - 2}, {x, track.area.max.y + 2}, ui.palette.accent, 2);
  draw.AddCircleFilled({x, track.area.min.y}, ui.em * 0.35F, ui.palette.accent);
  if (!ImGui::IsItemHovered()) return;
  const int hovered = std::clamp(track.StepAt(ImGui::GetIO().MousePos.x), 0, newest);
  ImGui::SetTooltip("step %d\nbar: the gripper closes; triangles: the goal's predicates", hovered);
}

void DrawSpeed(Ui& ui, Playhead& playhead) {
  auto speed = static_cast<float>(playhead.speed());
  ImGui::SetNextItemWidth(6 * ui.em);
  if (ImGui::SliderFloat("##speed", &speed, static_cast<float>(Playhead::kMinSpeed),
                         static_cast<float>(Playhead::kMaxSpeed), "",
                         ImGuiSliderFlags_Logarithmic)) {
    playhead.SetSpeed(speed);
  }
  ui.Place("speed");
  const bool is_hovered = ImGui::IsItemHovered();
  ImGui::SameLine(0, 4);
  const float start = ImGui::GetCursorPosX();
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(fmt::format("{:.{}f}×", speed, speed < 9.95F ? 1 : 0).c_str());
  ImGui::SameLine(start + 2.5F * ui.em);
  ImGui::Dummy({0, 0});
  if (is_hovered) ImGui::SetTooltip("speed; + and − halve and double it, 0 is 1");
}

}  // namespace

float TransportHeight(const Ui& ui) {
  const ImGuiStyle& style = ImGui::GetStyle();
  return TimelineHeight(ui) + 1.15F * ImGui::GetFrameHeight() + 3 * style.ItemSpacing.y +
         style.WindowPadding.y;
}

void DrawTransport(Ui& ui, const Recording& recording, Playhead& playhead,
                   const TransportActions& actions) {
  const int newest = recording.moments.empty() ? 0 : recording.num_steps();
  const Playhead::Instant instant = playhead.instant(newest);
  if (IconButton(ui, "restart", Icon::kRestart, "begin the episode again (R)")) actions.restart();
  ImGui::SameLine();
  if (IconButton(ui, "to start", Icon::kToStart, "to the first step (Home)")) playhead.Seek(0);
  ImGui::SameLine();
  if (IconButton(ui, "step back", Icon::kStepBack, "a step back (Left)")) playhead.MoveSteps(-1);
  ImGui::SameLine();
  if (IconButton(ui, "play", playhead.is_playing() ? Icon::kPause : Icon::kPlay,
                 "play or pause (Space)")) {
    playhead.SetPlaying(!playhead.is_playing());
  }
  ImGui::SameLine();
  if (IconButton(ui, "step", Icon::kStepForward, "a control step of 50 ms (Right)")) {
    playhead.MoveSteps(1);
  }
  ImGui::SameLine();
  if (IconButton(ui, "substep", Icon::kSubstep, "a substep of 2 ms (Shift+Right)")) {
    playhead.MoveSubsteps(1);
  }
  ImGui::SameLine();
  if (IconButton(ui, "to end", Icon::kToEnd, "to the last step so far (End)")) {
    playhead.Seek(newest);
  }
  ImGui::SameLine();
  DrawSpeed(ui, playhead);
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  std::string text = fmt::format("step {}", instant.step);
  if (instant.substep > 0) text += fmt::format(" + {}/25", instant.substep);
  text += fmt::format(" of {}   {:.2f} s", recording.info.max_steps,
                      (instant.step + instant.substep / 25.0) / 20);
  ImGui::TextUnformatted(text.c_str());
  if (instant.step < newest) {
    ImGui::SameLine();
    if (ImGui::Button("go on from here (C)")) actions.go_on();
    ui.Place("go on");
  }
  actions.draw_more();
  DrawTimeline(ui, recording, playhead);
}

}  // namespace libero
