#include "viewer/live_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/glfw_library.h"
#include "viewer/toolbar.h"

namespace libero {
namespace {

constexpr double kAskEvery_s = 0.25;  // for a slot's picture: the run needs the processors, too
constexpr double kOld_s = 5;          // after which a slot is said to stand still
constexpr const char* kCamera = "agentview";

// As large as fits in one row, within bounds.
ImVec2 SizeOf(const Ui& ui, size_t num_episodes) {
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  const auto count = static_cast<float>(std::max<size_t>(1, num_episodes));
  const float each = std::floor((ImGui::GetContentRegionAvail().x + gap) / count - gap);
  const float side = std::clamp(each, 9 * ui.em, 14 * ui.em);
  return {side, side + 2.6F * ui.em};
}

int NumColumns(float width, float side) {
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  return std::max(1, static_cast<int>((width + gap) / (side + gap)));
}

int SlotOf(const RunningEpisode& episode) {
  return episode.live.slot;
}

ImU32 ColorOf(const RunningEpisode& episode, const Palette& palette) {
  if (episode.live.end.empty()) return palette.line;
  if (episode.live.end == "success") return palette.good;
  return episode.live.end == "error" ? palette.warning : palette.bad;
}

// "step 120", how it ended, or that nothing has come of it for long.
std::string StateOf(const RunningEpisode& episode) {
  const LiveSlot& live = episode.live;
  if (!live.end.empty()) return fmt::format("{}, {}", live.end, live.step);
  if (live.age_s > kOld_s) return fmt::format("step {}, {:.0f} s ago", live.step, live.age_s);
  return live.step == 0 ? "settles" : fmt::format("step {}", live.step);
}

// A lamp for each predicate of the goal, from right to left.
void DrawLamps(const Ui& ui, const std::vector<bool>& predicates, ImVec2 right) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float r = 0.25F * ui.em;
  for (size_t i = predicates.size(); i-- > 0;) {
    const ImVec2 centre = {right.x - r, right.y};
    if (predicates[i]) draw.AddCircleFilled(centre, r, ui.palette.good);
    draw.AddCircle(centre, r, predicates[i] ? ui.palette.good : ui.palette.muted, 0, 1.5F);
    right.x -= 3 * r;
  }
}

// Of the box that DrawFacts fills.
float HeightOfFacts(const RunningEpisode& episode, float width) {
  const ImGuiStyle& style = ImGui::GetStyle();
  const float wrap = width - 2 * style.WindowPadding.x;
  float height = 2 * style.WindowPadding.y + ImGui::GetTextLineHeight();
  height += ImGui::CalcTextSize(episode.info.instruction.c_str(), nullptr, false, wrap).y;
  for (const std::string& predicate : episode.info.goal) {
    height += style.ItemSpacing.y + ImGui::CalcTextSize(predicate.c_str(), nullptr, false, wrap).y;
  }
  return height + 2 * style.ItemSpacing.y;
}

}  // namespace

float LiveGrid::HeightOf(const Ui& ui, size_t num_episodes) {
  const ImVec2 size = SizeOf(ui, num_episodes);
  const int columns = NumColumns(ImGui::GetContentRegionAvail().x, size.x);
  const int rows = (static_cast<int>(num_episodes) + columns - 1) / columns;
  return static_cast<float>(rows) * (size.y + ImGui::GetStyle().ItemSpacing.y);
}

void LiveGrid::DrawThumbnails(Ui& ui, const std::vector<RunningEpisode>& episodes,
                              ScenePainter& painter, float height) {
  ImGui::BeginChild("thumbnails", {0, height}, false);
  const ImVec2 size = SizeOf(ui, episodes.size());
  const int columns = NumColumns(ImGui::GetContentRegionAvail().x, size.x);
  int column = 0;
  for (const RunningEpisode& episode : episodes) {
    if (column > 0) ImGui::SameLine();
    column = (column + 1) % columns;
    DrawThumbnail(ui, episode, painter, size);
  }
  ImGui::EndChild();
  std::erase_if(thumbnails_, [&](const auto& entry) {
    const auto& [slot, thumbnail] = entry;
    if (std::ranges::find(episodes, slot, SlotOf) != episodes.end()) return false;
    painter.Forget(first_view_ + 1 + slot);
    if (thumbnail.texture != nullptr) ui.surface->Destroy(thumbnail.texture);
    return true;
  });
}

void LiveGrid::DrawThumbnail(Ui& ui, const RunningEpisode& episode, ScenePainter& painter,
                             ImVec2 size) {
  const EpisodeInfo& info = episode.info;
  const LiveSlot& live = episode.live;
  Thumbnail& thumbnail = thumbnails_[live.slot];
  const int view = first_view_ + 1 + live.slot;
  const double now = ImGui::GetTime();
  if (thumbnail.moment != episode.moment && now >= thumbnail.next_ask) {
    thumbnail.moment = episode.moment;
    thumbnail.next_ask = now + kAskEvery_s;
    const int pixels = std::max(64, static_cast<int>(std::lround(size.x)));
    painter.Ask(view, {info.scene, live.snapshot, {kCamera, pixels, pixels}, std::nullopt});
  }
  if (const std::optional<Image> image = painter.Take(view)) {
    thumbnail.texture = ui.surface->Upload(thumbnail.texture, *image);
  }

  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 end = {at.x + size.x, at.y + size.y};
  ImGui::PushID(live.slot);
  if (ImGui::InvisibleButton("##slot", size)) large_ = live.slot;
  ImGui::PopID();
  ui.Place(fmt::format("slot {}", live.slot));
  const bool is_hovered = ImGui::IsItemHovered();
  if (is_hovered) ImGui::SetTooltip("%s", info.instruction.c_str());
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(at, end, ui.palette.panel, 4);
  if (thumbnail.texture != nullptr) {
    draw.AddImage(thumbnail.texture, at, {at.x + size.x, at.y + size.x}, {0, 1}, {1, 0});
  }
  // how far it has come
  const float part =
      static_cast<float>(live.step) / static_cast<float>(std::max(1, info.max_steps));
  draw.AddRectFilled({at.x, at.y + size.x},
                     {at.x + std::min(1.0F, part) * size.x, at.y + size.x + 3}, ui.palette.accent);
  const float pad = 0.35F * ui.em;
  const std::string name =
      fmt::format("task {}, init {}", info.episode.task_index, info.episode.init_index);
  draw.AddText({at.x + pad, at.y + size.x + pad}, ui.palette.text, name.c_str());
  draw.AddText({at.x + pad, at.y + size.x + pad + 1.1F * ui.em},
               live.end.empty() ? ui.palette.muted : ColorOf(episode, ui.palette),
               StateOf(episode).c_str());
  DrawLamps(ui, live.predicates, {end.x - pad, at.y + size.x + pad + 0.55F * ui.em});
  const bool is_marked = is_hovered || live.slot == large_;
  draw.AddRect(at, end, is_marked ? ui.palette.accent : ColorOf(episode, ui.palette), 4, 0,
               is_marked || !live.end.empty() ? 2.0F : 1.0F);
}

void LiveGrid::DrawLarge(Ui& ui, const std::vector<RunningEpisode>& episodes, ScenePainter& painter,
                         SceneLook& look) {
  const auto episode = std::ranges::find(episodes, large_, SlotOf);
  if (episode == episodes.end()) {
    large_ = -1;
    return;
  }
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const ImVec2 size = ImGui::GetContentRegionAvail();
  const SceneInstant instant = {.scene = episode->info.scene,
                                .workspace = episode->info.workspace,
                                .snapshot = &episode->live.snapshot,
                                .moment = episode->moment};
  area_.Draw(ui, instant, size, painter, look);
  ImGui::SetCursorScreenPos({corner.x + 12, corner.y + 12});
  ImGui::PushStyleColor(ImGuiCol_ChildBg, ui.palette.shade);
  const float width = std::min(30 * ui.em, size.x - 24);
  ImGui::BeginChild("facts", {width, HeightOfFacts(*episode, width)}, false,
                    ImGuiWindowFlags_AlwaysUseWindowPadding | ImGuiWindowFlags_NoScrollbar);
  DrawFacts(ui, *episode);
  ImGui::EndChild();
  ImGui::PopStyleColor();
  ImGui::SetCursorScreenPos({corner.x + size.x - 10.75F * ui.em, corner.y + size.y - 2.4F * ui.em});
  Toolbar::DrawCameras(ui, *episode->info.scene->model, look.camera);
}

void LiveGrid::DrawFacts(Ui& ui, const RunningEpisode& episode) const {
  const EpisodeInfo& info = episode.info;
  const LiveSlot& live = episode.live;
  const ImU32 white = IM_COL32(235, 238, 243, 255);
  ImGui::PushTextWrapPos(0);
  ImGui::PushFont(ui.fonts.strong);
  ColoredText(white, info.instruction);
  ImGui::PopFont();
  ColoredText(white,
              fmt::format("slot {}: task {}, init {}, {} of {}", live.slot, info.episode.task_index,
                          info.episode.init_index, StateOf(episode), info.max_steps));
  for (size_t i = 0; i < std::min(info.goal.size(), live.predicates.size()); ++i) {
    ColoredText(live.predicates[i] ? ui.palette.good : white, info.goal[i]);
  }
  ImGui::PopTextWrapPos();
}

void LiveGrid::Release(Surface& surface) {
  area_.Release(surface);
  for (const auto& [slot, thumbnail] : thumbnails_) {
    if (thumbnail.texture != nullptr) surface.Destroy(thumbnail.texture);
  }
  thumbnails_.clear();
}

}  // namespace libero
