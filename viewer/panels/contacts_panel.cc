#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "viewer/panels/panels.h"

namespace libero {
namespace {

// Contacts between two things, all together.
struct Pair {
  int num_points = 0;
  double force = 0;  // N
};

}  // namespace

std::string ThingName(const mjModel& model, int geom) {
  const char* name = mj_id2name(&model, mjOBJ_BODY, model.geom_bodyid[geom]);
  if (name == nullptr) return fmt::format("geom {}", geom);
  std::string thing = name;
  const std::string_view root = "_main";
  if (thing.ends_with(root)) thing.resize(thing.size() - root.size());
  return thing;
}

void DrawContactsPanel(const PanelContext& context) {
  const mjModel& model = *context.recording->info.scene->model;
  std::map<std::pair<std::string, std::string>, Pair> pairs;
  for (const ContactPoint& contact : context.moment->contacts) {
    std::string first = ThingName(model, contact.geom_1);
    std::string second = ThingName(model, contact.geom_2);
    if (second < first) std::swap(first, second);
    Pair& pair = pairs[{first, second}];
    ++pair.num_points;
    pair.force += contact.force;
  }
  std::vector<std::pair<std::pair<std::string, std::string>, Pair>> sorted(pairs.begin(),
                                                                           pairs.end());
  std::ranges::stable_sort(sorted, std::greater{},
                           [](const auto& row) { return row.second.force; });
  if (sorted.empty()) MutedText(*context.ui, "nothing touches");
  if (sorted.empty() ||
      !ImGui::BeginTable("##contacts", 3,
                         ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingStretchProp)) {
    return;
  }
  ImGui::TableSetupColumn("things", ImGuiTableColumnFlags_WidthStretch, 5);
  ImGui::TableSetupColumn("points", ImGuiTableColumnFlags_WidthStretch, 1);
  ImGui::TableSetupColumn("N", ImGuiTableColumnFlags_WidthStretch, 1.3F);
  ImGui::TableHeadersRow();
  for (const auto& [things, pair] : sorted) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::TextWrapped("%s – %s", things.first.c_str(), things.second.c_str());
    ImGui::TableNextColumn();
    ImGui::Text("%d", pair.num_points);
    ImGui::TableNextColumn();
    ImGui::Text(pair.force < 10 ? "%.2f" : "%.1f", pair.force);
  }
  ImGui::EndTable();
}

}  // namespace libero
